import HTTPTypes
import Model
import Testing

@testable import HTTPAPI

@Suite struct AccessTests {
  @Test(arguments: [
    "localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "10.1.2.3", "ui.lan:1",
  ])
  func `an allowed host passes`(host: String) {
    let policy = AccessPolicy(allowedHosts: ["ui.lan"], allowedOrigins: [])
    #expect(policy.verdict(on: .init(host: host)) == .allowed(sharedWith: nil))
  }

  @Test(arguments: [
    "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example",
    "1.2.3", "1.2.3.256", "[evil]:8080", "",
  ])
  func `a name that could be rebound is refused`(host: String) {
    let policy = AccessPolicy(allowedHosts: [], allowedOrigins: [])
    guard case .refused(let problem) = policy.verdict(on: .init(host: host)) else {
      Issue.record("\(host) passed")
      return
    }
    #expect(problem.status.code == (host.isEmpty ? 400 : 421))
  }

  @Test(
    arguments: [
      ("http://evil.example", nil, nil), ("null", nil, nil), ("http://localhost:3000", nil, nil),
      (nil, "cross-site", "no-cors"), (nil, "same-site", "cors"), (nil, "unheard-of", "navigate"),
    ] as [(String?, String?, String?)])
  func `a foreign page is refused`(origin: String?, site: String?, mode: String?) {
    let policy = AccessPolicy(allowedHosts: [], allowedOrigins: ["https://ok.example"])
    let asker = AccessPolicy.Asker(
      host: "localhost:8080", origin: origin, fetchSite: site, fetchMode: mode)
    guard case .refused(let problem) = policy.verdict(on: asker) else {
      Issue.record("\(asker) passed")
      return
    }
    #expect(problem.status == .forbidden)
  }

  @Test(
    arguments: [
      ("http://localhost:8080", nil, nil), (nil, "same-origin", "cors"), (nil, "none", "navigate"),
      (nil, "cross-site", "navigate"),
    ] as [(String?, String?, String?)])
  func `the own page and followed links pass`(origin: String?, site: String?, mode: String?) {
    let policy = AccessPolicy(allowedHosts: [], allowedOrigins: [])
    let asker = AccessPolicy.Asker(
      host: "localhost:8080", origin: origin, fetchSite: site, fetchMode: mode)
    #expect(policy.verdict(on: asker) == .allowed(sharedWith: nil))
  }

  @Test func `refusals reach the wire, and only listed origins may read across sites`() async throws
  {
    try await withService(StubHandle()) {
      $0.allowedOrigins = ["https://ok.example"]
    } _: { _, address in
      let rebound = try await ask(address, "/api/status", host: "evil.example:8080")
      #expect(rebound.status == 421)
      let foreign = try await ask(
        address, "/api/status", headers: [("Origin", "http://evil.example")])
      #expect(foreign.status == 403)
      #expect(foreign.headers["access-control-allow-origin"] == nil)
      let listed = try await ask(
        address, "/api/status", headers: [("Origin", "https://ok.example")])
      #expect(listed.status == 200)
      #expect(listed.headers["access-control-allow-origin"] == "https://ok.example")
      #expect(try await ask(address, "/livez", host: nil).status == 400)
    }
  }

  @Test(arguments: ["/", "/page/main.js", "/api/status", "/nothing"])
  func `every answer carries the protective headers`(path: String) async throws {
    try await withService(StubHandle()) { _, address in
      let headers = try await ask(address, path).headers
      #expect(headers["content-security-policy"]?.hasPrefix("default-src 'self';") == true)
      #expect(headers["x-content-type-options"] == "nosniff")
      #expect(headers["cross-origin-resource-policy"] == "same-origin")
      #expect(headers["referrer-policy"] == "no-referrer")
    }
  }
}
