import Model
import Scheduling
import Testing

/// One situation and what must come of it, written so that it reads as a sentence.
struct PreemptionCase: Sendable, CustomTestStringConvertible {
  var name: String
  var queues: [QueueSettings]
  var running: [Running]
  var waiting: Waiting
  var expected: Expected
  var limits = PreemptionLimits.rulesOnly
  /// By column; a case without names has one column.
  var columns = ["gpu"]

  enum Expected: Sendable, Equatable {
    case notNeeded
    case neverFits
    case none
    /// Numbers of jobs, in any order.
    case victims(Set<Int>)
  }

  struct Running: Sendable {
    var number: Int
    var queue: String
    var priority: Int32
    var amounts: [Int64]
    /// Seconds; a job is created when it is admitted unless it says otherwise.
    var admitted: Int64
    var created: Int64
    var isPreemptible: Bool
    var preemptions: Int
  }

  struct Waiting: Sendable {
    var queue: String
    var priority: Int32
    var amounts: [Int64]
    var created: Int64
    /// The one that preempted it, the one that preempted that one, and so on.
    var preemptedBy: [Int]
  }

  static let now = Instant(nanoseconds: 1_000_000_000_000)

  var testDescription: String { name }

  func tree() throws -> QuotaTree {
    var tree = try QuotaTree(
      columns: columns.enumerated().map { QuotaColumn(name: $1, resource: $0) }, queues: queues)
    for job in running {
      tree.add(job.amounts, to: index(job.queue, tree))
    }
    return tree
  }

  private func index(_ name: String, _ tree: QuotaTree) -> Int {
    guard let index = tree.index(of: name) else {
      preconditionFailure("the case names a queue that it does not have: \(name)")
    }
    return index
  }

  func jobs(_ tree: QuotaTree) -> [RunningJob] {
    running.map {
      RunningJob(
        number: JobNumber($0.number), queue: index($0.queue, tree), priority: $0.priority,
        created: Self.at($0.created), admitted: Self.at($0.admitted), amounts: $0.amounts,
        isPreemptible: $0.isPreemptible, preemptions: $0.preemptions)
    }
  }

  func preemptor(_ tree: QuotaTree) -> Preemptor {
    Preemptor(
      number: JobNumber(1000), queue: index(waiting.queue, tree), priority: waiting.priority,
      created: Self.at(waiting.created), amounts: waiting.amounts)
  }

  func memory() -> PreemptionMemory {
    var memory = PreemptionMemory()
    var victim = 1000
    for preemptor in waiting.preemptedBy {
      memory.record(JobNumber(preemptor), preempted: JobNumber(victim))
      victim = preemptor
    }
    return memory
  }

  private static func at(_ seconds: Int64) -> Instant { .epoch + .seconds(seconds) }

  func outcome(fits: ([Int]) -> Bool = { _ in true }) throws -> PreemptionOutcome {
    let tree = try tree()
    return PreemptionSearch.search(
      for: preemptor(tree), running: jobs(tree), in: tree, memory: memory(), at: Self.now,
      limits: limits,
      fits: fits)
  }

  static func result(_ outcome: PreemptionOutcome) -> Expected {
    switch outcome {
    case .notNeeded: .notNeeded
    case .neverFits: .neverFits
    case .impossible: .none
    case .victims(let preemption): .victims(Set(preemption.victims.map(\.number.value)))
    }
  }
}

/// A queue of one column or more.
func queue(
  _ name: String, _ nominal: Int64..., parent: String? = "all", borrow: Int64? = nil,
  lend: Int64? = nil, weight: Int64 = 1000, within: WithinRule = .never,
  reclaim: ReclaimRule = .never, rules: [FairShareRule] = []
) -> QueueSettings {
  QueueSettings(
    name: name, parent: parent, nominal: nominal, borrowingLimit: nominal.map { _ in borrow },
    lendingLimit: nominal.map { _ in lend }, weightMilli: weight, within: within,
    reclaim: reclaim, fairShareRules: rules)
}

/// A running job.
func job(
  _ number: Int, _ queue: String, _ amounts: Int64..., priority: Int32 = 0, admitted: Int64 = 0,
  created: Int64? = nil, isPreemptible: Bool = true, preemptions: Int = 0
) -> PreemptionCase.Running {
  .init(
    number: number, queue: queue, priority: priority, amounts: amounts, admitted: admitted,
    created: created ?? admitted, isPreemptible: isPreemptible, preemptions: preemptions)
}

/// The job that waits.
func waiting(
  _ queue: String, _ amounts: Int64..., priority: Int32 = 0, created: Int64 = 500,
  preemptedBy: [Int] = []
) -> PreemptionCase.Waiting {
  .init(
    queue: queue, priority: priority, amounts: amounts, created: created,
    preemptedBy: preemptedBy)
}
