package import Model

/// Fills a new coordinator from the chunks that ``StateWriter`` wrote, in their order.
package struct StateReader {
  private let coordinator: Coordinator
  private var hasBase = false
  private var ends: (components: Int32, records: Int32) = (0, 0)
  private var remembered = SlotSet()
  private var missingEvents = 0

  /// - Parameter coordinator: one made for recovery, to which nothing has happened yet.
  package init(_ coordinator: Coordinator) {
    self.coordinator = coordinator
  }

  /// Takes the next chunk. After an error the coordinator is not to be used.
  package mutating func read(_ chunk: [UInt8]) throws(ByteSource.Malformed) {
    var source = ByteSource(chunk)
    let kind = try source.value(StateChunk.self)
    guard hasBase == (kind != .base) else { throw source.malformed("the base first, and once") }
    let state = coordinator.state
    switch kind {
    case .base:
      try readBase(&source)
      hasBase = true
    case .freeComponents:
      while !source.isAtEnd { state.components.restoreFree(try source.int32()) }
    case .components:
      while !source.isAtEnd {
        let component = try source.int32()
        guard state.components.restore(component, try source.component()) else {
          throw source.malformed("a new component before this")
        }
      }
    case .freeSlots:
      while !source.isAtEnd { state.records.restoreFree(try source.int32()) }
    case .records:
      while !source.isAtEnd {
        let slot = try source.int32()
        guard state.restore(slot, try source.record(state.proof)) else {
          throw source.malformed("a record that fits the state before this")
        }
      }
    case .remembered:
      while !source.isAtEnd {
        let slot = try source.int32()
        guard state.isEnded(slot), !remembered.contains(slot) else {
          throw source.malformed("an ended request before this")
        }
        remembered.insert(slot)
        state.remembered.append(slot)
      }
    case .events:
      while !source.isAtEnd {
        coordinator.restore(try source.event(pools: state.pools.count))
        missingEvents -= 1
      }
    }
    try source.finish()
  }

  /// Ends reading. Throws if chunks are missing.
  package func finish() throws(ByteSource.Malformed) {
    let state = coordinator.state
    guard hasBase, missingEvents == 0, state.components.finishRestoring(end: ends.components),
      state.finishRestoring(end: ends.records)
    else {
      throw ByteSource.Malformed(expected: "more of the state", offset: 0)
    }
  }

  private mutating func readBase(_ source: inout ByteSource) throws(ByteSource.Malformed) {
    let state = coordinator.state
    let now = try source.instant()
    guard now >= .epoch else { throw source.malformed("a time before this") }
    state.now = now
    state.decidedAt = now
    state.beginTimers(at: now)
    state.revision = try source.number()
    state.fencing.counter = try source.number()
    state.mode = try source.value(ResponseMode.self)
    state.contention = try source.contention()
    state.draws = try source.number()
    state.isDraining = try source.flag()
    state.requestsProcessed = try source.number()
    ends = (try source.int32(), try source.int32())
    for lane in QueueLane.allCases { state.queue.restore(round: try source.number(), of: lane) }
    let total = try source.number()
    missingEvents = try source.count()
    var counts: [(kind: EventKind, count: Int64)] = []
    for _ in 0..<(try source.count()) {
      counts.append((try source.value(EventKind.self), try source.signed()))
    }
    coordinator.restoreHistory(total: total, counts: counts)
    for _ in 0..<(try source.count()) { state.pools.append(try source.pool()) }
    guard state.areNamesUnique else { throw source.malformed("pools of distinct names") }
    state.indexPools()
    guard !source.isAtEnd else { return }
    switch try source.value(LearningMark.self) {
    case .due: state.learning = .due
    case .until: state.learning = .until(try source.instant())
    }
  }
}
