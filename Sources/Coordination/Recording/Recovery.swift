package import Model

/// Why a coordinator cannot go on under its configuration.
package struct ConfigurationConflict: Error, Hashable, Sendable, CustomStringConvertible {
  package var description: String
}

extension Coordinator {
  /// Applies the next record of a journal. After an error the coordinator is not to be used.
  ///
  /// - Parameter look: is shown the decision before it is applied.
  package func replay(
    _ record: ArraySlice<UInt8>, revision: UInt64,
    showing look: (_ decision: Decision, _ at: Instant) -> Void = { _, _ in }
  ) throws(ByteSource.Malformed) {
    guard revision == state.revision + 1 else {
      throw ByteSource.Malformed(expected: "the record after \(state.revision)", offset: 0)
    }
    let (decision, now) = try DecisionReader.read(record, after: state.decidedAt)
    guard now >= .epoch, state.accepts(decision) else {
      throw ByteSource.Malformed(expected: "a decision that fits the state", offset: 0)
    }
    look(decision, now)
    if revision == 1 { state.beginTimers(at: now) }
    replay(decision, at: now)
  }

  /// Ends recovery: what came due while nobody ran happens, each at its own time; then the configuration of now is
  /// taken over, as decisions, a learning period begins where one is needed, and the queue is served. Nothing was granted
  /// before.
  ///
  /// - Parameters:
  ///   - settings: those given at ``init(recovering:hashSeed:entropy:startedAt:)``.
  ///   - epoch: of the journal that is written from now on.
  /// - Returns: what was changed because the configuration says so, for the log.
  package func resume(
    _ settings: CoordinationSettings, given: GivenSettings, epoch: UInt64, at now: Instant
  ) throws(ConfigurationConflict) -> [String] {
    precondition(epoch >= state.fencing.epoch, "epochs do not fall")
    let isNew = state.revision == 0
    if isNew { state.beginTimers(at: now) }
    let now = max(now, state.now)
    state.fencing.epoch = epoch
    if !isNew { catchUp(to: now) }
    var changes: [String] = []
    try takePools(settings, given, isNew: isNew, at: now, noting: &changes)
    takeMode(settings, isNew ? .all : given, isNew: isNew, at: now, noting: &changes)
    if state.learning != .over || isNew && settings.isStateLost { beginLearning(at: now) }
    serveQueue()
    effects.removeAll()
    return changes
  }

  private func catchUp(to now: Instant) {
    commit(
      .started(cancelAt: now + limits.disconnectGrace, claimBy: now + limits.claim), at: state.now)
    isCatchingUp = true
    catchUpEnd = now
    while step(dueBy: now) { effects.removeAll() }
    isCatchingUp = false
  }

  private func takePools(
    _ settings: CoordinationSettings, _ given: GivenSettings, isNew: Bool, at now: Instant,
    noting changes: inout [String]
  ) throws(ConfigurationConflict) {
    let known = state.pools.filter { !$0.isRetired }.map(\.definition)
    if known != settings.pools {
      try checkPools(settings)
      commit(.poolsDefined(settings.pools), at: now)
      if !isNew {
        changes += PoolChange.sentences(from: known, to: settings.pools)
      }
    }
    for pool in state.pools.indices where !state.pools[pool].isRetired {
      let definition = state.pools[pool].definition
      let before = state.pools[pool].capacity
      guard given.capacities.contains(definition.name), before != definition.capacity else {
        continue
      }
      commit(.capacityChanged(pool: Int32(pool), definition.capacity), at: now)
      changes.append(
        "capacity of \(definition.name) \(before) -> \(definition.amount(definition.capacity))")
    }
  }

  private func checkPools(_ settings: CoordinationSettings) throws(ConfigurationConflict) {
    var fresh = 0
    for new in settings.pools {
      guard let old = state.pools.first(where: { $0.definition.name == new.name }) else {
        fresh += 1
        continue
      }
      guard old.isRate != (new.rate != nil), old.isShown, old.leases + old.waiting > 0 else {
        continue
      }
      throw ConfigurationConflict(
        description: "the pool \(new.name) cannot become a \(new.kind.name) pool while it is a "
          + "\(old.definition.kind.name) pool with \(old.leases) leases and \(old.waiting) waiting "
          + "requests; start with the old definition and release them, or give the new pool "
          + "another name")
    }
    guard state.pools.count + fresh <= limits.pools else {
      throw ConfigurationConflict(
        description: "\(state.pools.count + fresh) pools, those of earlier configurations counted, "
          + "are more than the limit of \(limits.pools) (limits.pools)")
    }
  }

  private func takeMode(
    _ settings: CoordinationSettings, _ given: GivenSettings, isNew: Bool, at now: Instant,
    noting changes: inout [String]
  ) {
    let mode = given.mode ? settings.mode : state.mode
    var contention = state.contention
    if given.probabilities {
      contention.denyProbability = settings.contention.denyProbability
      contention.queueProbability = settings.contention.queueProbability
    }
    if given.seed { contention.seed = settings.contention.seed }
    let restarts = contention.seed != state.contention.seed
    guard mode != state.mode || contention != state.contention else { return }
    if !isNew, mode != state.mode { changes.append("mode \(state.mode.name) -> \(mode.name)") }
    if !isNew, contention != state.contention {
      changes.append("contention probabilities or seed as configured")
    }
    setMode(mode, contention, restartsDraws: restarts, at: now)
  }
}

extension GivenSettings {
  /// Of a new coordinator: there is nothing that they could win over.
  fileprivate static var all: GivenSettings {
    GivenSettings(mode: true, probabilities: true, seed: true)
  }
}

/// How two lists of pools differ, in words.
private enum PoolChange {
  static func sentences(from old: [PoolDefinition], to new: [PoolDefinition]) -> [String] {
    let before = Dictionary(uniqueKeysWithValues: old.map { ($0.name, $0) })
    let after = Set(new.map(\.name))
    var sentences = new.compactMap { pool -> String? in
      guard let known = before[pool.name] else { return "pool \(pool.name) added" }
      return known == pool ? nil : "pool \(pool.name) redefined"
    }
    sentences += old.filter { !after.contains($0.name) }.map {
      "pool \($0.name) retired: the configuration does not name it any more"
    }
    return sentences
  }
}
