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

  @Test(.enabled(if: ProgramProcess.isThere), .timeLimit(.minutes(1)))
  func `a server whose disk fails sends nothing more and ends`() async throws {
    try await Self.withFolder { storage in
      guard case .directory(let path, _) = storage else { return }
      let process = Process()
      process.executableURL = URL(filePath: "/bin/bash")
      // No file of the process may pass 64 KiB: a write beyond that fails as on a full disk.
      process.arguments = [
        "-c", #"trap "" XFSZ; ulimit -f 64; exec "$@""#, "bash", ProgramProcess.binary.path,
        "serve", "--port", "0", "--http-port", "off", "--data-dir", path,
      ]
      let talk = Pipe()
      process.standardError = talk
      let (ends, end) = AsyncStream.makeStream(of: Int32.self)
      process.terminationHandler = { end.yield($0.terminationStatus) }
      try process.run()
      defer { if process.isRunning { process.terminate() } }
      let port = try #require(ProgramProcess.port(talk.fileHandleForReading))
      let acknowledged = try await Peer.with(port: port) { peer in
        var count: Int64 = 0
        // One at a time: what is answered is on the disk. The end comes long before the limit.
        while count < 5000 {
          try await peer.send(Peer.frame(1, Peer.request(Text("r\(count)"))))
          guard let reply = try? await peer.reply() else { return count }
          #expect(reply.code == .ok)
          count += 1
        }
        return count
      }
      #expect(acknowledged > 50 && acknowledged < 5000)
      var codes = ends.makeAsyncIterator()
      #expect(await codes.next() == 1)
      let rest = String(decoding: talk.fileHandleForReading.availableData, as: UTF8.self)
      #expect(rest.contains("the journal failed"), "\(rest)")
      let held = try await withServer(storage: storage) { try await Self.gpuHeld($0) }
      // The last one may have reached the disk without an answer.
      #expect(held == acknowledged || held == acknowledged + 1)
    }
  }

  @Test func `bug: a port in use left the journal being written to a loop that had ended`()
    async throws
  {
    try await Self.withFolder { storage in
      for _ in 0..<5 {
        _ = try await withServer { taken in
          await #expect(throws: ListenError.self) {
            try await CoordinatorServer.start(
              settings: CoordinationSettings(),
              configuration: ServerConfiguration(hosts: ["127.0.0.1"], port: taken.port),
              storage: storage, logger: quietLogger())
          }
        }
      }
      // The folder is free again, and what the starts decided is in it.
      let held = try await withServer(storage: storage) { try await Self.gpuHeld($0) }
      #expect(held == 0)
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
