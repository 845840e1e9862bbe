import Model

/// The kinds of chunks of a snapshot, in the order in which they are written.
enum StateChunk: UInt8 {
  /// Numbers, pools and counts: the first chunk, and the only one of its kind.
  case base = 1
  case freeComponents = 2
  case components = 3
  case freeSlots = 4
  case records = 5
  /// The slots of ended requests, oldest end first.
  case remembered = 6
  case events = 7
}

/// How the base chunk tells of a ``LearningPeriod`` that is not over.
enum LearningMark: UInt8 {
  case due = 1
  case until = 2
}

/// Writes all that decisions made, in chunks, so that a coordinator can go on from it: ``StateReader`` is the way back.
///
/// What follows from the rest is left out (indexes, sums, the queue's order, timers), and so is the epoch, which is the
/// journal's. The bytes of equal states are equal.
package struct StateWriter {
  private let chunkBytes: Int
  private var sink = ByteSink()

  /// - Parameter chunkBytes: a chunk is emitted once it has this many bytes; it may be longer by one entry.
  package init(chunkBytes: Int) {
    self.chunkBytes = chunkBytes
  }

  package mutating func write<Failure: Error>(
    _ coordinator: Coordinator, _ emit: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    let state = coordinator.state
    sink.append(byte: StateChunk.base.rawValue)
    writeBase(state, coordinator.history)
    try flush(emit)
    try writeSlots(.freeComponents, state.components.free, emit)
    try writeAll(.components, 0..<state.components.end, emit) { sink, component in
      guard state.components[component].records > 0 else { return }
      sink.append(component, state.components[component])
    }
    try writeSlots(.freeSlots, state.records.free, emit)
    try writeAll(.records, 0..<state.records.end, emit) { sink, slot in
      if case .vacant = state.records[slot].phase { return }
      sink.append(slot)
      sink.append(state.records[slot])
    }
    try writeSlots(.remembered, state.remembered, emit)
    let history = coordinator.history
    try writeAll(.events, 0..<history.kept, emit) { $0.append(history.entry($1)) }
  }

  private mutating func writeBase(_ state: CoordinationState, _ history: EventLog) {
    sink.append(state.decidedAt)
    sink.append(state.revision)
    sink.append(state.fencing.counter)
    sink.append(byte: state.mode.rawValue)
    sink.append(state.contention)
    sink.append(state.draws)
    sink.append(state.isDraining)
    sink.append(state.requestsProcessed)
    sink.append(state.components.end)
    sink.append(state.records.end)
    for lane in QueueLane.allCases { sink.append(state.queue.round(of: lane)) }
    sink.append(history.total)
    sink.append(history.kept)
    let counts = EventKind.allCases.filter { history.count($0) > 0 }
    sink.append(counts.count)
    for kind in counts {
      sink.append(byte: kind.rawValue)
      sink.append(history.count(kind))
    }
    sink.append(state.pools.count)
    for pool in state.pools { sink.append(pool) }
    // Behind what every version reads, and only where there is something to say.
    switch state.learning {
    case .over: break
    case .due: sink.append(byte: LearningMark.due.rawValue)
    case .until(let end):
      sink.append(byte: LearningMark.until.rawValue)
      sink.append(end)
    }
  }

  private mutating func writeSlots<Failure: Error>(
    _ kind: StateChunk, _ slots: some Collection<Int32>, _ emit: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    try writeAll(kind, slots, emit) { $0.append($1) }
  }

  private mutating func writeAll<Failure: Error, Entries: Collection>(
    _ kind: StateChunk, _ entries: Entries, _ emit: ([UInt8]) throws(Failure) -> Void,
    _ write: (inout ByteSink, Entries.Element) -> Void
  ) throws(Failure) {
    for entry in entries {
      if sink.count == 0 { sink.append(byte: kind.rawValue) }
      write(&sink, entry)
      if sink.count >= chunkBytes { try flush(emit) }
    }
    if sink.count > 1 { try flush(emit) } else { sink.removeAll() }
  }

  private mutating func flush<Failure: Error>(
    _ emit: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    try emit(sink.bytes)
    sink.removeAll()
  }
}
