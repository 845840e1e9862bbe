import Model

/// A pool of the coordinator: one of the four every coordinator has, or one named in its configuration.
public enum Resource: Hashable, Sendable {
  /// GPU memory, in megabytes.
  case gpu
  /// API requests per hour.
  case claudeAPI
  /// System memory, in megabytes.
  case memory
  /// CPU cores.
  case cpu
  /// A pool of the configuration, by its name.
  case pool(String)

  /// The name in the coordinator's configuration and messages.
  public var name: String {
    switch self {
    case .gpu: "gpu"
    case .claudeAPI: "claude_api"
    case .memory: "memory"
    case .cpu: "cpu"
    case .pool(let name): name
    }
  }

  /// The resource with a name.
  public init(name: String) {
    switch name {
    case "gpu": self = .gpu
    case "claude_api": self = .claudeAPI
    case "memory": self = .memory
    case "cpu": self = .cpu
    default: self = .pool(name)
    }
  }

  var reference: PoolReference { PoolReference(name: Text(name)) }
}

/// How much of which resource.
///
/// ```swift
/// let amounts: [Amount] = [.gpuMemory(megabytes: 8000), .cpu(cores: 4), .pool("disk", 250)]
/// ```
public struct Amount: Hashable, Sendable {
  /// What is asked for or held.
  public var resource: Resource
  /// How much, in the pool's unit. Above 0; 0 looks at a rate pool without spending anything.
  public var quantity: Int64

  /// An amount of any resource, in the pool's unit.
  public init(_ resource: Resource, _ quantity: Int64) {
    self.resource = resource
    self.quantity = quantity
  }

  /// GPU memory.
  public static func gpuMemory(megabytes: Int64) -> Amount { Amount(.gpu, megabytes) }

  /// A share of the API requests of an hour.
  public static func claudeAPI(requestsPerHour: Int64) -> Amount {
    Amount(.claudeAPI, requestsPerHour)
  }

  /// System memory.
  public static func memory(megabytes: Int64) -> Amount { Amount(.memory, megabytes) }

  /// CPU cores.
  public static func cpu(cores: Int64) -> Amount { Amount(.cpu, cores) }

  /// An amount of a pool named in the configuration, in its unit.
  public static func pool(_ name: String, _ quantity: Int64) -> Amount {
    Amount(.pool(name), quantity)
  }

  var claim: PoolQuantity { PoolQuantity(pool: resource.reference, quantity: quantity) }

  init(_ quantity: PoolQuantity) {
    let name =
      quantity.pool.name.isEmpty
      ? PoolDefinition.builtIn.first { $0.number == quantity.pool.number }?.name.string
        ?? "\(quantity.pool.number)"
      : quantity.pool.name.string
    self.init(Resource(name: name), quantity.quantity)
  }
}

/// How urgent a request is.
public enum Priority: String, Hashable, Sendable, CaseIterable, Comparable {
  /// Comes last.
  case low = "LOW"
  /// The usual one.
  case normal = "NORMAL"
  /// Comes before the usual ones.
  case high = "HIGH"
  /// Comes first, and is never denied by simulated contention.
  case critical = "CRITICAL"

  /// Orders by urgency.
  public static func < (left: Priority, right: Priority) -> Bool {
    left.number < right.number
  }

  var number: Int32 { Int32(Model.Priority(name: rawValue)?.rawValue ?? 0) }

  init(_ priority: Model.Priority) {
    switch priority {
    case .low: self = .low
    case .normal: self = .normal
    case .high: self = .high
    case .critical: self = .critical
    }
  }
}

/// What to do when there is not enough right now.
public enum WaitPolicy: Hashable, Sendable {
  /// Be denied at once, with the reasons.
  case fail
  /// Wait in the queue for at most this long.
  case upTo(Duration)
  /// Wait as long as the coordinator lets anyone wait, which is seven days.
  case forever

  var limit: TimeSpan? {
    switch self {
    case .fail: nil
    case .upTo(let duration): duration > .zero ? TimeSpan(duration) : nil
    case .forever: Limits().waitMaximum
    }
  }
}
