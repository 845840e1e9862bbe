import Model
import NIOCore
import Session
import Testing
import Wire

/// Traces of one connection: what the server sends, and what comes of it.
@Suite struct ClientConnectionTests {
  private let connection = ClientConnection(at: .epoch)
  private let server = Codec(limits: Limits())

  private func health(_ version: String) -> ResponseMessage {
    .health(
      HealthResponse(healthy: true, version: version, uptimeSeconds: 1, metadata: .empty))
  }

  private func reply(
    _ callID: UInt64, end: Bool = true, _ response: ResponseMessage?
  ) -> ByteBuffer {
    var bytes = ByteBuffer()
    server.appendReply(callID: callID, end: end, response: response, to: &bytes)
    return bytes
  }

  private func receive(_ bytes: ByteBuffer, at now: Instant = .epoch) -> [String] {
    var bytes = bytes
    return connection.receive(&bytes, at: now).map(describe)
  }

  private func describe(_ event: ClientConnection.Event) -> String {
    switch event {
    case .message(let id, let answer):
      switch answer.response {
      case .health(let health): "message \(id & 0xFFFF_FFFF) \(health.version)"
      case .event(let event): "message \(id & 0xFFFF_FFFF) event \(event.revision)"
      default: "message \(id & 0xFFFF_FFFF)"
      }
    case .ended(let id, let error):
      "ended \(id & 0xFFFF_FFFF)" + (error.map { " \($0.code.name)" } ?? "")
    case .broken(let error): "broken \(error.code.name)"
    }
  }

  @Test func `answers find their calls in any order`() throws {
    let first = try connection.begin(.healthCheck, timeout: nil, at: .epoch)
    let second = try connection.begin(.healthCheck, timeout: nil, at: .epoch)
    #expect(receive(reply(second, health("2"))) == ["message 1 2", "ended 1"])
    #expect(receive(reply(first, health("1"))) == ["message 0 1", "ended 0"])
    #expect(connection.callCount == 0)
  }

  @Test func `a reply split at every byte is read whole`() throws {
    let call = try connection.begin(.healthCheck, timeout: nil, at: .epoch)
    var bytes = reply(call, health("x"))
    var events: [String] = []
    while let byte = bytes.readSlice(length: 1) { events += receive(byte) }
    #expect(events == ["message 0 x", "ended 0"])
  }

  @Test func `a timeout ends the call, and its late answer is ignored`() throws {
    let call = try connection.begin(.healthCheck, timeout: .seconds(1), at: .epoch)
    let soon = Instant.epoch + .milliseconds(999)
    #expect(connection.advance(to: soon).isEmpty)
    let late = Instant.epoch + .seconds(1)
    #expect(connection.advance(to: late).map(describe) == ["ended 0 DEADLINE_EXCEEDED"])
    #expect(receive(reply(call, health("late")), at: late).isEmpty)
  }

  @Test func `a call that takes the place of another one does not get its answer`() throws {
    let first = try connection.begin(.healthCheck, timeout: nil, at: .epoch)
    connection.cancel(first)
    let second = try connection.begin(.healthCheck, timeout: nil, at: .epoch)
    #expect(first != second)
    #expect(receive(reply(first, health("old"))).isEmpty)
    #expect(receive(reply(second, health("new"))) == ["message 0 new", "ended 0"])
  }

  @Test func `a stream has messages until its end`() throws {
    let call = try connection.begin(.watch(WatchRequest()), timeout: nil, at: .epoch)
    let event = ResponseMessage.event(Event(revision: 7, at: nil, kind: .granted))
    #expect(receive(reply(call, end: false, event)) == ["message 0 event 7"])
    #expect(receive(reply(call, nil)) == ["ended 0"])
  }

  @Test func `the server's last word ends every call with its reason`() throws {
    _ = try connection.begin(.healthCheck, timeout: nil, at: .epoch)
    var bytes = ByteBuffer()
    server.appendReply(callID: 0, error: CallError(.idleConnection, "idle"), to: &bytes)
    #expect(receive(bytes) == ["ended 0 UNAVAILABLE", "broken UNAVAILABLE"])
    #expect(throws: CallError.self) {
      try connection.begin(.healthCheck, timeout: nil, at: .epoch)
    }
  }

  @Test func `a web server at the other end is named as such`() throws {
    _ = try connection.begin(.healthCheck, timeout: nil, at: .epoch)
    let events = receive(ByteBuffer(string: "HTTP/1.1 400 Bad Request\r\n\r\n"))
    #expect(events == ["ended 0 FAILED_PRECONDITION", "broken FAILED_PRECONDITION"])
    #expect(connection.failure?.details.first?.reason == "NOT_THIS_PROTOCOL")
  }

  @Test func `at most as many calls are open as the limit says`() throws {
    var limits = Limits()
    limits.callsPerConnection = 2
    let connection = ClientConnection(limits: limits, at: .epoch)
    let first = try connection.begin(.healthCheck, timeout: nil, at: .epoch)
    _ = try connection.begin(.healthCheck, timeout: nil, at: .epoch)
    #expect(throws: CallError.self) {
      try connection.begin(.healthCheck, timeout: nil, at: .epoch)
    }
    connection.cancel(first)
    _ = try connection.begin(.healthCheck, timeout: nil, at: .epoch)
  }

  @Test func `a cancelled call is cancelled at the server`() throws {
    let call = try connection.begin(.watch(WatchRequest()), timeout: nil, at: .epoch)
    _ = connection.takeOutgoing()
    connection.cancel(call)
    var bytes = try #require(connection.takeOutgoing())
    var reader = FrameReader(limits: Limits())
    let frame = try #require(try reader.next(in: &bytes))
    let header = try server.decodeCall(in: bytes, at: frame)
    #expect(header.cancel && header.callID == call)
  }
}
