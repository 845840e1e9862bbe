import Foundation
import Model
import NIOConcurrencyHelpers
import Server
import Testing

/// One client that takes all it can, and a healthy one beside it.
///
/// Each test runs the healthy client alone, then beside an attack on the same server, and compares its own slowest calls of
/// both. What is compared is measured in the same run; the factor and the floor leave room for a busy machine, and none
/// for a server that stands still: without turns a call beside a long queue took six seconds. Each attack says which
/// named limit ended it. The lines that are printed are the table of `Docs/LIMITS.md`.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct `One client that takes all it can` {
  private struct Unexpected: Error {}

  // MARK: The healthy client

  /// The healthy client's p99 beside an attack may be this many times the one alone, and is always allowed the floor.
  private static let factor = 25.0
  private static let floorMilliseconds = 2500.0
  private static let samplesLeast = 200

  /// Asks and releases, one call after the other, until it has enough samples and the flag is set; milliseconds of each.
  private static func healthy(
    _ port: Int, until isOver: NIOLockedValueBox<Bool>
  ) async throws -> [Double] {
    try await Peer.with(port: port) { peer in
      var samples: [Double] = []
      let clock = ContinuousClock()
      while samples.count < samplesLeast || !isOver.withLockedValue({ $0 }) {
        let id = Text("healthy-\(samples.count)-\(port)")
        var began = clock.now
        let asked = try await ask(&peer, request(id, pool: "memory", by: "healthy"))
        samples.append((clock.now - began) / .milliseconds(1))
        guard case .resource(let lease) = try asked.response(.requestResource),
          lease.status == .granted
        else { throw Unexpected() }
        began = clock.now
        let message = RequestMessage.release(
          ReleaseRequest(requestID: id, token: lease.token, component: "healthy"))
        let released = try await ask(&peer, message)
        samples.append((clock.now - began) / .milliseconds(1))
        guard released.code == .ok else { throw Unexpected() }
      }
      return samples
    }
  }

  private static func percentile99(_ samples: [Double]) -> Double {
    let sorted = samples.sorted()
    return sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
  }

  /// Runs the attack beside the healthy client. The attack ends by itself, at the limit whose name it answers.
  private static func run(
    _ name: String, _ change: (inout Limits) -> Void = { _ in },
    settings more: (inout CoordinationSettings) -> Void = { _ in },
    attack: @escaping @Sendable (CoordinatorServer) async throws -> String
  ) async throws {
    let settings = { (settings: inout CoordinationSettings) in
      change(&settings.limits)
      more(&settings)
    }
    try await withServer(settings) { server in
      let port = server.port
      let alone = percentile99(try await healthy(port, until: NIOLockedValueBox(true)))
      let isOver = NIOLockedValueBox(false)
      async let samples = healthy(port, until: isOver)
      let limit: String
      do {
        limit = try await attack(server)
        isOver.withLockedValue { $0 = true }
      } catch {
        isOver.withLockedValue { $0 = true }
        throw error
      }
      let all = try await samples
      let beside = percentile99(all)
      func text(_ milliseconds: Double) -> String { "\((milliseconds * 100).rounded() / 100)" }
      print("| \(name) | \(limit) | \(text(alone)) | \(text(beside)) | \(all.count) |")
      #expect(
        beside <= max(alone * factor, floorMilliseconds),
        "\(name): p99 \(text(alone)) ms alone, \(text(beside)) ms beside it")
    }
  }

  // MARK: Small parts of attacks

  private static func request(
    _ id: Text, _ quantity: Int64 = 1, pool: Text = "gpu", by component: Text = "greedy",
    wait: Bool = false, metadata: Metadata = .empty
  ) -> RequestMessage {
    .request(
      ResourceRequest(
        requestID: id, component: component,
        claims: Claims(PoolQuantity(pool: PoolReference(name: pool), quantity: quantity)),
        metadata: metadata, wait: wait))
  }

  private static func ask(
    _ peer: inout Peer.Exchange, _ message: RequestMessage
  ) async throws -> Peer.Reply {
    try await peer.send(Peer.frame(1, message))
    guard let reply = try await peer.reply() else { throw Unexpected() }
    return reply
  }

  /// Sends calls many at a time, and answers how often each reason came.
  private static func flood(
    _ peer: inout Peer.Exchange, _ messages: [RequestMessage]
  ) async throws -> [String: Int] {
    var reasons: [String: Int] = [:]
    for start in stride(from: 0, to: messages.count, by: 250) {
      let part = messages[start..<min(start + 250, messages.count)]
      try await peer.send(
        part.enumerated().flatMap { try Peer.frame(UInt64(start + $0 + 1), $1) })
      for _ in part {
        guard let reply = try await peer.reply() else { throw Unexpected() }
        reasons[reply.reason, default: 0] += 1
      }
    }
    return reasons
  }

  /// Fills the history with events that have much to say.
  private static func fillHistory(
    _ port: Int, _ count: Int, noteBytes: Int = 400
  ) async throws {
    let metadata = Metadata([("note", String(repeating: "x", count: noteBytes))])
    _ = try await Peer.with(port: port) { peer in
      try await flood(
        &peer,
        (0..<count).map { request(Text("event-\($0)"), pool: "claude_api", metadata: metadata) })
    }
  }

  // MARK: The attacks

  @Test func `trickling frames that never become whole`() async throws {
    try await Self.run("200 connections that send half a frame", { $0.frameArrival = .seconds(1) })
    {
      server in
      let port = server.port
      let ends = try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<200 {
          group.addTask {
            try await Peer.with(port: port) { peer in
              // A megabyte is announced, three bytes come.
              try await peer.send([0, 0x0F, 0, 0, 1, 2, 3])
              return try await peer.reply()?.reason ?? "none"
            }
          }
        }
        return try await group.reduce(into: Set<String>()) { $0.insert($1) }
      }
      #expect(ends == ["MALFORMED_MESSAGE"])
      return "`limits.frame_arrival_seconds`"
    }
  }

  @Test func `following all that happens and reading nothing`() async throws {
    try await Self.run(
      "a stream of 16 MB of events that nobody reads",
      {
        $0.writeStall = .seconds(1)
        $0.closeLinger = .milliseconds(100)
      }
    ) { server in
      try await Self.fillHistory(server.port, 4000, noteBytes: 4000)
      _ = try? await Peer.with(port: server.port) { peer in
        try await peer.send(Peer.frame(1, .watch(WatchRequest(fromStart: true))))
        // Ends when the server closes the connection.
        while true { try await peer.send(Peer.frame(2, .healthCheck)) }
      }
      let dropped = (await server.metrics() ?? "").split(separator: "\n")
        .first { $0.hasPrefix("coordinator_stream_dropped_total ") }
      #expect(dropped == "coordinator_stream_dropped_total 1")
      return "`limits.write_stall_seconds`"
    }
  }

  @Test func `asking for more in one go than anybody reads`() async throws {
    try await Self.run(
      "5000 questions for 1000 events each, in one go, and 200 answers read",
      {
        $0.writeStall = .seconds(3)
        $0.closeLinger = .milliseconds(100)
      }
    ) { server in
      try await Self.fillHistory(server.port, 1000)
      try await Peer.with(port: server.port) { peer in
        let call = try Peer.frame(1, .history(HistoryRequest(pageSize: 1000)))
        try await peer.send((0..<5000).flatMap { _ in call })
        for _ in 0..<200 {
          guard try await peer.reply()?.code == .ok else { throw Unexpected() }
        }
        // Ends when the server closes the connection.
        _ = try? await { while true { try await peer.send(call) } }()
      }
      let dropped = (await server.metrics() ?? "").split(separator: "\n")
        .first { $0.hasPrefix("coordinator_stream_dropped_total ") }
      #expect(dropped == "coordinator_stream_dropped_total 1")
      return "`limits.turn_bytes`, `limits.write_stall_seconds`"
    }
  }

  /// Fewer than by default, in the queue and in a turn: in a build for debugging each of them takes tens of microseconds.
  private static let waitersMost = 2000
  private static let turnWaiters = 256

  @Test func `as many waiting requests as may wait, and more`() async throws {
    let most = Self.waitersMost
    try await Self.run(
      "\(most) requests that wait, and 500 more",
      {
        $0.queueLength = most
        $0.turnWaiters = Self.turnWaiters
        $0.waitDefault = .seconds(3600)
      }
    ) { server in
      try await Peer.with(port: server.port) { peer in
        _ = try await Self.ask(&peer, Self.request("all", 24_000))
        let reasons = try await Self.flood(
          &peer, (0..<most + 500).map { Self.request(Text("waits-\($0)"), 24_000, wait: true) })
        #expect(reasons["QUEUE_FULL"] == 500, "\(reasons)")
      }
      return "`queue.max_length`"
    }
  }

  @Test func `huge metadata`() async throws {
    try await Self.run("4000 requests with 16 KB of metadata, and too large ones") { server in
      try await Peer.with(port: server.port) { peer in
        let most = Metadata([("note", String(repeating: "x", count: 16_000))])
        let tooMuch = Metadata([("note", String(repeating: "x", count: 17_000))])
        let reasons = try await Self.flood(
          &peer,
          (0..<4000).map {
            Self.request(Text("large-\($0)"), 100_000, metadata: $0 % 4 == 3 ? tooMuch : most)
          })
        #expect(reasons["INVALID_FIELD"] == 1000)
        #expect(reasons["CAN_NEVER_FIT"] == 3000)
        // A frame above the limit is refused by its length, before there is memory for it.
        try await peer.send([0x7F, 0xFF, 0xFF, 0xFF])
        let last = try await peer.reply()
        #expect(last?.reason == "FRAME_TOO_LARGE")
      }
      return "`limits.metadata_bytes`, `limits.frame_bytes`"
    }
  }

  @Test func `reading all of the history over and over`() async throws {
    try await Self.run("4 connections that read pages of 1000 events") { server in
      let port = server.port
      try await Self.fillHistory(port, 3000)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask {
            try await Peer.with(port: port) { peer in
              for _ in 0..<25 {
                let message = RequestMessage.history(HistoryRequest(pageSize: 1_000_000))
                guard
                  case .history(let page) = try await Self.ask(&peer, message)
                    .response(.listHistory)
                else { throw Unexpected() }
                #expect(page.events.count <= 1000)
              }
            }
          }
        }
        try await group.waitForAll()
      }
      return "`limits.page_bytes`"
    }
  }

  @Test func `more streams than may be open`() async throws {
    try await Self.run("3000 streams of everything", { $0.streams = 2000 }) { server in
      try await Peer.with(port: server.port) { peer in
        var bytes: [UInt8] = []
        for number in 1...3000 as ClosedRange<UInt64> {
          bytes += try Peer.frame(
            number,
            number % 2 == 0 ? .watch(WatchRequest()) : .streamStatus(StatusRequest()))
        }
        try await peer.send(bytes)
        var refused = 0
        while refused < 1000, let reply = try await peer.reply() {
          guard reply.end else { continue }
          #expect(reply.reason == "TOO_MANY_STREAMS")
          refused += 1
        }
        // The others stay, and are told of all that the healthy client does for a while.
        for _ in 0..<20_000 {
          let reply = try await peer.reply()
          guard reply?.end == false else { throw Unexpected() }
        }
      }
      return "`limits.streams`"
    }
  }
}
