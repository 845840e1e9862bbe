import Coordination
package import Model
package import NIOCore
import Wire

// How connections are refused, ended and told why.
extension Engine {
  /// Tells that the peer sends nothing any more: it is closed once it has its answers, and is told of a frame that was
  /// cut off.
  package func inputEnded(_ id: ConnectionID, at now: Instant) {
    guard isOpen(id), !connections[id.slot].isClosing else { return }
    self.now = max(now, self.now)
    guard connections[id.slot].turn == .free else {
      connections[id.slot].inputHasEnded = true
      return
    }
    guard let partial = connections[id.slot].partial else { return finish(id.slot) }
    let missing = connections[id.slot].reader.missingBytes(in: partial)
    drop(
      id.slot,
      CallError(
        .malformedMessage,
        "the connection ended \(missing.map { "\($0) bytes before the end" } ?? "at the start") of a frame"
      ))
  }

  /// The bytes for a peer that ``open(at:)`` refused.
  package func refusal() -> ByteBuffer {
    let error =
      isStopping
      ? CallError(.draining, "the server is stopping; leases live on")
      : CallError(
        .tooManyConnections, "\(limits.connections) connections are open",
        limit: Int64(limits.connections))
    var bytes = ByteBuffer()
    codec.appendReply(callID: 0, error: error, to: &bytes)
    return bytes
  }

  /// Answers bytes that are no frame, in words that the peer can show, and ends the connection.
  func refuseBytes(_ error: FrameError, on id: ConnectionID) {
    if case .notThisProtocol(.http1) = error {
      let body = error.callError.message + "\n"
      write(on: id.slot) { out in
        out.writeString(
          "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
            + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
      }
    } else {
      write(on: id.slot) { codec.appendReply(callID: 0, error: error.callError, to: &$0) }
    }
    finish(id.slot)
  }

  /// Ends a connection with a last reply that is about no call.
  func drop(_ slot: Int, _ error: CallError) {
    write(on: slot) { codec.appendReply(callID: 0, error: error, to: &$0) }
    finish(slot)
  }

  /// Closes a connection once what is written is sent. Nothing is written to it afterwards.
  func finish(_ slot: Int) {
    guard connections[slot].isOpen else { return }
    for stream in connections[slot].streams.values { removeStream(stream) }
    connections[slot].isClosing = true
    connections[slot].partial = nil
    markDirty(slot)
  }

  /// Begins the end: no new connections or requests, every stream is told, and what is written is still sent.
  package func beginStop(at now: Instant) {
    guard !isStopping else { return }
    // What is due comes first, at its own time.
    advance(to: now)
    isStopping = true
    _ = coordinator.drain(resume: false, at: self.now)
    consumeEffects()
    let error = CallError(.draining, "the server is stopping; leases live on")
    for stream in streams.all { endStream(stream, error) }
  }

  /// Closes every connection once what is written is sent.
  package func closeAll() {
    for slot in connections.indices where connections[slot].isOpen { finish(slot) }
  }
}
