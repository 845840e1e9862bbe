import DequeModule
import Model

/// Everything that decisions depend on. Only `evolve` changes it.
struct CoordinationState {
  let settings: CoordinationSettings
  var limits: Limits { settings.limits }

  var pools: ContiguousArray<PoolState>
  let poolsByName: [Text: Int32]
  let poolsByNumber: [Int32: Int32]
  let ratePools: [Int32]
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
  var remembered = Deque<Int32>()

  var mode: ResponseMode
  var contention: ContentionSettings
  /// Draws and script lines used up.
  var draws: UInt64 = 0
  var isDraining = false

  var now: Instant
  var revision: UInt64 = 0
  var fencing: FencingToken
  /// Requests decided, replays and releases not counted.
  var requestsProcessed: UInt64 = 0
  var leases = 0
  /// Pools that at least one request waits for.
  var waitedPools = 0
  let hashSeed: UInt64

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
    var byName: [Text: Int32] = [:]
    var byNumber: [Int32: Int32] = [:]
    for (position, pool) in settings.pools.enumerated() {
      let isNewName = byName.updateValue(Int32(position), forKey: pool.name) == nil
      precondition(isNewName, "two pools of one name")
      if pool.number != 0 {
        let isNewNumber = byNumber.updateValue(Int32(position), forKey: pool.number) == nil
        precondition(isNewNumber, "two pools of one number")
      }
    }
    poolsByName = byName
    poolsByNumber = byNumber
    hasComponentLimits = settings.componentDefaults != .none || !settings.componentLimits.isEmpty
    ratePools = settings.pools.indices.filter { settings.pools[$0].kind == .rate }.map(Int32.init)
    components = Components(
      defaults: settings.componentDefaults, named: settings.componentLimits, hashSeed: hashSeed)
    timers = TimingWheel(time: now)
    mode = settings.mode
    contention = settings.contention
    fencing = FencingToken(epoch: epoch, counter: 0)
  }

  func find(_ requestID: Text) -> Int32? {
    index.find(hash: requestID.hashValue(seed: hashSeed)) { records[$0].requestID == requestID }
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
