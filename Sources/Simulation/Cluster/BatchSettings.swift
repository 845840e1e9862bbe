/// How long a job is taken to run before it has run.
public enum Estimates: String, Hashable, Sendable, CaseIterable {
  /// Exactly as long as it will.
  case exact
  /// As long as its user requested.
  case user
}

/// When the scheduler looks at the queue, where several things happen at one instant.
public enum TieRule: String, Hashable, Sendable, CaseIterable {
  /// After every event: at one instant submissions in their order, then ends in the order of their
  /// starts. Processors whose job ends with its estimate at this instant are free for all of them.
  case event
  /// Once, after all events of the instant.
  case second
}

/// When nodes fail. Every job on a failed node loses its work and goes back to its place in the
/// queue.
public struct NodeFailures: Hashable, Sendable {
  /// When, and for how long.
  public enum Times: Hashable, Sendable {
    /// Each node fails once in `meanSecondsBetween` and is back after `meanRepairSeconds`, both
    /// exponentially distributed.
    case random(meanSecondsBetween: Double, meanRepairSeconds: Double)
    /// One failure each, in the order of time.
    case trace([Outage])
  }

  public struct Outage: Hashable, Sendable {
    public let atSeconds: Double
    public let repairSeconds: Double
    /// The node's name, where the machine has nodes; nil: which one it is, is drawn.
    public let node: String?

    public init(atSeconds: Double, repairSeconds: Double, node: String? = nil) {
      precondition(
        atSeconds >= 0 && repairSeconds >= 1e-9
          && max(atSeconds, repairSeconds) < Double(WorkloadLimits.secondsMax),
        "an outage is out of range")
      self.atSeconds = atSeconds
      self.repairSeconds = repairSeconds
      self.node = node
    }
  }

  public let times: Times
  /// How many processors fail together, where the machine has no nodes.
  public let processorsPerNode: Int
  /// For the times, if they are random, and for which node it is.
  public let seed: UInt64

  public init(_ times: Times, processorsPerNode: Int = 1, seed: UInt64 = 1) {
    precondition(processorsPerNode >= 1, "a node has at least one processor")
    switch times {
    case .random(let between, let repair):
      precondition(between > 0 && repair > 0 && between.isFinite && repair.isFinite)
    case .trace(let outages):
      precondition(
        zip(outages, outages.dropFirst()).allSatisfy { $0.atSeconds <= $1.atSeconds },
        "outages are in the order of time")
    }
    self.times = times
    self.processorsPerNode = processorsPerNode
    self.seed = seed
  }
}

/// Why a simulation did not begin, or could not go on.
public enum SimulationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A job asks for more processors than there are.
  case jobTooLarge(job: Int, processors: Int)
  /// A job asks for what not even all nodes have while nothing runs there.
  case fitsNowhere(job: Int)
  /// A failure names a node that is not there.
  case noSuchNode(String)
  /// A job names a queue that is not there.
  case noSuchQueue(job: Int, queue: String)
  /// A job asks for more than its queue can ever hold.
  case exceedsQueue(job: Int, queue: String)
  /// The queues make no tree of quotas, and why.
  case invalidQueues(String)
  /// The users' estimates are asked for, and this job has none.
  case noEstimate(job: Int)
  /// The schedule goes beyond the last instant that can be told.
  case beyondTime
  /// Nodes fail so often that jobs hardly ever get done; see
  /// ``ClusterSimulation/Options/interruptionsMax``.
  case tooManyInterruptions
  case noSuchPolicy(String)

  public var description: String {
    switch self {
    case .jobTooLarge(let job, let processors):
      "job \(job) asks for more than the \(processors) processors of the machine"
    case .fitsNowhere(let job):
      "job \(job) asks for what the nodes do not have, even while nothing runs there"
    case .noSuchQueue(let job, let queue):
      "job \(job) belongs to the queue \(queue), which is not there"
    case .exceedsQueue(let job, let queue):
      "job \(job) asks for more than its queue \(queue) can ever hold"
    case .invalidQueues(let reason): reason
    case .noSuchNode(let name): "a failure names the node \(name), which is not there"
    case .noEstimate(let job):
      "job \(job) has no requested time: this workload has no users' estimates"
    case .tooManyInterruptions:
      "failures stopped running jobs more often than interruptionsMax allows"
    case .beyondTime: "the schedule goes beyond the year 2262"
    case .noSuchPolicy(let name):
      "no policy is called \(name); there are \(BatchPolicy.names.joined(separator: ", "))"
    }
  }
}
