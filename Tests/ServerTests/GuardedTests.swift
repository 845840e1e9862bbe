import Access
import Encryption
import Foundation
import Model
import NIOConcurrencyHelpers
import NIOPosix
import ResourceCoordinatorClient
import Server
import Session
import TestSupport
import Testing
import Tokens

/// A server with TLS and tokens behind real sockets.
@Suite(.timeLimit(.minutes(2)))
struct GuardedTests {
  private static func table(_ tokens: [(String, String)]) throws -> TokenTable {
    try TokenFile.read(
      tokens.map { "sha256:\(TokenHash(of: $0.0).hexadecimal) \($0.1)" }.joined(separator: "\n"))
  }

  /// Runs a guarded server while the body runs.
  private func withGuarded<Result: Sendable>(
    _ change: (inout ServerConfiguration) throws -> Void, storage: ServerStorage = .ephemeral,
    _ body: (CoordinatorServer) async throws -> Result
  ) async throws -> Result {
    var configuration = ServerConfiguration(hosts: ["127.0.0.1"], port: 0, drain: .seconds(5))
    try change(&configuration)
    return try await withServer(
      configuration, CoordinationSettings(mode: .respectLimits), storage, body)
  }

  /// For machines that are busy with other tests.
  private func patientOptions() -> ClientOptions {
    var options = ClientOptions()
    options.deadline = .seconds(60)
    options.connectTimeout = .seconds(60)
    options.releaseTimeout = .seconds(60)
    options.retry = .never
    options.retry.attemptTimeout = .seconds(60)
    return options
  }

  private func files(
    _ made: Certificates, asksClients: Bool = false
  ) -> ServerEncryption.Files {
    ServerEncryption.Files(
      certificate: made.server, key: made.serverKey,
      clientAuthorities: asksClients ? made.authority : nil)
  }

  private func health(
    _ server: CoordinatorServer, host: String = "127.0.0.1", _ guarding: ClientGuarding
  ) async throws(CallError) -> ResponseMessage {
    let channel = try await CallChannel.connect(
      host: host, port: server.port, guarding: guarding, connectTimeout: .seconds(60))
    do throws(CallError) {
      let answer = try await channel.call(.healthCheck, timeout: .seconds(60))
      await channel.close()
      return answer.response
    } catch {
      await channel.close()
      throw error
    }
  }

  private func refusal(
    _ server: CoordinatorServer, host: String = "127.0.0.1", _ guarding: ClientGuarding
  ) async -> CallError? {
    do throws(CallError) {
      _ = try await health(server, host: host, guarding)
      return nil
    } catch {
      return error
    }
  }

  @Test func `a lease over TLS, by address and by name`() async throws {
    let made = try Certificates()
    let encryption = try ServerEncryption(files(made))
    try await withGuarded({ $0.encryption = encryption }) { server in
      var options = patientOptions()
      options.tls = TLSOptions(authorities: made.authority)
      for host in ["127.0.0.1", "localhost"] {
        try await CoordinatorClient.withClient(
          Endpoint(host: host, port: server.port), component: "trainer", options: options
        ) { client in
          let fencing = try await client.withLease(.gpuMemory(megabytes: 100)) { lease in
            lease.fencing
          }
          #expect(fencing != nil)
        }
      }
    }
  }

  @Test func `an authority that is not believed is refused in plain words`() async throws {
    let made = try Certificates()
    let other = try Certificates()
    let encryption = try ServerEncryption(files(made))
    try await withGuarded({ $0.encryption = encryption }) { server in
      let strange = await refusal(
        server, ClientGuarding(encryption: ClientEncryption(authorities: other.authority)))
      #expect(strange?.details.first?.reason == "CANNOT_CONNECT")
      #expect(strange?.message.contains("not from an authority that is believed") == true)
      let system = await refusal(server, ClientGuarding(encryption: ClientEncryption()))
      #expect(system?.details.first?.reason == "CANNOT_CONNECT")
      let plain = await refusal(server, ClientGuarding())
      #expect(plain != nil, "a client without TLS gets no answer")
      let good = ClientGuarding(encryption: ClientEncryption(authorities: made.authority))
      #expect(await refusal(server, good) == nil, "and the server goes on")
    }
  }

  @Test func `a certificate for another name is refused`() async throws {
    let made = try Certificates()
    try made.make("server", "elsewhere", "subjectAltName=DNS:elsewhere.example")
    let encryption = try ServerEncryption(files(made))
    try await withGuarded({ $0.encryption = encryption }) { server in
      let guarding = ClientGuarding(encryption: ClientEncryption(authorities: made.authority))
      for host in ["127.0.0.1", "localhost"] {
        let error = await refusal(server, host: host, guarding)
        #expect(
          error?.message.contains("another name or address") == true,
          "\(host): \(String(describing: error?.message))")
      }
    }
  }

  @Test func `a plain server tells a TLS client nothing it takes for agreement`() async throws {
    try await withGuarded({ _ in }) { server in
      let error = await refusal(server, ClientGuarding(encryption: ClientEncryption()))
      #expect(error?.details.first?.reason == "CANNOT_CONNECT")
    }
  }

  @Test func `mutual TLS lets nobody in without a certificate of the authority`() async throws {
    let made = try Certificates()
    let other = try Certificates()
    let encryption = try ServerEncryption(files(made, asksClients: true))
    try await withGuarded({ $0.encryption = encryption }) { server in
      let without = ClientEncryption(authorities: made.authority)
      #expect(await refusal(server, ClientGuarding(encryption: without)) != nil)
      let foreign = ClientEncryption(
        authorities: made.authority, certificate: other.client, key: other.clientKey)
      #expect(await refusal(server, ClientGuarding(encryption: foreign)) != nil)
      let own = ClientEncryption(
        authorities: made.authority, certificate: made.client, key: made.clientKey)
      #expect(await refusal(server, ClientGuarding(encryption: own)) == nil)
    }
  }

  @Test func `a peer that does not get through the handshake in time is cut off`() async throws {
    let made = try Certificates()
    var configuration = ServerConfiguration(hosts: ["127.0.0.1"], port: 0, drain: .seconds(5))
    configuration.encryption = try ServerEncryption(files(made))
    var settings = CoordinationSettings(mode: .respectLimits)
    settings.limits.handshake = .seconds(2)
    try await withServer(configuration, settings, .ephemeral) { server in
      // Nothing, and the first half of a ClientHello.
      try await withThrowingTaskGroup(of: Void.self) { group in
        for bytes in [[], [0x16, 0x03, 0x01, 0x00, 0xF8, 0x01, 0x00]] as [[UInt8]] {
          group.addTask {
            try await Peer.with(port: server.port) { peer in
              if !bytes.isEmpty { try await peer.send(bytes) }
              let said = try await peer.frame()
              #expect(said == nil, "the server ends it, and says nothing")
            }
          }
        }
        try await group.waitForAll()
      }
      // Who got through stays: the deadline is not one for the connection.
      let guarding = ClientGuarding(encryption: ClientEncryption(authorities: made.authority))
      let channel = try await CallChannel.connect(
        host: "127.0.0.1", port: server.port, guarding: guarding, connectTimeout: .seconds(60))
      try await Peer.with(port: server.port) { peer in
        let said = try await peer.frame()
        #expect(said == nil, "as long as the deadline")
      }
      _ = try await channel.call(.healthCheck, timeout: .seconds(60))
      await channel.close()
    }
  }

  @Test func `a certificate is renewed without a restart`() async throws {
    let made = try Certificates()
    let encryption = try ServerEncryption(files(made))
    try await withGuarded({ $0.encryption = encryption }) { server in
      let guarding = ClientGuarding(encryption: ClientEncryption(authorities: made.authority))
      let before = try await CallChannel.connect(
        host: "127.0.0.1", port: server.port, guarding: guarding, connectTimeout: .seconds(60))
      try made.make("server", "elsewhere", "subjectAltName=DNS:elsewhere.example")
      #expect(await refusal(server, guarding) == nil, "not read yet")
      try encryption.reload()
      #expect(await refusal(server, guarding) != nil, "the new one is for another name")
      try Data("nonsense".utf8).write(to: URL(fileURLWithPath: made.server))
      #expect(throws: EncryptionError.self) { try encryption.reload() }
      _ = try await before.call(.healthCheck, timeout: .seconds(60))
      await before.close()
    }
  }

  @Test func `files that cannot be used are named`() throws {
    let made = try Certificates()
    let cases: [(ServerEncryption.Files, String)] = [
      (.init(certificate: "/no/cert", key: made.serverKey), "/no/cert"),
      (.init(certificate: made.server, key: "/no/key"), "/no/key"),
      (.init(certificate: made.server, key: made.clientKey), "are they a pair?"),
      (
        .init(certificate: made.server, key: made.serverKey, clientAuthorities: "/no/ca"), "/no/ca"
      ),
    ]
    for (files, says) in cases {
      let error = #expect(throws: EncryptionError.self) { try ServerEncryption(files) }
      #expect(error?.description.contains(says) == true, "\(String(describing: error))")
    }
  }

  @Test func `tokens are asked for, told apart and changed while the server runs`() async throws {
    let made = try Certificates()
    let encryption = try ServerEncryption(files(made))
    let old = try Self.table([("secret-old", "trainer component trainer")])
    try await withGuarded({
      $0.encryption = encryption
      $0.access = AccessControl(tokens: old)
    }) { server in
      var options = patientOptions()
      options.tls = TLSOptions(authorities: made.authority)
      options.token = nil
      let endpoint = Endpoint(host: "127.0.0.1", port: server.port)
      func code(_ options: ClientOptions, _ component: String = "trainer") async
        -> CoordinatorError.Code?
      {
        do {
          try await CoordinatorClient.withClient(
            endpoint, component: component, options: options
          ) { try await $0.withLease(.cpu(cores: 1)) { _ in } }
          return nil
        } catch {
          return (error as? CoordinatorError)?.code
        }
      }
      #expect(await code(options) == .unauthenticated)
      options.token = "secret-wrong"
      #expect(await code(options) == .unauthenticated)
      options.token = "secret-old"
      #expect(await code(options) == nil)
      #expect(await code(options, "eval") == .permissionDenied)
      server.setTokens(try Self.table([("secret-new", "trainer component trainer")]))
      #expect(await code(options) == .unauthenticated)
      options.token = "secret-new"
      #expect(await code(options) == nil)
    }
  }

  @Test func `administrative calls are told with the caller's address`() async throws {
    let lines = NIOLockedValueBox<[String]>([])
    let tokens = try Self.table([("secret-ops", "ops admin"), ("secret-view", "grafana viewer")])
    try await withGuarded({
      $0.access = AccessControl(tokens: tokens)
      $0.auditor = { entry, peer in
        lines.withLockedValue { $0.append(entry.line(time: "t", peer: peer)) }
      }
    }) { server in
      for token in ["secret-ops", "secret-view"] {
        let channel = try await CallChannel.connect(
          host: "127.0.0.1", port: server.port,
          guarding: ClientGuarding(token: BearerToken(token)), connectTimeout: .seconds(60))
        _ = try? await channel.call(.setMode(SetModeRequest(mode: 1)), timeout: .seconds(60))
        await channel.close()
      }
    }
    let all = lines.withLockedValue { $0 }
    #expect(all.count == 2)
    #expect(all.first?.contains(#""principal":"ops","peer":"127.0.0.1:"#) == true)
    #expect(all.first?.contains(#""arguments":{"mode":"always_grant"},"outcome":"ok""#) == true)
    #expect(all.last?.contains(#""principal":"grafana""#) == true)
    #expect(all.last?.contains(#""outcome":"ROLE_NOT_ALLOWED""#) == true)
    #expect(!all.joined().contains("secret"))
  }

  @Test func `a large answer comes whole over TLS`() async throws {
    let made = try Certificates()
    let encryption = try ServerEncryption(files(made))
    try await withGuarded({ $0.encryption = encryption }) { server in
      let guarding = ClientGuarding(encryption: ClientEncryption(authorities: made.authority))
      let channel = try await CallChannel.connect(
        host: "127.0.0.1", port: server.port, guarding: guarding, connectTimeout: .seconds(60))
      for number in 0..<2000 {
        _ = try await channel.call(Peer.request(Text("r\(number)"), 1), timeout: .seconds(60))
      }
      let answer = try await channel.call(
        .history(HistoryRequest(pageSize: 1000)), timeout: .seconds(60))
      guard case .history(let history) = answer.response else {
        Issue.record("another message came")
        return
      }
      #expect(history.events.count == 1000)
      await channel.close()
    }
  }

  @Test func `after a restart the token's owner is shown its lease again, and nobody else`()
    async throws
  {
    let path = NSTemporaryDirectory() + "coordinator-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let tokens = try Self.table([
      ("secret-train", "trainer component trainer"), ("secret-eval", "eval component eval"),
      ("secret-same", "other component trainer"),
    ])
    func ask(_ token: String) async throws -> (token: Text?, refusal: String) {
      try await withGuarded(
        { $0.access = AccessControl(tokens: tokens) },
        storage: .directory(path: path, given: GivenSettings())
      ) { server in
        let channel = try await CallChannel.connect(
          host: "127.0.0.1", port: server.port,
          guarding: ClientGuarding(token: BearerToken(token)), connectTimeout: .seconds(60))
        do throws(CallError) {
          let answer = try await channel.call(Peer.request("job", 100), timeout: .seconds(60))
          await channel.close()
          guard case .resource(let response) = answer.response else { return (nil, "another") }
          return (response.token, "")
        } catch {
          await channel.close()
          return (nil, error.details.first?.reason.string ?? "")
        }
      }
    }
    let first = try #require(try await ask("secret-train").token)
    #expect(!first.isEmpty)
    #expect(try await ask("secret-train").token == first)
    #expect(try await ask("secret-eval").refusal == "COMPONENT_NOT_ALLOWED")
    #expect(try await ask("secret-same").token == "", "another principal of the same component")
  }
}
