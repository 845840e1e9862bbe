/// A pool as the configuration describes it: what it is called, what its units mean and how much there is.
package struct PoolDefinition: Hashable, Sendable {
  /// The name in requests, flags, metrics and the configuration; lower case by convention, compared by bytes.
  package var name: Text
  /// The protocol's enum number, so that clients compiled with an enum reach the pool; 0 = by name only.
  package var number: Int32
  /// What one unit is, such as `MB`; for people.
  package var unit: Text
  package var kind: PoolKind
  /// How spent units come back; only of pools of kind ``PoolKind/rate``.
  package var rate: RateRule?
  /// The limit in units; for rate pools the units per period. 0 or more.
  package var capacity: Int64
  /// The part of the capacity that is advised as safe; at most ``capacity``. Nil = all of it.
  package var safeCapacity: Int64?
  /// How long the units stay held after an abnormal loss of a lease; nil = ``CoordinationSettings/lockDelay``.
  package var lockDelay: TimeSpan?
  /// Whether the pool never grants more than exists, whatever the response mode.
  package var alwaysRespectsLimits: Bool

  package init(
    name: Text, number: Int32 = 0, unit: Text = .empty, kind: PoolKind = .capacity,
    rate: RateRule? = nil, capacity: Int64, safeCapacity: Int64? = nil,
    lockDelay: TimeSpan? = nil, alwaysRespectsLimits: Bool = false
  ) {
    self.name = name
    self.number = number
    self.unit = unit
    self.kind = kind
    self.rate = rate
    self.capacity = capacity
    self.safeCapacity = safeCapacity
    self.lockDelay = lockDelay
    self.alwaysRespectsLimits = alwaysRespectsLimits
  }

  /// The name in messages: `RESOURCE_TYPE_GPU` for the pool `gpu`, and so for every other.
  package var displayName: String { "RESOURCE_TYPE_" + name.string.uppercased() }

  /// An amount of the pool for people: `8000 MB`, or the number alone where the pool has no unit.
  package func amount(_ quantity: Int64) -> String {
    unit.isEmpty ? "\(quantity)" : "\(quantity) \(unit)"
  }

  /// The four pools of every coordinator, in the order of their numbers 1 to 4.
  package static let builtIn: [PoolDefinition] = [
    PoolDefinition(name: "gpu", number: 1, unit: "MB", capacity: 24_000),
    PoolDefinition(
      name: "claude_api", number: 2, unit: "requests/hour", kind: .hold, capacity: 100),
    PoolDefinition(name: "memory", number: 3, unit: "MB", capacity: 32_768),
    PoolDefinition(name: "cpu", number: 4, unit: "cores", capacity: 16),
  ]
}

/// How the units of a rate pool come back.
package struct RateRule: Hashable, Sendable {
  package enum Algorithm: UInt8, Sendable, CaseIterable {
    /// One unit every `period / capacity`, at most `burst + 1` at once.
    case gcra
    /// All units at the start of each UTC window of `period`.
    case calendar

    /// The name in configuration files.
    package var name: String {
      switch self {
      case .gcra: "gcra"
      case .calendar: "calendar"
      }
    }
  }

  package var algorithm: Algorithm
  /// Above zero.
  package var period: TimeSpan
  /// Units above one that may be spent at once; unused by ``Algorithm/calendar``. 0 or more.
  package var burst: Int64

  package init(algorithm: Algorithm = .gcra, period: TimeSpan, burst: Int64 = 0) {
    self.algorithm = algorithm
    self.period = period
    self.burst = burst
  }
}

/// What one component may have at a time; nil = not limited.
package struct ComponentLimits: Hashable, Sendable {
  /// Live leases.
  package var leases: Int?
  /// Requests that wait.
  package var queuePlaces: Int?
  /// The part of every pool's capacity that may be held, 0 to 1.
  package var poolShare: Double?
  package var callsPerSecond: Int?
  /// The highest priority that may be asked for.
  package var maxPriority: Priority?

  package init(
    leases: Int? = nil, queuePlaces: Int? = nil, poolShare: Double? = nil,
    callsPerSecond: Int? = nil, maxPriority: Priority? = nil
  ) {
    self.leases = leases
    self.queuePlaces = queuePlaces
    self.poolShare = poolShare
    self.callsPerSecond = callsPerSecond
    self.maxPriority = maxPriority
  }

  package static let none = ComponentLimits()
}

/// Whether and how waiting requests take leases of lower priorities.
package struct PreemptionSettings: Hashable, Sendable {
  package var enabled: Bool
  /// The time between the notice to the holder and the loss of the lease.
  package var grace: TimeSpan
  /// How long a lease is safe from preemption after its grant.
  package var minimumHold: TimeSpan

  package init(enabled: Bool = false, grace: TimeSpan = .seconds(30), minimumHold: TimeSpan = .zero)
  {
    self.enabled = enabled
    self.grace = grace
    self.minimumHold = minimumHold
  }
}

/// The outcome of one request under simulated contention, given on cue instead of drawn.
package enum ContentionOutcome: Hashable, Sendable {
  case grant
  case deny
  /// Granted after this long; nil = after the seeded delay.
  case queue(after: TimeSpan?)
}

/// Everything that the core's decisions depend on besides its state and the commands.
package struct CoordinationSettings: Hashable, Sendable {
  package var mode: ResponseMode
  package var contention: ContentionSettings
  /// Outcomes of the first requests under simulated contention; draws follow when they are used up.
  package var script: [ContentionOutcome]
  /// Names and non-zero numbers are unique.
  package var pools: [PoolDefinition]
  /// Whether requests without capacity wait even where they do not ask to.
  package var queueWhenExhausted: Bool
  /// How long units stay held after an abnormal loss of a lease.
  package var lockDelay: TimeSpan
  /// For components that ``componentLimits`` does not name.
  package var componentDefaults: ComponentLimits
  package var componentLimits: [Text: ComponentLimits]
  package var preemption: PreemptionSettings
  /// Whether a coordinator without a state has had one, and so begins with a learning period.
  package var isStateLost: Bool
  package var limits: Limits

  package init(
    mode: ResponseMode = .alwaysGrant, contention: ContentionSettings = ContentionSettings(),
    script: [ContentionOutcome] = [], pools: [PoolDefinition] = PoolDefinition.builtIn,
    queueWhenExhausted: Bool = false, lockDelay: TimeSpan = .zero,
    componentDefaults: ComponentLimits = .none, componentLimits: [Text: ComponentLimits] = [:],
    preemption: PreemptionSettings = PreemptionSettings(), isStateLost: Bool = false,
    limits: Limits = Limits()
  ) {
    self.mode = mode
    self.contention = contention
    self.script = script
    self.pools = pools
    self.queueWhenExhausted = queueWhenExhausted
    self.lockDelay = lockDelay
    self.componentDefaults = componentDefaults
    self.componentLimits = componentLimits
    self.preemption = preemption
    self.isStateLost = isStateLost
    self.limits = limits
  }
}

/// Which parts of a configuration were said expressly: they win over what was set at run time before a stop.
package struct GivenSettings: Hashable, Sendable {
  package var mode: Bool
  package var probabilities: Bool
  package var seed: Bool
  /// The pools whose capacities were given.
  package var capacities: Set<Text>

  package init(
    mode: Bool = false, probabilities: Bool = false, seed: Bool = false,
    capacities: Set<Text> = []
  ) {
    self.mode = mode
    self.probabilities = probabilities
    self.seed = seed
    self.capacities = capacities
  }
}
