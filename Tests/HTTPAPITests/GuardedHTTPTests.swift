import Access
import Encryption
import HTTPAPI
import Model
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TestSupport
import Testing
import Tokens

/// HTTP where callers are asked who they are, and over TLS.
@Suite(.timeLimit(.minutes(1)))
struct GuardedHTTPTests {
  private static func table(_ tokens: [String: String]) throws -> TokenTable {
    try TokenFile.read(
      tokens.map { "sha256:\(TokenHash(of: $0.key).hexadecimal) \($0.value)" }
        .joined(separator: "\n"))
  }

  private let table: TokenTable

  init() throws {
    table = try GuardedHTTPTests.table([
      "secret-view": "grafana viewer", "secret-ops": "ops admin",
      "secret-train": "trainer component trainer",
    ])
  }

  private static func bearer(_ token: String) -> [(String, String)] {
    [("Authorization", "Bearer \(token)")]
  }

  private static let guarded = [
    "/metrics", "/api/health", "/api/status", "/api/v1/snapshot", "/api/v1/events", "/no",
  ]

  @Test func `without a token only the signs of life and the page's own files are answered`()
    async throws
  {
    let tokens = table
    try await withService(
      StubHandle(), configure: { $0.access = { AccessControl(tokens: tokens) } }
    ) { _, address in
      for path in ["/livez", "/readyz", "/", "/page/main.js"] {
        #expect(try await ask(address, path).status == 200, "\(path)")
      }
      for path in Self.guarded {
        let response = try await ask(address, path)
        #expect(response.status == 401, "\(path)")
        #expect(response.headers["www-authenticate"] == "Bearer")
        #expect(response.body.contains(#""code":"unauthenticated""#))
        let wrong = try await ask(address, path, headers: Self.bearer("secret-wrong"))
        #expect(wrong.status == 401)
        #expect(wrong.headers["www-authenticate"] == #"Bearer error="invalid_token""#)
        #expect(!"\(wrong)".contains("secret-wrong"))
      }
      let query = try await ask(address, "/api/status?authorization=Bearer%20secret-view")
      #expect(query.status == 401, "a token in an address would stand in logs")
    }
  }

  @Test(arguments: ["secret-view", "secret-ops", "secret-train"])
  func `every role may read`(token: String) async throws {
    let tokens = table
    try await withService(
      StubHandle(), configure: { $0.access = { AccessControl(tokens: tokens) } }
    ) { _, address in
      for path in ["/metrics", "/api/health", "/api/status"] {
        let response = try await ask(address, path, headers: Self.bearer(token))
        #expect(response.status == 200, "\(path)")
        #expect(!response.body.contains(token))
      }
    }
  }

  @Test func `a foreign page is refused before its token is looked at`() async throws {
    let tokens = table
    try await withService(
      StubHandle(), configure: { $0.access = { AccessControl(tokens: tokens) } }
    ) { _, address in
      let headers = Self.bearer("secret-view") + [("Origin", "https://evil.example")]
      #expect(try await ask(address, "/api/status", headers: headers).status == 403)
      let host = try await ask(
        address, "/api/status", host: "evil.example", headers: Self.bearer("secret-view"))
      #expect(host.status == 421)
    }
  }

  @Test func `a token that is taken away ends its stream and is refused`() async throws {
    let tokens = NIOLockedValueBox(table)
    let fewer = try Self.table(["secret-ops": "ops admin"])
    let handle = StubHandle()
    try await withService(
      handle,
      configure: {
        $0.access = { AccessControl(tokens: tokens.withLockedValue { $0 }) }
        $0.limits.pageHeartbeat = .milliseconds(20)
      }
    ) { _, address in
      try await RawConnection.with(address) { exchange in
        try await exchange.send(
          "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret-view\r\n\r\n"
        )
        #expect(try await exchange.read(until: "event: state") != nil)
        tokens.withLockedValue { $0 = fewer }
        // Ends by itself; the time limit would tell otherwise.
        #expect(try await exchange.read(until: "0\r\n\r\n") != nil)
      }
      let again = try await ask(address, "/api/status", headers: Self.bearer("secret-view"))
      #expect(again.status == 401)
    }
  }

  @Test func `a peer that does not get through the handshake in time is cut off`() async throws {
    let made = try Certificates()
    let encryption = try ServerEncryption(
      .init(certificate: made.server, key: made.serverKey))
    try await withService(
      StubHandle(),
      configure: {
        $0.encryption = encryption
        $0.limits.handshake = .milliseconds(200)
        $0.limits.httpIdle = .seconds(3600)
      }
    ) { _, address in
      for text in ["", "\u{16}\u{3}\u{1}\0"] {
        try await RawConnection.with(address) { exchange in
          if !text.isEmpty { try await exchange.send(text) }
          let said = try await exchange.readToEnd()
          #expect(said == "")
        }
      }
    }
  }

  @Test func `over TLS the same answers, and none in plain`() async throws {
    let made = try Certificates()
    let encryption = try ServerEncryption(
      .init(certificate: made.server, key: made.serverKey))
    let prepared = try ClientEncryption(authorities: made.authority).prepare()
    try await withService(StubHandle(), configure: { $0.encryption = encryption }) { _, address in
      #expect(address.url.hasPrefix("https://127.0.0.1:"))
      let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: address.host, port: address.port) { channel in
          channel.eventLoop.makeCompletedFuture {
            try prepared.secure(channel, host: address.host)
            return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
              wrappingChannelSynchronously: channel)
          }
        }
      let text = try await channel.executeThenClose { inbound, outbound in
        try await outbound.write(
          ByteBuffer(
            string: "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
        var text = ""
        for try await buffer in inbound { text += String(buffer: buffer) }
        return text
      }
      #expect(text.hasPrefix("HTTP/1.1 200 OK"))
      #expect(text.hasSuffix("ok\n"))
      await #expect(throws: (any Error).self) { _ = try await ask(address, "/livez") }
    }
  }
}
