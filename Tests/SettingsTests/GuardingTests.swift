import Settings
import Testing

/// What the configuration asks for before it listens where strangers are.
@Suite struct GuardingTests {
  private static let all = [
    ("tls.certificate", "/c"), ("tls.key", "/k"), ("auth.tokens", "/t"),
  ]

  private func problem(_ flags: [(String, String)]) -> String? {
    do {
      _ = try loadBare(flags: flags)
      return nil
    } catch {
      return error.errors.map(\.description).joined(separator: "\n")
    }
  }

  @Test(arguments: ["0.0.0.0", "::", "10.0.0.7", "coordinator.example"])
  func `beyond loopback nothing starts without TLS and tokens`(host: String) {
    let place = [("server.host", host)]
    let bare = problem(place)
    #expect(bare?.contains("--tls-cert FILE --tls-key FILE") == true)
    #expect(bare?.contains("--tokens FILE") == true)
    #expect(bare?.contains("coordinator token create") == true)
    #expect(bare?.contains("--insecure") == true)
    let tokensOnly = problem(place + [("auth.tokens", "/t")])
    #expect(tokensOnly?.contains("--tls-cert") == true)
    #expect(tokensOnly?.contains("--tokens FILE") == false)
    let tlsOnly = problem(place + GuardingTests.all.dropLast())
    #expect(tlsOnly?.contains("--tokens FILE") == true)
    #expect(tlsOnly?.contains("--tls-cert") == false)
    #expect(problem(place + GuardingTests.all) == nil)
    #expect(problem(place + [("server.insecure", "true")]) == nil)
  }

  @Test func `on loopback neither is needed and each works alone`() {
    #expect(problem([("server.host", "127.0.0.1")]) == nil)
    #expect(problem([("auth.tokens", "/t")]) == nil)
    #expect(problem(Array(GuardingTests.all.dropLast())) == nil)
  }

  @Test func `half of TLS is no TLS`() {
    #expect(problem([("tls.certificate", "/c")])?.contains("tls.key is missing") == true)
    #expect(problem([("tls.key", "/k")])?.contains("tls.certificate is missing") == true)
    #expect(problem([("tls.client_ca", "/a")])?.contains("over TLS alone") == true)
  }
}
