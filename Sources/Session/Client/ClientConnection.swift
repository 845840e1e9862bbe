import Coordination
package import Model
package import NIOCore
import Wire

/// What a call was answered: one message, with the envelope's words about it.
package struct CallAnswer: Sendable {
  package let response: ResponseMessage
  /// For people; begins with the stable text of the outcome where there is one.
  package let message: String
  /// The reasons behind a denial or a wait, most important first.
  package let details: [Detail]

  package init(response: ResponseMessage, message: String = "", details: [Detail] = []) {
    self.response = response
    self.message = message
    self.details = details
  }
}

/// The client's end of one connection without the socket: calls in, frames out; frames in, answers out.
///
/// A shell hands it bytes (``receive(_:at:)``) and time (``advance(to:)``), takes what is to be sent
/// (``takeOutgoing()``) and does what the events say. Confined to one event loop.
///
/// Invariants: a call is in the table from ``begin(_:timeout:at:)`` until exactly one ``Event/ended(callID:_:)``
/// names it; a reply to any other call is ignored; the table has at most ``Limits/callsPerConnection`` calls.
package final class ClientConnection {
  package enum Event: Sendable {
    /// A message of the call; a unary call has one, right before its end.
    case message(callID: UInt64, CallAnswer)
    /// The call is over, for a reason unless all went well.
    case ended(callID: UInt64, CallError?)
    /// The connection cannot be used any more: close it. Every call has ended.
    case broken(CallError)
  }

  private struct OpenCall {
    let id: UInt64
    let method: Method
  }

  private let limits: Limits
  private let codec: Codec
  private var reader: FrameReader
  /// Bytes received that are not a whole frame yet.
  private var partial: ByteBuffer?
  private var outgoing = ByteBuffer()
  /// Calls by slot, the lower half of a call's number; nil = free.
  private var calls: ContiguousArray<OpenCall?> = []
  private var generations: ContiguousArray<UInt32> = []
  private var freeSlots: ContiguousArray<Int> = []
  private var deadlines: TimingWheel
  /// Set once the connection is broken; why.
  package private(set) var failure: CallError?
  package private(set) var callCount = 0

  package init(limits: Limits = Limits(), at now: Instant) {
    self.limits = limits
    codec = Codec(limits: limits)
    reader = FrameReader(limits: limits)
    deadlines = TimingWheel(time: now)
  }

  // MARK: Calls

  /// Starts a call and answers its number, never 0. The frame is added to what is to be sent.
  ///
  /// With a timeout the call ends by itself when it has passed; the server is told of it too. Throws if the connection
  /// is broken, if as many calls are open as may be, or if the message does not fit a frame. O(message).
  package func begin(
    _ message: RequestMessage, timeout: TimeSpan?, metadata: Metadata = .empty, at now: Instant
  ) throws(CallError) -> UInt64 {
    if let failure { throw failure }
    guard callCount < limits.callsPerConnection else {
      throw CallError(
        .tooManyCalls, "\(callCount) calls are open on this connection",
        limit: Int64(limits.callsPerConnection))
    }
    let slot = freeSlots.last ?? calls.count
    let generation = slot < generations.count ? generations[slot] &+ 1 : 1
    let id = UInt64(max(1, generation)) << 32 | UInt64(slot)
    do throws(WireError) {
      try codec.appendCall(
        callID: id, timeoutMilliseconds: timeout.map(Self.milliseconds) ?? 0, metadata: metadata,
        message: message, to: &outgoing)
    } catch {
      throw error.callError
    }
    if freeSlots.popLast() == nil {
      calls.append(nil)
      generations.append(0)
    }
    calls[slot] = OpenCall(id: id, method: message.method)
    generations[slot] = max(1, generation)
    callCount += 1
    if let timeout { deadlines.set(Int32(slot), at: now + timeout) }
    return id
  }

  /// Ends a call that nobody waits for any more, here and at the server. No event tells of it; a call that is over
  /// already is left alone.
  package func cancel(_ callID: UInt64) {
    guard let slot = slot(of: callID) else { return }
    remove(slot)
    codec.appendCancel(callID: callID, to: &outgoing)
  }

  /// Whole milliseconds, rounded up: the server must not give up before the client does.
  private static func milliseconds(_ timeout: TimeSpan) -> UInt64 {
    UInt64(max(1, timeout.nanoseconds.addingSaturated(999_999) / 1_000_000))
  }

  private func slot(of callID: UInt64) -> Int? {
    let slot = Int(callID & 0xFFFF_FFFF)
    guard slot < calls.count, calls[slot]?.id == callID else { return nil }
    return slot
  }

  private func remove(_ slot: Int) {
    precondition(calls[slot] != nil, "a call ends once")
    calls[slot] = nil
    freeSlots.append(slot)
    deadlines.clear(Int32(slot))
    callCount -= 1
  }

  // MARK: What comes in

  /// Reads bytes of the server and tells what they mean, in order.
  package func receive(_ bytes: inout ByteBuffer, at now: Instant) -> [Event] {
    guard failure == nil else { return [] }
    var events: [Event] = []
    if var begun = partial {
      partial = nil
      begun.writeBuffer(&bytes)
      readFrames(in: &begun, &events)
      keep(begun)
    } else {
      readFrames(in: &bytes, &events)
      keep(bytes)
    }
    return events
  }

  private func keep(_ buffer: ByteBuffer) {
    guard buffer.readableBytes > 0, failure == nil else { return }
    var rest = buffer
    rest.discardReadBytes()
    partial = rest
  }

  private func readFrames(in buffer: inout ByteBuffer, _ events: inout [Event]) {
    do throws(FrameError) {
      while failure == nil, let frame = try reader.next(in: &buffer) {
        readReply(in: buffer, at: frame, &events)
      }
    } catch .notThisProtocol(.tls) {
      events += fail(
        CallError(
          .notThisProtocol, "what answers speaks TLS, and this connection does not; use TLS")
      )
    } catch {
      events += fail(
        CallError(
          .failedPrecondition,
          "what answers is not a coordinator: \(error.callError.message)",
          details: error.callError.details))
    }
  }

  private func readReply(in buffer: ByteBuffer, at frame: Range<Int>, _ events: inout [Event]) {
    let header: ReplyHeader
    do throws(WireError) {
      header = try codec.decodeReply(in: buffer, at: frame)
    } catch {
      events += fail(unreadable(error))
      return
    }
    guard header.callID != 0 else {
      // The server's last word before it closes the connection.
      events += fail(
        CallError(
          header.code, header.message.isEmpty ? "the server closed the connection" : header.message,
          details: header.details))
      return
    }
    guard let slot = slot(of: header.callID), let call = calls[slot] else { return }
    guard header.code == .ok else {
      remove(slot)
      events.append(
        .ended(
          callID: call.id, CallError(header.code, header.message, details: header.details)))
      return
    }
    readAnswer(call, header, in: buffer, slot: slot, &events)
  }

  private func readAnswer(
    _ call: OpenCall, _ header: ReplyHeader, in buffer: ByteBuffer, slot: Int,
    _ events: inout [Event]
  ) {
    let isOver = header.end || !call.method.isStream
    // A stream's end may come without a message; an empty message of a unary call is a message.
    if !call.method.isStream || !header.end || !header.payload.isEmpty {
      do throws(WireError) {
        let response = try codec.decodeResponse(
          method: call.method, in: buffer, payload: header.payload)
        events.append(
          .message(
            callID: call.id,
            CallAnswer(response: response, message: header.message, details: header.details)))
      } catch {
        events += fail(unreadable(error))
        return
      }
    }
    guard isOver else { return }
    remove(slot)
    events.append(.ended(callID: call.id, nil))
  }

  private func unreadable(_ error: WireError) -> CallError {
    CallError(
      .internal, "the server sent a reply that cannot be read: \(error.callError.message)",
      details: error.callError.details)
  }

  // MARK: Time and end

  /// Ends the calls whose timeout has passed by `now`.
  package func advance(to now: Instant) -> [Event] {
    var events: [Event] = []
    while let (timer, _) = deadlines.popDue(by: now) {
      let slot = Int(timer)
      guard let call = calls[slot] else { preconditionFailure("only open calls have a timer") }
      remove(slot)
      codec.appendCancel(callID: call.id, to: &outgoing)
      events.append(
        .ended(
          callID: call.id,
          CallError(.deadlineExceeded, "no answer to \(call.method.name) came in time")))
    }
    return events
  }

  /// When ``advance(to:)`` has something to do, or a little earlier; nil without timeouts.
  package var nextDeadline: Instant? { deadlines.earliest }

  /// Tells that the connection is gone: every call ends for this reason, and none can begin. Idempotent.
  package func fail(_ error: CallError) -> [Event] {
    guard failure == nil else { return [] }
    failure = error
    partial = nil
    var events: [Event] = []
    for slot in calls.indices {
      guard let call = calls[slot] else { continue }
      remove(slot)
      events.append(.ended(callID: call.id, error))
    }
    events.append(.broken(error))
    return events
  }

  /// The frames written since the last time; nil if there are none.
  package func takeOutgoing() -> ByteBuffer? {
    guard outgoing.readableBytes > 0 else { return nil }
    let bytes = outgoing
    outgoing = ByteBuffer()
    return bytes
  }
}
