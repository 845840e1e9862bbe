package import Access
package import Coordination
package import Model
package import Monitoring
package import NIOCore
import Wire

/// The server without sockets: bytes of connections in, bytes of connections out, under a time that is passed in.
///
/// A shell tells what happened (``open(at:)``, ``receive(_:on:at:)``, ``closed(_:at:)``, ``advance(to:)``) and then
/// takes what is to be sent (``nextOutput()``). The TCP server is one shell, the rehearsal another. Confined to one
/// event loop.
///
/// Invariants: a reply is in a connection's buffer only after the decision it tells of was applied; every stream is in
/// its connection's table exactly as long as it is open; every table is bounded by ``Limits``.
package final class Engine {
  package let limits: Limits
  package let coordinator: Coordinator
  let codec: Codec
  package var metrics: Metrics
  var recent: RecentActivity

  /// Connections by slot; free slots hold ``Connection/vacant``.
  var connections: ContiguousArray<Connection> = []
  private var generations: ContiguousArray<UInt32> = []
  private var freeSlots: ContiguousArray<Int> = []
  package private(set) var connectionCount = 0
  /// Connections whose calls wait for their next turn, in the order in which they get it.
  var backlog: ContiguousArray<ConnectionID> = []
  /// Slots with something to send or to close.
  private var dirty: ContiguousArray<Int> = []

  /// The connection whose bytes are being handled writes here, so that one buffer serves all.
  private var scratch: ByteBuffer
  private static let scratchCapacity = 65_536
  /// A buffer that a large batch has stretched further, in bytes, is given back.
  private static let scratchCapacityMax = 1 << 20
  private var activeSlot = -1
  /// The connection that was handed the scratch buffer itself in this batch.
  private var scratchSlot = -1

  var streams = StreamTable()
  var board: StatusBoard
  /// Rises with every change of what is held or waits; for shells that show the state.
  package var changeCount: UInt64 = 0
  /// Told of every effect, for shells that print them.
  package var observer: ((Effect, Coordinator) -> Void)?
  /// Who may call; nil = everybody is the built-in admin `local`.
  package var access: AccessControl?
  /// The trace of the call that is being handled; nil if it came with none.
  var trace: TraceParent?
  /// Told of every administrative call, refused ones included.
  package var auditor: ((AuditEntry, ConnectionID) -> Void)?
  /// Told of every call that took longer than ``Limits/slowCall``; where nobody is told, nothing is watched.
  package var slowCallTeller: ((SlowCall) -> Void)?
  var watch: CallWatch
  /// Deadlines of connections (even numbers) and streams (odd numbers).
  var timers: TimingWheel
  var now: Instant
  /// Set once the server stops: no connection is taken and streams are ended.
  package internal(set) var isStopping = false
  /// Set by a Drain call that asks the server to stop.
  package var stopRequest: DrainRequest?
  /// How often each method was answered in the current batch.
  private var answered: [18 of UInt32] = .init(repeating: 0)
  private var answeredTotal: UInt32 = 0

  package init(coordinator: Coordinator, at now: Instant) {
    limits = coordinator.limits
    codec = Codec(limits: limits)
    metrics = Metrics(poolCount: coordinator.poolCount)
    recent = RecentActivity(since: now)
    watch = CallWatch(limits: limits)
    scratch = ByteBufferAllocator().buffer(capacity: Engine.scratchCapacity)
    timers = TimingWheel(time: now)
    board = StatusBoard(poolCount: coordinator.poolCount)
    self.now = now
    self.coordinator = coordinator
  }

  // MARK: Connections

  /// Takes a new connection; nil if there are as many as may be, or the server stops.
  package func open(at now: Instant) -> ConnectionID? {
    self.now = max(now, self.now)
    guard connectionCount < limits.connections, !isStopping else { return nil }
    let slot: Int
    if let free = freeSlots.popLast() {
      slot = free
    } else {
      slot = connections.count
      connections.append(.vacant)
      generations.append(0)
    }
    generations[slot] += 1
    let id = ConnectionID(slot: slot, generation: generations[slot])
    connections[slot] = Connection(
      id: id, reader: FrameReader(limits: limits), openedAt: self.now, lastReceivedAt: self.now)
    connectionCount += 1
    timers.set(Int32(slot * 2), at: self.now + limits.idleConnection)
    return id
  }

  package func isOpen(_ id: ConnectionID) -> Bool {
    id.slot < connections.count && connections[id.slot].id == id
  }

  /// Tells that a connection is gone. Its streams end; its waiters stay unless they asked otherwise.
  package func closed(_ id: ConnectionID, at now: Instant) {
    guard isOpen(id) else { return }
    // What is due comes first, at its own time: the loss may be told late, after the process had no time for a while.
    advance(to: now)
    for stream in connections[id.slot].streams.values { removeStream(stream) }
    timers.clear(Int32(id.slot * 2))
    connections[id.slot] = .vacant
    freeSlots.append(id.slot)
    connectionCount -= 1
    coordinator.connectionClosed(id.number, at: self.now)
    consumeEffects()
  }

  /// Tells whether the peer takes what is written. A connection that stalls for ``Limits/writeStall`` is dropped.
  package func setWritable(_ isWritable: Bool, on id: ConnectionID, at now: Instant) {
    guard isOpen(id) else { return }
    self.now = max(now, self.now)
    guard self.isWritable(id.slot) != isWritable else { return }
    connections[id.slot].stalledAt = isWritable ? nil : self.now
    if isWritable {
      streams.markBehind(onConnection: id.slot)
      goOn(id.slot)
    } else {
      setConnectionTimer(id.slot)
    }
  }

  func isWritable(_ slot: Int) -> Bool { connections[slot].stalledAt == nil }

  // MARK: Bytes

  /// Handles bytes of a connection: one batch, under one `now`. What is left of a frame is kept until the rest comes.
  package func receive(_ bytes: inout ByteBuffer, on id: ConnectionID, at now: Instant) {
    guard isOpen(id), !connections[id.slot].isClosing else { return }
    passTime(to: now)
    // What was due may have ended the connection.
    guard !connections[id.slot].isClosing else { return }
    connections[id.slot].lastReceivedAt = self.now
    guard connections[id.slot].turn == .free else {
      // Calls are answered in their order: these come behind those that wait.
      connections[id.slot].partial?.writeBuffer(&bytes)
      return
    }
    if connections[id.slot].outgoing.readableBytes > 0 { takeOutgoing(id.slot) }
    activeSlot = id.slot
    if var partial = connections[id.slot].partial {
      connections[id.slot].partial = nil
      partial.writeBuffer(&bytes)
      let hasFrames = handleFrames(in: &partial, on: id)
      keep(&partial, isNewlyBegun: hasFrames, on: id)
    } else {
      let hasFrames = handleFrames(in: &bytes, on: id)
      keep(&bytes, isNewlyBegun: hasFrames, on: id)
    }
    activeSlot = -1
    if scratch.readableBytes > 0 { markDirty(id.slot) }
    lastActive = id.slot
    pushStreams()
  }

  private var lastActive = -1

  /// Moves what was written to a connection before its bytes came in front of what their answers will be.
  private func takeOutgoing(_ slot: Int) {
    var outgoing = connections[slot].takeOutgoing()
    scratch.writeBuffer(&outgoing)
  }

  /// Handles frames until there are no more or the connection's turn is over. Whether there was a whole frame.
  func handleFrames(in buffer: inout ByteBuffer, on id: ConnectionID) -> Bool {
    let slot = id.slot
    var reader = connections[slot].reader
    defer { connections[slot].reader = reader }
    let start = buffer.readerIndex
    let waitersSeen = coordinator.waitersSeen
    do throws(FrameError) {
      while let frame = try reader.next(in: &buffer) {
        handleFrame(frame, in: buffer, on: id)
        guard !connections[slot].isClosing else { break }
        let written = slot == activeSlot ? scratch.readableBytes : outgoingBytes(slot)
        let isOver =
          written >= limits.turnBytes
          || coordinator.waitersSeen &- waitersSeen >= UInt64(limits.turnWaiters)
        guard !isOver || buffer.readableBytes == 0 else {
          // A few bytes of calls can ask for very many bytes of answers, or for long ways through the queue.
          endTurn(id)
          break
        }
      }
    } catch {
      refuseBytes(error, on: id)
    }
    return buffer.readerIndex > start
  }

  /// Keeps the begun frame at the end of what was received, in no more memory than about its own size.
  func keep(_ buffer: inout ByteBuffer, isNewlyBegun: Bool, on id: ConnectionID) {
    guard !connections[id.slot].isClosing else { return }
    guard buffer.readableBytes > 0 else {
      connections[id.slot].frameBegunAt = nil
      return
    }
    if buffer.capacity > Engine.partialCapacityMax, buffer.readableBytes < buffer.capacity / 2 {
      // The shell's buffer is made for a full read: thousands of connections may each hold a few bytes.
      var copy = ByteBufferAllocator().buffer(capacity: buffer.readableBytes)
      copy.writeBuffer(&buffer)
      connections[id.slot].partial = copy
    } else {
      buffer.discardReadBytes()
      connections[id.slot].partial = buffer
    }
    guard connections[id.slot].turn == .free else {
      // Whole frames, which wait for the server and not for the peer.
      connections[id.slot].frameBegunAt = nil
      return
    }
    let wasBegun = connections[id.slot].frameBegunAt != nil
    guard isNewlyBegun || !wasBegun else { return }
    connections[id.slot].frameBegunAt = now
    // A timer that is set for an earlier frame looks again by itself.
    if !wasBegun { setConnectionTimer(id.slot) }
  }

  /// A buffer of a begun frame that is larger than this, in bytes, is copied when it is mostly empty.
  private static let partialCapacityMax = 4096

  // MARK: Output

  /// Bytes for a connection, in the order of the calls to ``Engine/nextOutput()``.
  package struct Output {
    package let connection: ConnectionID
    package let bytes: ByteBuffer
    /// Close once the bytes are sent.
    package let closes: Bool
    /// Earlier bytes were not sent at once; see ``Engine/caughtUp(_:)``.
    package let isBehind: Bool

    package init(connection: ConnectionID, bytes: ByteBuffer, closes: Bool, isBehind: Bool) {
      self.connection = connection
      self.bytes = bytes
      self.closes = closes
      self.isBehind = isBehind
    }
  }

  /// Takes what is to be sent next; nil when there is nothing left.
  package func nextOutput() -> Output? {
    while let slot = dirty.popLast() {
      guard connections[slot].isOpen else { continue }
      connections[slot].isDirty = false
      let isBehind = connections[slot].isBehind
      let bytes: ByteBuffer
      if slot != lastActive || scratch.readableBytes == 0 {
        bytes = connections[slot].takeOutgoing()
      } else if isBehind {
        // What waits to be sent must not keep the large buffer, however small it is itself.
        bytes = ByteBuffer(buffer: scratch)
      } else {
        bytes = scratch
        scratchSlot = slot
      }
      if slot == lastActive { lastActive = -1 }
      return Output(
        connection: connections[slot].id, bytes: bytes, closes: connections[slot].isClosing,
        isBehind: isBehind)
    }
    return nil
  }

  /// Tells that nothing of a connection waits to be sent any more, so that it can be handed the shared buffer again.
  package func caughtUp(_ id: ConnectionID) {
    guard isOpen(id) else { return }
    connections[id.slot].isBehind = false
  }

  /// Tells that the bytes of all outputs were written, so that their buffer can be filled again. `now` is read after
  /// the batch: the calls of the batch are counted with its length.
  package func finishBatch(at now: Instant) {
    recycleScratch()
    lastActive = -1
    guard answeredTotal > 0 else { return }
    let length = max(now, self.now) - self.now
    for number in answered.indices where answered[number] > 0 {
      if let method = Method(rawValue: UInt8(number)) {
        metrics.observeCalls(method: method, length, count: UInt64(answered[number]))
      }
      answered[number] = 0
    }
    answeredTotal = 0
  }

  /// Empties the shared buffer. If the shell still has it, for the peer did not take all of it, there is a new one, and the
  /// connection is handed copies from now on: at most one such buffer is kept for each.
  private func recycleScratch() {
    // A buffer that nobody else has keeps its room; otherwise this makes one without any.
    scratch.clear(minimumCapacity: 0)
    let isKept = scratch.capacity == 0
    if isKept, scratchSlot >= 0 { connections[scratchSlot].isBehind = true }
    if isKept || scratch.capacity > Engine.scratchCapacityMax {
      scratch = ByteBufferAllocator().buffer(capacity: Engine.scratchCapacity)
    }
    scratchSlot = -1
  }

  /// Begins to watch how long a call takes.
  @inline(__always)
  func watchCall(_ method: Method, _ component: Text) {
    guard slowCallTeller != nil, watch.isOn else { return }
    watch.arrived(method, component, trace, at: now)
  }

  /// How many calls have come since this was last asked whose answers are watched: the shell tells with
  /// ``answered(_:at:)`` when those can be seen.
  package func takeWatchedCalls() -> Int { watch.takeNew() }

  /// Tells that the answers of so many watched calls, of one batch, have been let go.
  package func answered(_ count: Int, at now: Instant) {
    guard count > 0, let slowCallTeller else { return }
    watch.answered(count, at: max(now, self.now), slowCallTeller)
  }

  func countAnswer(_ method: Method) {
    answered[Int(method.rawValue)] += 1
    answeredTotal += 1
  }

  /// Appends to a connection's outgoing bytes.
  @inline(__always)
  func write(on slot: Int, _ append: (inout ByteBuffer) -> Void) {
    if slot == activeSlot {
      append(&scratch)
    } else {
      guard connections[slot].isOpen else { return }
      if slot == lastActive, scratch.readableBytes > 0 {
        append(&scratch)
      } else {
        appendOutgoing(slot, append)
      }
      markDirty(slot)
    }
  }

  /// What is written to a connection and not handed to the shell yet.
  func outgoingBytes(_ slot: Int) -> Int {
    connections[slot].outgoing.readableBytes + (slot == lastActive ? scratch.readableBytes : 0)
  }

  private func appendOutgoing(_ slot: Int, _ append: (inout ByteBuffer) -> Void) {
    var outgoing = connections[slot].takeOutgoing()
    append(&outgoing)
    connections[slot].outgoing = outgoing
  }

  func markDirty(_ slot: Int) {
    guard connections[slot].isOpen, !connections[slot].isDirty else { return }
    connections[slot].isDirty = true
    dirty.append(slot)
  }
}
