import Coordination
package import Model
package import NIOCore
import Session
package import Wire

/// The coordinator without sockets and without a clock: the same engine, frames in and frames out, under a time that
/// only moves when it is told to.
///
/// Callers are known by name; each name has one connection, opened by its first call. Everything is drawn from one
/// seed, so that the same calls at the same times have the same bytes. It has an identity, as the engine has: a class.
package final class VirtualCoordinator {
  /// One frame from the coordinator.
  package struct Reply {
    package let at: Instant
    /// The connection's name.
    package let name: String
    /// The call's; nil if the reply is about the connection.
    package let method: Method?
    package let callID: UInt64
    package let header: ReplyHeader
    /// Holds the payload at the header's positions.
    package let bytes: ByteBuffer
  }

  package enum Output {
    case reply(Reply)
    case event(VirtualEvent)
  }

  /// Far more virtual time than any rehearsal has: its clients do not go idle, a real one would just reconnect.
  private static let idleNever = TimeSpan.seconds(200 * 366 * 86_400)
  /// Steps of one advance at one instant before it must be a fault of ours.
  private static let stepsPerInstantMax = 1_000_000

  private struct Line {
    let name: String
    /// The order of opening, in which outputs of one instant are told.
    let order: Int
    var reader: FrameReader
    var nextCall: UInt64 = 1
    var methods: [UInt64: Method] = [:]
  }

  private let engine: Engine
  private let recorder = EventRecorder()
  package let codec: Codec
  package let limits: Limits
  private var connections: [String: ConnectionID] = [:]
  private var lines: [ConnectionID: Line] = [:]
  private var linesOpened = 0
  /// The virtual time, from 1970-01-01T00:00:00Z on.
  package private(set) var now = Instant.epoch
  private var outputs: [Output] = []

  /// An empty coordinator at time 0, of epoch 1.
  package init(settings: CoordinationSettings, seed: UInt64) {
    var settings = settings
    settings.limits.idleConnection = VirtualCoordinator.idleNever
    limits = settings.limits
    codec = Codec(limits: settings.limits)
    let random = SeededRandom(seed: seed)
    var entropy = random.child("tokens")
    var hashes = random.child("hashes")
    let coordinator = Coordinator(
      settings: settings, epoch: 1, hashSeed: hashes.next(), entropy: Entropy(seed: entropy.next()),
      at: .epoch)
    engine = Engine(coordinator: coordinator, at: .epoch)
    engine.observer = { [recorder] effect, coordinator in recorder.record(effect, in: coordinator) }
  }

  /// Requests in the queue, and grants that nobody has fetched yet.
  package var openWaits: Int { recorder.waiting + recorder.unclaimed.count }

  /// When something next happens by itself; may be early, never late.
  package var nextDeadline: Instant? { engine.nextDeadline }

  /// Takes what happened since it was last taken, in order.
  package func takeOutputs() -> [Output] {
    defer { outputs.removeAll(keepingCapacity: true) }
    return outputs
  }

  // MARK: Time

  /// Lets everything happen that is due by the instant, each at its own time, earliest first.
  package func advance(to instant: Instant) {
    precondition(instant >= now, "virtual time does not go back")
    var steps = 0
    while let deadline = engine.nextDeadline, deadline <= instant {
      steps = deadline > now ? 0 : steps + 1
      precondition(steps < VirtualCoordinator.stepsPerInstantMax, "the engine never comes to rest")
      step(to: max(deadline, now))
    }
    step(to: instant)
  }

  private func step(to instant: Instant) {
    now = instant
    engine.advance(to: instant)
    outputs += recorder.take().map(Output.event)
    outputs += takeReplies().map(Output.reply)
  }

  // MARK: Calls

  /// Makes a call now, with the request message's bytes, and answers its number; nil if the coordinator takes no more
  /// connections.
  ///
  /// Of what follows from it, the call's own replies come first, then what was decided, then what others are told.
  @discardableResult
  package func call(
    _ method: Method, payload: [UInt8], timeoutMilliseconds: UInt64 = 0, as name: String
  ) -> UInt64? {
    call(method, as: name) { callID, out in
      codec.appendCall(
        callID: callID, method: method, timeoutMilliseconds: timeoutMilliseconds, payload: payload,
        to: &out)
    }
  }

  /// As above, for a message. Throws if it would not fit a frame.
  @discardableResult
  package func call(_ message: RequestMessage, as name: String) throws(WireError) -> UInt64? {
    var frame = ByteBuffer()
    // Encoded once with the number that the call will have, so that a message too large opens nothing.
    let callID = connections[name].flatMap { lines[$0]?.nextCall } ?? 1
    try codec.appendCall(callID: callID, message: message, to: &frame)
    return call(message.method, as: name) { _, out in out.writeBuffer(&frame) }
  }

  private func call(
    _ method: Method, as name: String, append: (UInt64, inout ByteBuffer) -> Void
  ) -> UInt64? {
    guard let id = connection(name), let callID = lines[id]?.nextCall else { return nil }
    lines[id]?.nextCall += 1
    lines[id]?.methods[callID] = method
    var frame = ByteBuffer()
    append(callID, &frame)
    engine.receive(&frame, on: id, at: now)
    let replies = takeReplies()
    let isOwn = { (reply: Reply) in
      reply.name == name && (reply.callID == callID || reply.callID == 0)
    }
    outputs += replies.filter(isOwn).map(Output.reply)
    outputs += recorder.take().map(Output.event)
    outputs += replies.filter { !isOwn($0) }.map(Output.reply)
    if engine.stopRequest != nil {
      engine.stopRequest = nil
      engine.beginStop(at: now)
      step(to: now)
    }
    return callID
  }

  private func connection(_ name: String) -> ConnectionID? {
    if let id = connections[name] { return id }
    guard let id = engine.open(at: now) else { return nil }
    connections[name] = id
    lines[id] = Line(name: name, order: linesOpened, reader: FrameReader(limits: limits))
    linesOpened += 1
    return id
  }

  /// Loses a caller's connection now; its next call opens another. Nothing happens if it has none.
  package func disconnect(_ name: String) {
    guard let id = connections.removeValue(forKey: name) else { return }
    lines[id] = nil
    engine.closed(id, at: now)
    step(to: now)
  }

  /// Makes a unary call of the process itself, which no connection sees.
  package func perform(_ message: RequestMessage) throws(CallError) -> ResponseMessage {
    defer { outputs += recorder.take().map(Output.event) }
    return try engine.perform(message, connection: 0)
  }

  // MARK: Replies

  private func takeReplies() -> [Reply] {
    var found: [(order: Int, reply: Reply)] = []
    while let output = engine.nextOutput() {
      guard var line = lines[output.connection] else { continue }
      var bytes = output.bytes
      while let reply = reply(&bytes, &line) { found.append((line.order, reply)) }
      lines[output.connection] = line
      if output.closes { closed(output.connection, line.name) }
    }
    engine.finishBatch(at: now)
    // Stable within a connection: its replies were found in their order.
    return found.enumerated().sorted {
      ($0.element.order, $0.offset) < ($1.element.order, $1.offset)
    }.map(\.element.reply)
  }

  private func reply(_ bytes: inout ByteBuffer, _ line: inout Line) -> Reply? {
    let whole = bytes
    do {
      guard let frame = try line.reader.next(in: &bytes) else { return nil }
      let header = try codec.decodeReply(in: bytes, at: frame)
      let method = line.methods[header.callID]
      if header.end { line.methods[header.callID] = nil }
      return Reply(
        at: now, name: line.name, method: method, callID: header.callID, header: header,
        bytes: whole)
    } catch {
      preconditionFailure("the engine writes whole, valid frames: \(error)")
    }
  }

  private func closed(_ id: ConnectionID, _ name: String) {
    connections[name] = nil
    lines[id] = nil
    engine.closed(id, at: now)
  }
}

extension VirtualCoordinator.Reply {
  /// The response message's bytes; empty for a call that failed.
  package var payload: [UInt8] {
    bytes.getBytes(at: header.payload.lowerBound, length: header.payload.count) ?? []
  }
}
