public import Foundation
import Model

/// The state of one pool.
public struct ResourceStatus: Hashable, Sendable {
  /// What a pool's units mean.
  public enum Kind: String, Hashable, Sendable {
    /// Held while the lease lives.
    case capacity
    /// A number of permits per period, held while the lease lives.
    case hold
    /// Spent when granted, refilled by time.
    case rate
  }

  /// Which pool it is.
  public var resource: Resource
  /// The pool's unit, such as `MB`.
  public var unit: String
  /// What its units mean; nil if a later server has a kind that this version does not know.
  public var kind: Kind?
  /// All there is, in the pool's unit.
  public var totalCapacity: Int64
  /// What is free, never negative.
  public var available: Int64
  /// What is held; for rate pools what is spent in the current window.
  public var allocated: Int64
  /// What is held beyond the capacity.
  public var overCommitted: Int64
  /// Requests that wait for this pool.
  public var queued: Int64
  /// Leases on this page, at most the page's size.
  public var allocations: [Allocation]
  /// All leases of the pool, so that a cut list is seen to be one.
  public var allocationsTotal: Int64
  /// Asks for the next page; nil on the last one.
  public var nextPage: String?
  /// The allowance of a rate pool.
  public var rate: RateStatus?
  /// What one client may use while the coordinator cannot be reached, in the pool's unit.
  public var safeCapacity: Int64

  /// One lease on a pool. Tokens are shown to owners only and never here.
  public struct Allocation: Hashable, Sendable {
    /// The request that was granted.
    public var requestID: String
    /// Who holds it.
    public var component: String
    /// How much, in the pool's unit.
    public var quantity: Int64
    /// Since when.
    public var allocatedAt: Date?
    /// Until when, unless renewed.
    public var expiresAt: Date?
    /// How urgent it was.
    public var priority: Priority?
    /// Its place in the order of grants.
    public var fencing: FencingToken?
    /// What the holder attached.
    public var metadata: [String: String]
  }

  init(_ status: PoolStatus) {
    resource = Resource(name: status.name.string)
    unit = status.unit.string
    kind = status.kind.flatMap { Kind(rawValue: $0.name) }
    totalCapacity = status.totalCapacity
    available = status.available
    allocated = status.allocated
    overCommitted = status.overCommitted
    queued = status.queued
    allocations = status.allocations.map { allocation in
      Allocation(
        requestID: allocation.requestID.string, component: allocation.component.string,
        quantity: allocation.quantity, allocatedAt: allocation.allocatedAt.map { Date($0) },
        expiresAt: allocation.expiresAt.map { Date($0) },
        priority: allocation.priority.map { Priority($0) },
        fencing: allocation.fencing.map { FencingToken($0) },
        metadata: Dictionary(allocation.metadata))
    }
    allocationsTotal = status.allocationsTotal
    nextPage = status.nextPageToken.isEmpty ? nil : status.nextPageToken.string
    rate = status.rate.map { RateStatus($0) }
    safeCapacity = status.safeCapacity
  }
}

/// The allowance of a rate pool.
public struct RateStatus: Hashable, Sendable {
  /// Units per period.
  public var limit: Int64
  /// Units that could be spent at once now.
  public var remaining: Int64
  /// Until everything is there again.
  public var resetAfter: Duration?
  /// Until a refused quantity fits; nil if it was not refused or never fits.
  public var retryAfter: Duration?

  init(_ rate: Model.RateStatus) {
    limit = rate.limit
    remaining = rate.remaining
    resetAfter = rate.resetAfter?.duration
    retryAfter = rate.retryAfter?.duration
  }
}

/// How the coordinator is.
public struct Health: Hashable, Sendable {
  /// False while it drains.
  public var isHealthy: Bool
  /// Its version.
  public var version: String
  /// How long it has been up.
  public var uptime: Duration
  /// Mode, leases, requests processed and the like, as the coordinator names them.
  public var metadata: [String: String]

  init(_ health: HealthResponse) {
    isHealthy = health.healthy
    version = health.version
    uptime = .seconds(health.uptimeSeconds)
    metadata = Dictionary(health.metadata)
  }
}

/// How the coordinator answers requests.
public enum ResponseMode: String, Hashable, Sendable, CaseIterable {
  /// Everything is granted, whatever there is.
  case alwaysGrant = "always_grant"
  /// Requests are denied and queued by seeded chance.
  case simulateContention = "simulate_contention"
  /// No more is granted than there is.
  case respectLimits = "respect_limits"
}

/// The mode, and what belongs to it.
public struct ModeStatus: Hashable, Sendable {
  /// The mode; nil if a later server has one that this version does not know.
  public var mode: ResponseMode?
  /// The chance of a denial under simulated contention, 0 to 1.
  public var denyProbability: Double
  /// The chance of having to wait under simulated contention, 0 to 1.
  public var queueProbability: Double
  /// Whether the coordinator is about to stop and takes no new requests.
  public var isDraining: Bool
  /// The state's revision.
  public var revision: UInt64

  init(_ status: Model.ModeStatus) {
    mode = status.mode.flatMap { ResponseMode(rawValue: $0.name) }
    denyProbability = status.contention.denyProbability
    queueProbability = status.contention.queueProbability
    isDraining = status.draining
    revision = status.revision
  }
}

extension Dictionary<String, String> {
  init(_ metadata: Metadata) {
    self.init(metadata.entries.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
  }
}

extension Metadata {
  init(_ entries: [String: String]) {
    self.init(entries.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) })
  }
}
