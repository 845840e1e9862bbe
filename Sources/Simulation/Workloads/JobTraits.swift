import Model
import Scheduling

/// What generated jobs can be given besides sizes and times: users, priorities, estimates,
/// deadlines.
public struct JobTraits: Hashable, Sendable {
  /// How many users there are; the n-th submits 1 / n of what the first one does. 0 leaves users
  /// unknown.
  public var users: Int
  /// Priorities and how often each comes; empty leaves them as they are.
  public var priorities: [Priority]
  /// Users ask for up to this many times more than they need, evenly distributed: requested = run ×
  /// (1 + U(0, excess)). nil leaves estimates as they are. Source: the "f model" of Mu'alem and
  /// Feitelson, IEEE TPDS 12(6), 2001.
  public var estimateExcess: Double?

  public struct Priority: Hashable, Sendable {
    public let priority: Int
    public let weight: Double

    public init(_ priority: Int, weight: Double) {
      precondition(weight >= 0 && weight.isFinite, "a weight is at least 0")
      self.priority = priority
      self.weight = weight
    }
  }

  public init(users: Int = 0, priorities: [Priority] = [], estimateExcess: Double? = nil) {
    precondition(users >= 0 && (estimateExcess ?? 0) >= 0)
    self.users = users
    self.priorities = priorities
    self.estimateExcess = estimateExcess
  }
}

extension Workload {
  /// The same jobs with traits drawn for each. Estimates are rounded up to whole seconds.
  public func with(_ traits: JobTraits, seed: UInt64) -> Workload {
    let random = SeededRandom(seed: seed)
    var userDraws = random.child("users")
    var priorityDraws = random.child("priorities")
    var estimateDraws = random.child("estimates")
    let userWeights = Cumulative((0..<traits.users).map { 1 / Double($0 + 1) })
    let priorityWeights = Cumulative(traits.priorities.map(\.weight))
    var jobs = jobs
    for index in jobs.indices {
      if let user = userWeights.index(userDraws.next().asUnitInterval) {
        jobs[index].user = user + 1
      }
      if let place = priorityWeights.index(priorityDraws.next().asUnitInterval) {
        jobs[index].priority = traits.priorities[place].priority
      }
      if let excess = traits.estimateExcess {
        let factor = 1 + excess * estimateDraws.next().asUnitInterval
        let seconds = min(
          (jobs[index].runSeconds * factor).rounded(.up), Double(WorkloadLimits.secondsMax))
        jobs[index].requested = .seconds(Int64(seconds))
      }
    }
    return with(jobs)
  }
}

/// Weights summed up, so that one of many is found by halving.
private struct Cumulative {
  private var sums: [Double] = []

  init(_ weights: [Double]) {
    var sum = 0.0
    for weight in weights {
      sum += weight
      sums.append(sum)
    }
  }

  /// The index whose part of the whole contains the share, from 0 to less than 1; nil without
  /// weights.
  func index(_ share: Double) -> Int? {
    guard let whole = sums.last, whole > 0 else { return nil }
    let target = share * whole
    var low = 0
    var high = sums.count - 1
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] > target { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
