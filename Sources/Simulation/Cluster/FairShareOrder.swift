import Model
import Scheduling

/// Users in the order of what they deserve: by the fair tree, or the classic factor, over the groups and users of a workload,
/// which all have equal shares.
///
/// A user belongs to the group of its first job. Usage is what jobs are billed for each second, charged while they run and
/// halved with every week that passes; users are ranked anew every ``rankedFor``. Inside one rank the order is that of submission.
struct FairShareOrder: JobOrdering {
  enum Rule: Hashable, Sendable {
    case fairTree
    /// The highest factor first.
    case classic
  }

  /// How long a ranking holds.
  static let rankedFor = TimeSpan.seconds(300)

  private struct Charge {
    let job: JobNumber
    let node: Int
    /// Milli-units for a second.
    let bill: Int64
    /// What was charged beforehand; 0 without an entry penalty.
    let penalty: Int64
    /// Until when its usage is charged.
    var until: Instant
  }

  private let rule: Rule
  private let hasEntryPenalty: Bool
  /// By place in the workload's asks.
  private let bills: [Int64]
  /// By job.
  private let asks: [Int]
  private let tree: ShareTree
  /// By the user's number in the workload: its node.
  private let nodes: [Int: Int]
  private var usage: UsageHistory
  /// In no order that matters to a sum but the same in every run: filled and emptied as jobs start and end.
  private var running: [Charge] = []
  /// By node: the lowest first.
  private var scores: [Double]

  /// - Parameters:
  ///   - billing: what jobs that ask for nodes are charged, by processors, memory and devices; nil: processors alone count.
  ///   - hasEntryPenalty: charge what a job is expected to use the moment it starts, and what it really used when it has ended.
  init(
    _ workload: Workload, rule: Rule, billing: Billing? = nil, hasEntryPenalty: Bool = false
  ) {
    self.rule = rule
    self.hasEntryPenalty = hasEntryPenalty
    bills = workload.asks.map { ask in
      billing?.milliUnits(blocked: [ask.cpuMilli, ask.memoryMB, ask.gpuMilli]) ?? ask.cpuMilli
    }
    asks = billing == nil ? [] : workload.jobs.map(\.ask)
    var tree: [ShareTree.Node] = []
    var groups: [Int: Int] = [:]
    var users: [Int: Int] = [:]
    for job in workload.jobs where users[job.user] == nil {
      let parent: Int
      if let known = groups[job.group] {
        parent = known
      } else {
        parent = tree.count
        groups[job.group] = parent
        tree.append(ShareTree.Node(.account, parent: nil, shares: 1))
      }
      users[job.user] = tree.count
      tree.append(ShareTree.Node(.user, parent: parent, shares: 1))
    }
    do {
      self.tree = try ShareTree(tree)
    } catch {
      preconditionFailure("a group comes before its users: \(error)")
    }
    nodes = users
    usage = UsageHistory(
      users: tree.count, decay: .standard, start: workload.jobs.first?.submit ?? .epoch)
    scores = Array(repeating: 0, count: tree.count)
  }

  var movement: ScoreMovement { .after(FairShareOrder.rankedFor) }

  mutating func prepare(at now: Instant) {
    for index in running.indices where !hasEntryPenalty { charge(index, to: now) }
    let usages = usage.usages(at: now)
    switch rule {
    case .fairTree: scores = FairTree(tree, usage: usages).places.map(Double.init)
    case .classic: scores = ClassicFairShare(tree, usage: usages).factors.map { -$0 }
    }
  }

  func score(of job: JobFacts, at now: Instant) -> Double { scores[node(of: job)] }

  mutating func started(_ job: JobFacts, at now: Instant) {
    let bill = bill(of: job)
    var penalty: Int64 = 0
    if hasEntryPenalty {
      penalty = Int64(clamping: Int128(bill) * Int128(job.estimate.nanoseconds) / 1_000_000_000)
      usage.addPenalty(node(of: job), penalty)
    }
    running.append(
      Charge(job: job.number, node: node(of: job), bill: bill, penalty: penalty, until: now))
  }

  mutating func ended(_ job: JobFacts, at now: Instant) {
    guard let index = running.firstIndex(where: { $0.job == job.number }) else {
      preconditionFailure("what ends has started")
    }
    charge(index, to: now)
    usage.settlePenalty(running[index].node, running[index].penalty)
    running.swapAt(index, running.count - 1)
    running.removeLast()
  }

  private mutating func charge(_ index: Int, to now: Instant) {
    let entry = running[index]
    usage.charge(entry.node, milliUnits: entry.bill, from: entry.until, to: now)
    running[index].until = now
  }

  /// Milli-units for a second of a job.
  private func bill(of job: JobFacts) -> Int64 {
    asks.isEmpty ? Int64(job.processors) * 1000 : bills[asks[job.number.value]]
  }

  private func node(of job: JobFacts) -> Int {
    guard let node = nodes[job.user] else {
      preconditionFailure("every user of the workload has a node")
    }
    return node
  }
}
