import Foundation
import Model
import Server
import Testing
import Wire

/// The server with a journal, through its socket.
@Suite struct `A server that keeps its state` {
  /// A folder for one life of a server after another.
  private static func withFolder(
    _ body: (ServerStorage) async throws -> Void
  ) async throws {
    let path = NSTemporaryDirectory() + "coordinator-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await body(.directory(path: path, given: GivenSettings()))
  }

  private static func ask(
    _ peer: inout Peer.Exchange, _ id: Text, _ quantity: Int64
  ) async throws -> ResourceResponse {
    let message = Peer.request(id, quantity)
    try await peer.send(Peer.frame(1, message))
    guard case .resource(let answer)? = try await peer.reply()?.response(message.method) else {
      throw Unexpected()
    }
    return answer
  }

  private static func gpuHeld(_ server: CoordinatorServer) async throws -> Int64? {
    guard case .status(let status) = try await server.call(.status(StatusRequest())) else {
      throw Unexpected()
    }
    return status.statuses.first?.allocated
  }

  /// What happened to requests, newest first.
  private static func history(_ server: CoordinatorServer) async throws -> [EventKind?] {
    guard case .history(let history) = try await server.call(.history(HistoryRequest())) else {
      throw Unexpected()
    }
    return history.events.filter { !$0.requestID.isEmpty }.map(\.kind)
  }

  private struct Unexpected: Error {}

  @Test func `knows after a restart every lease, its token, its fencing number and its end`()
    async throws
  {
    try await Self.withFolder { storage in
      let granted = try await withServer(storage: storage) { server in
        try await Peer.with(port: server.port) { peer in
          try await Self.ask(&peer, "lease", 20_000)
        }
      }
      let (denied, again) = try await withServer(storage: storage) { server in
        try await Peer.with(port: server.port) { peer in
          (try await Self.ask(&peer, "other", 20_000), try await Self.ask(&peer, "lease", 20_000))
        }
      }
      // Another one does not fit beside it; the same request has the same outcome, its token is for its owner alone.
      #expect(denied.status == .denied)
      #expect(again.status == .granted && again.fencing == granted.fencing)
      #expect(again.expiresAt == granted.expiresAt)
      #expect(!granted.token.isEmpty && again.token.isEmpty)
      let release = ReleaseRequest(requestID: "lease", token: granted.token, component: "trainer")
      let released = try await withServer(storage: storage) { server in
        try await server.call(.release(release))
      }
      #expect(released == .release(.released))
      let (held, history) = try await withServer(storage: storage) { server in
        (try await Self.gpuHeld(server), try await Self.history(server))
      }
      #expect(held == 0)
      #expect(history == [.released, .denied, .granted])
    }
  }

  @Test func `answers thousands of pipelined calls, and keeps them all`() async throws {
    try await Self.withFolder { storage in
      let count = 3000
      func alwaysGrant(_ settings: inout CoordinationSettings) { settings.mode = .alwaysGrant }
      let codes = try await withServer(storage: storage, alwaysGrant) { server in
        try await Peer.with(port: server.port) { peer in
          for number in 0..<count {
            try await peer.send(Peer.frame(UInt64(number + 1), Peer.request(Text("r\(number)"))))
          }
          var codes: [StatusCode?] = []
          for _ in 0..<count { codes.append(try await peer.reply()?.code) }
          return codes
        }
      }
      #expect(codes.count == count && codes.allSatisfy { $0 == .ok })
      let held = try await withServer(storage: storage, alwaysGrant) { server in
        try await Self.gpuHeld(server)
      }
      #expect(held == Int64(count))
    }
  }

  @Test func `refuses a folder that another server uses`() async throws {
    try await Self.withFolder { storage in
      let error = try await withServer(storage: storage) { _ in
        await #expect(throws: StorageError.self) {
          try await withServer(storage: storage) { _ in }
        }
      }
      #expect(error?.description.contains("is used by another coordinator (process ") == true)
    }
  }
}
