/// What an instance is bought as.
public enum InstanceKind: String, Hashable, Sendable {
  /// Cheap, and taken away when the market wants it back.
  case spot
  /// At the list price, and kept until it is given back.
  case onDemand
}

/// Where a task should run from now on.
public enum SpotChoice: Hashable, Sendable {
  /// On an instance of this kind in the zone of this index.
  case run(InstanceKind, zone: Int)
  /// Nowhere: the task waits until it is asked for again.
  case wait
}

/// A zone as it is now; nothing of its future.
public struct ZoneView: Hashable, Sendable {
  public var spotDollarsPerHour: Double
  public var onDemandDollarsPerHour: Double
  /// Spot instances can be had now, and those that run are kept for now.
  public var isSpotAvailable: Bool
  /// What it costs to bring the task's data here from where it is.
  public var moveDollars: Double
  /// How often a spot instance is taken away, as the market tells it for now.
  public var preemptionsPerHour: Double

  public init(
    spotDollarsPerHour: Double, onDemandDollarsPerHour: Double, isSpotAvailable: Bool = true,
    moveDollars: Double = 0, preemptionsPerHour: Double = 0
  ) {
    self.spotDollarsPerHour = spotDollarsPerHour
    self.onDemandDollarsPerHour = onDemandDollarsPerHour
    self.isSpotAvailable = isSpotAvailable
    self.moveDollars = moveDollars
    self.preemptionsPerHour = preemptionsPerHour
  }
}

/// Where a task runs now.
public struct SpotPlacement: Hashable, Sendable {
  public var kind: InstanceKind
  public var zone: Int
  /// What is left of the start's overhead, during which nothing is computed; 0 on a warm instance.
  public var overheadLeftNanoseconds: Int64

  public init(kind: InstanceKind, zone: Int, overheadLeftNanoseconds: Int64 = 0) {
    self.kind = kind
    self.zone = zone
    self.overheadLeftNanoseconds = overheadLeftNanoseconds
  }
}

/// What a policy sees of a task when it is asked: the present and the past, never the future.
public struct SpotView: Hashable, Sendable {
  public var nowNanoseconds: Int64
  public var arrivalNanoseconds: Int64
  /// All of the task's work.
  public var workNanoseconds: Int64
  /// The work that is left, without overheads.
  public var remainingNanoseconds: Int64
  /// Nil where the task may end whenever it does.
  public var deadlineNanoseconds: Int64?
  /// What each start or change of instance costs in time.
  public var overheadNanoseconds: Int64
  /// How long a choice holds before the policy is asked again; a preemption asks at once.
  public var stepNanoseconds: Int64
  /// How often the task has lost its instance so far.
  public var preemptions: Int
  /// How much of the work a preemption can destroy at most before the next save; 0 where the grace
  /// period saves all.
  public var atRiskNanoseconds: Int64
  /// Nil where the task runs nowhere.
  public var placement: SpotPlacement?
  /// At least one.
  public var zones: [ZoneView]

  public init(
    nowNanoseconds: Int64, arrivalNanoseconds: Int64, workNanoseconds: Int64,
    remainingNanoseconds: Int64, deadlineNanoseconds: Int64? = nil, overheadNanoseconds: Int64,
    stepNanoseconds: Int64, preemptions: Int = 0, atRiskNanoseconds: Int64 = 0,
    placement: SpotPlacement? = nil, zones: [ZoneView]
  ) {
    self.nowNanoseconds = nowNanoseconds
    self.arrivalNanoseconds = arrivalNanoseconds
    self.workNanoseconds = workNanoseconds
    self.remainingNanoseconds = remainingNanoseconds
    self.deadlineNanoseconds = deadlineNanoseconds
    self.overheadNanoseconds = overheadNanoseconds
    self.stepNanoseconds = stepNanoseconds
    self.preemptions = preemptions
    self.atRiskNanoseconds = atRiskNanoseconds
    self.placement = placement
    self.zones = zones
  }
}

/// A rule for where a task runs, as a pure function of what is known now.
///
///     struct CheapHours: SpotPolicy {
///       var name: String { "CheapHours" }
///       func choice(for view: SpotView) -> SpotChoice {
///         view.zones[0].spotDollarsPerHour < 0.25 ? .run(.spot, zone: 0) : .wait
///       }
///     }
public protocol SpotPolicy: Sendable {
  /// As results show it.
  var name: String { get }

  /// Whether a task that runs is asked for at each step of the market too; true unless the policy
  /// says otherwise. One that leaves tasks where they are saves time by false.
  var reviewsEachStep: Bool { get }

  /// Asked when the task arrives, after each preemption, at each step of the market while the task
  /// waits, and while it runs where ``reviewsEachStep`` is set.
  func choice(for view: SpotView) -> SpotChoice
}

extension SpotPolicy {
  public var reviewsEachStep: Bool { true }
}
