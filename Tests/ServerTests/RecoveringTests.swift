import Foundation
import FoundationNetworking
import HTTPAPI
import Logging
import Model
import NIOCore
import Server
import Session
import Testing

/// A server that listens while its state is being recovered. A gate before the first read holds recovery as long as the
/// test looks.
@Suite(.timeLimit(.minutes(2)))
struct `A server that recovers` {
  private struct Unexpected: Error {}

  private static func listen() async throws -> CoordinatorServer {
    try await CoordinatorServer.listen(
      settings: CoordinationSettings(mode: .respectLimits),
      configuration: ServerConfiguration(hosts: ["127.0.0.1"], port: 0, drain: .seconds(5)),
      logger: quietLogger())
  }

  /// Runs the first body while recovery waits, and the second one when it has ended.
  private static func with<Early: Sendable, Late: Sendable>(
    _ storage: ServerStorage, early: (CoordinatorServer) async throws -> Early,
    late: (CoordinatorServer, Early) async throws -> Late
  ) async throws -> Late {
    let server = try await listen()
    let gate = DispatchSemaphore(value: 0)
    let recovering = Task { try await server.recover(storage, first: { gate.wait() }) }
    let seen: Early
    do {
      seen = try await early(server)
      gate.signal()
    } catch {
      gate.signal()
      try await recovering.value
      throw error
    }
    try await recovering.value
    let running = Task { try await server.run() }
    let result = await Result { try await late(server, seen) }
    running.cancel()
    try await running.value
    return try result.get()
  }

  private static func ask(
    _ peer: inout Peer.Exchange, _ callID: UInt64, _ message: RequestMessage
  ) async throws -> Peer.Reply {
    try await peer.send(Peer.frame(callID, message))
    guard let reply = try await peer.reply() else { throw Unexpected() }
    return reply
  }

  private static func withFolder(_ body: (ServerStorage) async throws -> Void) async throws {
    let path = NSTemporaryDirectory() + "coordinator-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(.directory(path: path, given: GivenSettings()))
  }

  @Test func `says that it lives, refuses all else, and grants nothing before it is done`()
    async throws
  {
    try await Self.withFolder { storage in
      // A life before, with a lease that leaves no room for the second one.
      _ = try await withServer(storage: storage) { server in
        try await Peer.with(port: server.port) { peer in
          try await Self.ask(&peer, 1, Peer.request("first", 20_000)).code
        }
      }
      let history = try await Self.with(storage) { server in
        try await Peer.with(port: server.port) { peer in
          let health = try await Self.ask(&peer, 1, .healthCheck)
          guard case .health(let health) = try health.response(.healthCheck) else {
            throw Unexpected()
          }
          #expect(!health.healthy && health.metadata["state"] == "recovering")
          let others: [RequestMessage] = [
            Peer.request("second", 20_000), .status(StatusRequest()), .getMode,
            .watch(WatchRequest()), .history(HistoryRequest()),
            .release(ReleaseRequest(requestID: "first", token: "t", component: "trainer")),
          ]
          for (number, message) in others.enumerated() {
            let reply = try await Self.ask(&peer, UInt64(number + 2), message)
            #expect(reply.code == .unavailable && reply.reason == "RECOVERING" && reply.end)
          }
        }
        #expect(await server.isReady() == false)
        await #expect(throws: CallError.self) { try await server.call(.status(StatusRequest())) }
      } late: { server, _ in
        #expect(await server.isReady())
        try await Peer.with(port: server.port) { peer in
          let reply = try await Self.ask(&peer, 1, Peer.request("second", 20_000))
          guard case .resource(let answer) = try reply.response(.requestResource) else {
            throw Unexpected()
          }
          #expect(answer.status == .denied, "the first lease is still there")
        }
        guard case .history(let history) = try await server.call(.history(HistoryRequest())) else {
          throw Unexpected()
        }
        return history.events.filter { !$0.requestID.isEmpty }.map(\.kind)
      }
      #expect(history == [.denied, .granted], "nothing was decided meanwhile")
    }
  }

  @Test func `lets a connection of before in, with the frame that it has begun`() async throws {
    let server = try await Self.listen()
    let gate = DispatchSemaphore(value: 0)
    let recovering = Task { try await server.recover(.ephemeral, first: { gate.wait() }) }
    let frame = try Peer.frame(7, Peer.request("a", 8000))
    try await Peer.with(port: server.port) { peer in
      try await peer.send(Array(try Peer.frame(1, .healthCheck) + frame.prefix(9)))
      let health = try await peer.reply()
      #expect(health?.callID == 1)
      gate.signal()
      try await recovering.value
      try await peer.send(Array(frame.dropFirst(9)))
      let reply = try await peer.reply()
      #expect(reply?.callID == 7 && reply?.code == .ok)
    }
    let running = Task { try await server.run() }
    running.cancel()
    try await running.value
  }

  @Test func `ends a connection whose Hello came too early`() async throws {
    let hello = RequestMessage.hello(HelloRequest(protocolVersion: 1, client: "test"))
    _ = try await Self.with(.ephemeral) { server in
      try await Peer.with(port: server.port) { peer in
        let refused = try await Self.ask(&peer, 1, hello)
        #expect(refused.reason == "RECOVERING")
        let more = try await peer.frame()
        #expect(more == nil)
      }
    } late: { server, _ in
      try await Peer.with(port: server.port) { peer in
        let answered = try await Self.ask(&peer, 1, hello)
        #expect(answered.code == .ok)
      }
    }
  }

  @Test func `answers over HTTP that it lives and is not ready`() async throws {
    let server = try await Self.listen()
    let gate = DispatchSemaphore(value: 0)
    let recovering = Task { try await server.recover(.ephemeral, first: { gate.wait() }) }
    let page = HTTPService(
      handle: server, configuration: HTTPConfiguration(hosts: ["127.0.0.1"], port: 0),
      logger: quietLogger())
    let serving = Task { try await page.run() }
    let port = try #require(try await page.boundAddresses().first?.port)
    func get(_ path: String) async throws -> (status: Int, body: String) {
      let address = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
      let (data, response) = try await URLSession.shared.data(from: address)
      return (
        (response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self)
      )
    }
    #expect(try await get("/livez") == (200, "ok\n"))
    #expect(try await get("/readyz") == (503, "not ready: the coordinator is recovering\n"))
    #expect(try await get("/metrics").status == 200)
    #expect(try await get("/api/status").status == 503)
    gate.signal()
    try await recovering.value
    #expect(try await get("/readyz") == (200, "ready\n"))
    #expect(try await get("/api/status").status == 200)
    await page.shutDown()
    try await serving.value
    let running = Task { try await server.run() }
    running.cancel()
    try await running.value
  }

  @Test func `ends in order where its state cannot be opened`() async throws {
    let server = try await Self.listen()
    try await Peer.with(port: server.port) { peer in
      let health = try await Self.ask(&peer, 1, .healthCheck)
      #expect(health.code == .ok)
      await #expect(throws: StorageError.self) {
        try await server.recover(.directory(path: "/proc/none", given: GivenSettings()))
      }
      let more = try await peer.frame()
      #expect(more == nil, "who waited is told by the end of the connection")
    }
  }
}

extension Result where Failure == any Error {
  fileprivate init(_ body: () async throws -> Success) async {
    do { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
