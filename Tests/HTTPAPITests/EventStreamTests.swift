import Model
import Monitoring
import NIOCore
import Testing

@testable import HTTPAPI

@Suite struct EventStreamTests {
  private static let request = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n"

  @Test func `a follower gets the state, then each change`() async throws {
    let handle = StubHandle()
    try await withService(handle) { _, address in
      try await RawConnection.with(address) { exchange in
        try await exchange.send(EventStreamTests.request + "\r\n")
        let head = try #require(try await exchange.read(until: "\r\n\r\n"))
        #expect(head.contains("text/event-stream"))
        let first = try #require(try await exchange.read(until: "}\n\n"))
        #expect(first.contains("event: state\ndata: {\"sequence\":1,\"reachable\":true,"))
        handle.goDown()
        _ = try #require(try await exchange.read(until: "\"reachable\":false"))
        let lost = try #require(try await exchange.read(until: "}\n\n"))
        #expect(lost.contains(#""metadata":{"error":"connection refused"}"#))
      }
    }
  }

  @Test func `a follower beyond the limit is refused`() async throws {
    try await withService(StubHandle()) {
      $0.limits.pageStreams = 1
    } _: { _, address in
      try await RawConnection.with(address) { exchange in
        try await exchange.send(EventStreamTests.request + "\r\n")
        _ = try await exchange.read(until: "event: state")
        let refused = try await ask(address, "/api/v1/events")
        #expect(refused.status == 503)
        #expect(refused.headers["retry-after"] != nil)
      }
    }
  }

  @Test func `a follower that leaves makes room`() async throws {
    let hub = EventStreamTests.hub(StubHandle()) { $0.pageStreams = 1 }
    var stream: AsyncStream<ByteBuffer>? = try await hub.follow(lastEventID: nil) {}
    #expect(await hub.followerCount == 1)
    _ = stream
    stream = nil
    // The place is given back by a task of its own.
    while await hub.followerCount > 0 { await Task.yield() }
    stream = try await hub.follow(lastEventID: nil) {}
    #expect(await hub.followerCount == 1)
  }

  @Test func `streams end when the service shuts down`() async throws {
    try await withService(StubHandle()) { service, address in
      try await RawConnection.with(address) { exchange in
        try await exchange.send(EventStreamTests.request + "\r\n")
        _ = try await exchange.read(until: "event: state")
        await service.shutDown()
        let rest = try await exchange.readToEnd()
        #expect(rest.hasSuffix("0\r\n\r\n"), "the body ends in order")
      }
    }
  }

  @Test func `a follower that does not read gets the latest state, not a queue`() async throws {
    let handle = StubHandle()
    let hub = EventStreamTests.hub(handle)
    let slow = try await hub.follow(lastEventID: nil) {}
    let quick = try await hub.follow(lastEventID: nil) {}
    let running = Task { await hub.run() }
    var seen = 0
    var latest = ""
    for await state in quick {
      seen += 1
      latest = String(buffer: state)
      if seen == 20 { break }
      handle.change { _ in }
    }
    var states = slow.makeAsyncIterator()
    let first = try #require(await states.next())
    let number = try #require(EventStreamTests.sequence(String(buffer: first)))
    #expect(number >= (EventStreamTests.sequence(latest) ?? .max))
    running.cancel()
    await running.value
  }

  @Test func `a follower that takes nothing for long is cut off`() async throws {
    let handle = StubHandle()
    let hub = EventStreamTests.hub(handle) { $0.writeStall = .zero }
    let (cuts, cut) = AsyncStream<Void>.makeStream()
    let stalled = try await hub.follow(lastEventID: nil) { cut.yield() }
    let quick = try await hub.follow(lastEventID: nil) {}
    let running = Task { await hub.run() }
    var states = quick.makeAsyncIterator()
    _ = await states.next()
    handle.change { _ in }
    var cutIterator = cuts.makeAsyncIterator()
    _ = await cutIterator.next()
    #expect(await hub.droppedCount == 1)
    withExtendedLifetime(stalled) {}
    running.cancel()
    await running.value
  }

  @Test func `a state that the browser knows is not sent again`() async throws {
    let handle = StubHandle()
    let hub = EventStreamTests.hub(handle) { $0.pageInterval = .seconds(3600) }
    let first = try await hub.follow(lastEventID: nil) {}
    let running = Task { await hub.run() }
    var states = first.makeAsyncIterator()
    let frame = String(buffer: try #require(await states.next()))
    let id = try #require(frame.split(separator: "\n").first?.dropFirst("id: ".count))
    // Both followers end with the hub; until then only the one that knows nothing has been sent the state.
    let knowing = try await hub.follow(lastEventID: String(id)) {}
    let unknowing = try await hub.follow(lastEventID: "of-another-process-1") {}
    running.cancel()
    await running.value
    var received: [Int] = []
    for stream in [knowing, unknowing] {
      var count = 0
      for await _ in stream { count += 1 }
      received.append(count)
    }
    #expect(received == [0, 1])
  }

  private static func hub(
    _ handle: StubHandle, configure: (inout Limits) -> Void = { _ in }
  ) -> StatusHub {
    var limits = Limits()
    limits.pageInterval = .milliseconds(1)
    configure(&limits)
    let reader = CoordinatorReader(handle: handle, now: { Instant(nanoseconds: 0) })
    return StatusHub(reader: reader, limits: limits)
  }

  private static func sequence(_ frame: String) -> Int? {
    guard let start = frame.firstRange(of: "\"sequence\":") else { return nil }
    return Int(frame[start.upperBound...].prefix { $0.isNumber })
  }
}
