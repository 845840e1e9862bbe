import Model
import NIOCore
import Session
import Testing

/// A connection whose calls ask for much, and what others get of the server meanwhile.
@Suite struct `Turns` {
  private static let calls: ClosedRange<UInt64> = 1...200

  /// A connection that has asked 200 questions at once, whose answers are more than one turn's bytes.
  private func asked(_ harness: Harness) throws -> ConnectionID {
    let id = try harness.open()
    var bytes: [UInt8] = []
    for call in Self.calls { bytes += try harness.frame(call, .status(StatusRequest()), on: id) }
    harness.send(bytes, on: id)
    return id
  }

  private func harness() -> Harness { Harness { $0.limits.turnBytes = 1000 } }

  /// One turn, as a shell gives it.
  private func turn(_ harness: Harness) {
    harness.engine.advance(to: harness.now)
    harness.pump()
  }

  @Test func `calls that ask for much are answered a part at a time, in their order`() throws {
    let harness = harness()
    let id = try asked(harness)
    var answered = try harness.take(id).map(\.callID)
    #expect(answered.count > 1 && answered.count < 50)
    #expect(harness.engine.isWaitingForTurn(id))
    #expect(harness.engine.nextDeadline == harness.now, "there is something to do")
    var turns = 1
    while harness.engine.isWaitingForTurn(id), turns < 200 {
      turn(harness)
      turns += 1
      answered += try harness.take(id).map(\.callID)
    }
    #expect(answered == Array(Self.calls))
    #expect(turns > 4)
  }

  @Test func `another connection is answered between the turns of one that asks for much`() throws {
    let harness = harness()
    let greedy = try asked(harness)
    let other = try harness.open()
    let before = try harness.take(greedy).count
    try harness.call(1, .healthCheck, on: other)
    #expect(try harness.take(greedy).isEmpty, "the other's call is no turn of the first")
    turn(harness)
    #expect(try harness.take(greedy).count <= before + 1)
    #expect(harness.engine.isWaitingForTurn(greedy))
  }

  @Test func `calls that a long queue makes expensive wait for their turn as well`() throws {
    let harness = Harness { $0.limits.turnWaiters = 50 }
    let id = try harness.open()
    try harness.call(1, Harness.request("holds", 100), on: id)
    var bytes: [UInt8] = []
    for call in 2...100 as ClosedRange<UInt64> {
      bytes += try harness.frame(call, Harness.request(Text("r\(call)"), 100, wait: true), on: id)
    }
    harness.send(bytes, on: id)
    var answered = try harness.take(id).map(\.callID)
    #expect(answered.count < 50 && harness.engine.isWaitingForTurn(id))
    harness.pass(.milliseconds(1))
    answered += try harness.take(id).map(\.callID)
    #expect(answered == Array(2...100))
  }

  @Test func `those that wait take turns`() throws {
    let harness = harness()
    let first = try asked(harness)
    let second = try asked(harness)
    _ = try (harness.take(first), harness.take(second))
    for _ in 0..<3 {
      turn(harness)
      #expect(try harness.take(first).count > 0)
      #expect(try harness.take(second).isEmpty)
      turn(harness)
      #expect(try harness.take(second).count > 0)
      #expect(try harness.take(first).isEmpty)
    }
  }

  @Test func `calls that come while others wait stay behind them`() throws {
    let harness = harness()
    let id = try asked(harness)
    var answered = try harness.take(id).map(\.callID)
    // In two parts, as the network may bring them.
    let late = try harness.frame(201, .healthCheck, on: id)
    harness.send(Array(late[..<3]), on: id)
    turn(harness)
    harness.send(Array(late[3...]), on: id)
    harness.pass(.milliseconds(1))
    answered += try harness.take(id).map(\.callID)
    #expect(answered == Array(1...201))
    #expect(!harness.engine.isWaitingForTurn(id))
  }

  @Test func `a peer that has sent all and closed its side still gets every answer`() throws {
    let harness = harness()
    let id = try asked(harness)
    harness.engine.inputEnded(id, at: harness.now)
    harness.pump()
    #expect(harness.ended.isEmpty)
    harness.pass(.milliseconds(1))
    #expect(try harness.take(id).map(\.callID) == Array(Self.calls))
    #expect(harness.ended == [id])
  }

  @Test func `a peer that does not read gets no turn until it does, and then is answered`() throws {
    let harness = harness()
    let id = try asked(harness)
    harness.engine.setWritable(false, on: id, at: harness.now)
    let before = try harness.take(id).count
    harness.pass(seconds: 20)
    #expect(try harness.take(id).isEmpty)
    harness.engine.setWritable(true, on: id, at: harness.now)
    harness.pass(.milliseconds(1))
    #expect(try harness.take(id).count == Self.calls.count - before)
  }

  @Test func `a peer that never reads is dropped, though its calls wait`() throws {
    let harness = harness()
    let id = try asked(harness)
    harness.engine.setWritable(false, on: id, at: harness.now)
    harness.pass(seconds: 31)
    #expect(harness.ended == [id])
    #expect(try harness.take(id).last?.reason == "SLOW_READER")
  }

  @Test func `whole calls that wait are no frame that does not arrive`() throws {
    let harness = Harness {
      $0.limits.turnBytes = 1000
      $0.limits.frameArrival = .seconds(1)
    }
    let id = try asked(harness)
    harness.engine.setWritable(false, on: id, at: harness.now)
    harness.pass(seconds: 5)
    #expect(harness.ended.isEmpty)
  }

  @Test func `a connection that ends while its calls wait is forgotten`() throws {
    let harness = harness()
    let id = try asked(harness)
    harness.close(id)
    let next = try asked(harness)
    #expect(next.slot == id.slot)
    harness.pass(.milliseconds(1))
    #expect(try harness.take(next).map(\.callID) == Array(Self.calls))
  }

  @Test func `a page of the history ends where its texts are many bytes, and goes on`() throws {
    let harness = Harness { $0.limits.pageBytes = 5000 }
    let id = try harness.open()
    for number in 0..<50 as Range<UInt64> {
      let request = ResourceRequest(
        requestID: Text("r\(number)"), component: "trainer",
        claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 1)),
        metadata: Metadata([("note", String(repeating: "x", count: 1000))]))
      try harness.call(number + 1, .request(request), on: id)
    }
    var seen: [Text] = []
    var page = Text.empty
    for call in 100..<200 as Range<UInt64> {
      let request = HistoryRequest(
        pageSize: 1000, pageToken: page, oldestFirst: true)
      guard case .history(let response) = try harness.call(call, .history(request), on: id).response
      else { return #expect(Bool(false), "an answer") }
      #expect(response.events.count <= 6)
      seen += response.events.map(\.requestID)
      page = response.nextPageToken
      if page.isEmpty { break }
    }
    #expect(seen == (0..<50).map { Text("r\($0)") })
  }
}
