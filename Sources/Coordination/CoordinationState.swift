import Model

/// Everything that decisions depend on. Only `evolve` changes it.
///
/// A class, since it is large: a structure of this size is copied to hand it to a method, which cost more than deciding.
/// It belongs to one ``Coordinator`` and is never shared.
final class CoordinationState {
  let settings: CoordinationSettings
  /// Read in place: a copy of all of them for each look at one would cost more than a decision.
  var limits: Limits {
    @inline(__always) _read { yield settings.limits }
  }

  var pools: ContiguousArray<PoolState>
  private(set) var directory: PoolDirectory
  private(set) var ratePools: [Int32]
  /// Whether any component is limited at all: checked before anything is looked up.
  let hasComponentLimits: Bool

  var records = SlotTable<RequestRecord>(vacant: .vacant)
  var index = SlotIndex()
  var components: Components
  var queue = WaitingQueue()
  /// Waiters of simulate_contention, by the end of their drawn delay.
  var drawnQueue: ContiguousArray<DrawnWaiter> = []
  var timers: TimingWheel
  /// Ended requests, oldest end first.
  var remembered = SlotQueue()

  var mode: ResponseMode
  var contention: ContentionSettings
  /// Draws and script lines used up.
  var draws: UInt64 = 0
  var isDraining = false
  var learning = LearningPeriod.over

  var now: Instant
  /// The time of the last decision: ``now`` may be ahead of it.
  var decidedAt = Instant.epoch
  var revision: UInt64 = 0
  var fencing: FencingToken
  /// Requests decided, replays and releases not counted.
  var requestsProcessed: UInt64 = 0
  var leases = 0
  /// Pools that at least one request waits for.
  var waitedPools = 0
  let hashSeed: UInt64
  /// What ``proof(owner:secret:)`` shares; decides nothing.
  var proofs: [Text: RequestRecord.Proof] = [:]

  struct DrawnWaiter {
    let due: Instant
    let sequence: UInt64
    let slot: Int32
  }

  /// An empty state. `hashSeed` is secret; it changes no decision.
  init(settings: CoordinationSettings, epoch: UInt64, hashSeed: UInt64, at now: Instant) {
    precondition(settings.pools.count <= settings.limits.pools, "more pools than Limits.pools")
    self.settings = settings
    self.hashSeed = hashSeed
    self.now = now
    pools = ContiguousArray(settings.pools.map(PoolState.init))
    directory = PoolDirectory(pools, hashSeed: hashSeed)
    hasComponentLimits = settings.componentDefaults != .none || !settings.componentLimits.isEmpty
    ratePools = CoordinationState.ratePools(of: pools)
    components = Components(
      defaults: settings.componentDefaults, named: settings.componentLimits, hashSeed: hashSeed)
    timers = TimingWheel(time: now)
    mode = settings.mode
    contention = settings.contention
    fencing = FencingToken(epoch: epoch, counter: 0)
  }

  init(copying other: CoordinationState) {
    settings = other.settings
    pools = other.pools
    directory = other.directory
    ratePools = other.ratePools
    hasComponentLimits = other.hasComponentLimits
    records = other.records
    index = other.index
    components = other.components
    queue = other.queue
    drawnQueue = other.drawnQueue
    timers = other.timers
    remembered = other.remembered
    mode = other.mode
    contention = other.contention
    draws = other.draws
    isDraining = other.isDraining
    learning = other.learning
    now = other.now
    decidedAt = other.decidedAt
    revision = other.revision
    fencing = other.fencing
    requestsProcessed = other.requestsProcessed
    leases = other.leases
    waitedPools = other.waitedPools
    hashSeed = other.hashSeed
    proofs = other.proofs
  }

  /// Notes that the definitions of pools changed.
  func indexPools() {
    directory = PoolDirectory(pools, hashSeed: hashSeed)
    ratePools = CoordinationState.ratePools(of: pools)
  }

  private static func ratePools(of pools: ContiguousArray<PoolState>) -> [Int32] {
    pools.indices.filter { pools[$0].isRate }.map(Int32.init)
  }

  func find(_ requestID: Text) -> Int32? {
    let hash = requestID.hashValue(seed: hashSeed)
    var probe = index.firstProbe(hash)
    while let slot = index.next(hash, &probe) {
      if records[slot].requestID == requestID { return slot }
    }
    return nil
  }

  /// Whether grants of the pool are bound by what exists.
  func isLimited(_ pool: Int32) -> Bool {
    mode == .respectLimits || pools[Int(pool)].definition.alwaysRespectsLimits
  }

  var waitingCount: Int { queue.count + drawnQueue.count }

  /// The quantity of a claim that a lease really has: the first one may be partial.
  func quantity(_ grant: Grant, _ claims: PoolClaims, _ index: Int) -> Int64 {
    index == 0 ? grant.quantity : claims[index].quantity
  }
}
