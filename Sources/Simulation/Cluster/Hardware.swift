import Model
import Scheduling

/// The machine of a simulation: what jobs ask of it, and what of it fails.
protocol Hardware: Sendable {
  associatedtype M: Machine

  /// How many parts fail on their own.
  var failingParts: Int { get }

  func request(_ index: Int, _ job: WorkloadJob) -> M.Request

  /// Where a placement's tasks are; none where all processors are alike.
  func places(of placement: M.Placement) -> [Scheduling.Placement]

  /// The nodes as they are now, where there are some.
  func cluster(of machine: M) -> Cluster?

  /// The quotas as they are now, where jobs belong to queues.
  func quota(of machine: M) -> QuotaTree?

  /// A job's queue and what it takes of the quota.
  func claim(of index: Int) -> QueueClaim

  /// Takes what a failure hits out of service; nil where nothing is left that could fail.
  ///
  /// - Parameter running: the slots of the running jobs, in the order of their expected ends, and what they hold.
  mutating func fail(
    _ failure: FailureSource.Failure, _ source: inout FailureSource,
    running: [(slot: Int, placement: M.Placement)]
  ) -> Damage<M>?

  /// What failed is back.
  mutating func repair(_ placement: M.Placement)
}

extension Hardware {
  func quota(of machine: M) -> QuotaTree? { nil }
  func claim(of index: Int) -> QueueClaim { .none }
}

/// What a failure hits.
struct Damage<M: Machine> {
  /// The slots of the jobs that lose their work.
  let slots: [Int]
  let request: M.Request
  /// What is out of service.
  let placement: M.Placement
}

/// Processors that are all alike, some of which fail together.
struct EqualProcessors: Hardware {
  let processors: Int
  let processorsPerNode: Int
  private var outOfService = 0

  init(processors: Int, processorsPerNode: Int) {
    self.processors = processors
    self.processorsPerNode = processorsPerNode
  }

  var failingParts: Int { max(1, processors / processorsPerNode) }

  @inline(__always)
  func request(_ index: Int, _ job: WorkloadJob) -> Int { job.processors }

  func places(of placement: Int) -> [Scheduling.Placement] { [] }

  func cluster(of machine: UniformMachine) -> Cluster? { nil }

  /// Processors are numbered for this moment: those of the running jobs in the order of their expected ends, then the idle
  /// ones.
  mutating func fail(
    _ failure: FailureSource.Failure, _ source: inout FailureSource,
    running: [(slot: Int, placement: Int)]
  ) -> Damage<UniformMachine>? {
    let inService = processors - outOfService
    guard inService >= processorsPerNode else { return nil }
    let low = source.victim(of: inService / processorsPerNode) * processorsPerNode
    let hit = low..<(low + processorsPerNode)
    var first = 0
    var slots: [Int] = []
    for (slot, count) in running {
      let range = first..<(first + count)
      if range.overlaps(hit) { slots.append(slot) }
      first = range.upperBound
    }
    outOfService += hit.count
    return Damage(slots: slots, request: hit.count, placement: hit.count)
  }

  mutating func repair(_ placement: Int) { outOfService -= placement }
}
