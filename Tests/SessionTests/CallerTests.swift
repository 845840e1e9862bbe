import Access
import Model
import NIOCore
import Session
import Testing

/// Calls where every caller must say who they are.
@Suite struct CallerTests {
  /// A stand-in for SHA-256: the tests need a function, not a safe one.
  private static func hash(_ token: String) -> TokenHash {
    var bytes = [UInt8](repeating: 0, count: TokenHash.byteCount)
    for (place, byte) in token.utf8.enumerated() { bytes[place % bytes.count] &+= byte &* 31 &+ 7 }
    return TokenHash(bytes: bytes)
  }

  private static func identity(_ token: String, _ name: Text, _ role: Role) -> Identity {
    Identity(hash: hash(token), principal: Principal(name: name, role: role))
  }

  private let identities: [Identity]

  init() throws {
    identities = [
      CallerTests.identity("secret-admin", "ops", .admin),
      CallerTests.identity("secret-viewer", "grafana", .viewer),
      CallerTests.identity(
        "secret-trainer", "trainer",
        .component(try #require(ComponentNames(["trainer", "train-*"])))),
      CallerTests.identity(
        "secret-second", "second", .component(try #require(ComponentNames(["trainer"])))),
      CallerTests.identity(
        "secret-eval", "eval", .component(try #require(ComponentNames(["eval"])))),
    ]
  }

  private func harness(
    _ change: (inout CoordinationSettings) -> Void = { _ in }
  ) -> Harness {
    let harness = Harness(change)
    harness.engine.access = AccessControl(
      tokens: TokenTable(identities), hash: { CallerTests.hash($0) })
    return harness
  }

  private static let hello = RequestMessage.hello(HelloRequest(protocolVersion: 1, client: "test"))

  @Test func `nothing is answered without a token`() throws {
    let harness = harness()
    let id = try harness.open()
    let messages: [RequestMessage] = [
      .healthCheck, .status(StatusRequest()), CallerTests.hello, Harness.request("a"),
      .release(ReleaseRequest(requestID: "a", token: "t", component: "trainer")), .getMode,
      Harness.awaitGrant("a"), .watch(WatchRequest()), .drain(DrainRequest()),
    ]
    for (number, message) in messages.enumerated() {
      let reply = try harness.call(UInt64(number + 1), message, on: id)
      #expect(reply.code == .unauthenticated)
      #expect(reply.reason == "UNAUTHENTICATED")
      #expect(reply.end)
    }
    let wrong = try harness.call(100, .healthCheck, token: "secret-wrong", on: id)
    #expect(wrong.code == .unauthenticated)
    #expect(!wrong.message.contains("secret-wrong"))
    #expect(harness.ended.isEmpty, "the connection lives on")
  }

  @Test func `a call may bring its own token`() throws {
    let harness = harness()
    let id = try harness.open()
    #expect(try harness.call(1, .healthCheck, token: "secret-viewer", on: id).code == .ok)
    #expect(try harness.call(2, .healthCheck, on: id).code == .unauthenticated, "for itself alone")
    let denied = try harness.call(3, Harness.request("a"), token: "secret-viewer", on: id)
    #expect(denied.reason == "ROLE_NOT_ALLOWED")
    #expect(denied.code == .permissionDenied)
    #expect(try harness.call(4, Harness.request("a"), token: "secret-trainer", on: id).code == .ok)
  }

  @Test func `a token with Hello holds for the connection`() throws {
    let harness = harness()
    let id = try harness.open()
    #expect(try harness.call(1, CallerTests.hello, token: "secret-trainer", on: id).code == .ok)
    #expect(try harness.lease("a", 10, on: id).isEmpty == false)
    let foreign = try harness.call(3, Harness.request("b", by: "eval"), on: id)
    #expect(foreign.reason == "COMPONENT_NOT_ALLOWED")
    let mode = try harness.call(4, .setMode(SetModeRequest(mode: 1)), on: id)
    #expect(mode.reason == "ROLE_NOT_ALLOWED")
    let own = try harness.call(
      5, .setMode(SetModeRequest(mode: 1)), token: "secret-admin", on: id)
    #expect(own.code == .ok, "a call's own token comes first")
    let other = try harness.open()
    #expect(try harness.call(6, .healthCheck, on: other).code == .unauthenticated)
  }

  @Test func `several pools at once and every call of a lease are bound to the component`() throws {
    let harness = harness()
    let id = try harness.open()
    try harness.call(1, CallerTests.hello, token: "secret-eval", on: id)
    var multiple = ResourceRequest(
      requestID: "m", component: "trainer",
      claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 1)))
    multiple.isMultiple = true
    let key = RequestKey(requestID: "m", component: "trainer")
    let messages: [RequestMessage] = [
      .request(multiple), .cancel(key), .awaitGrant(key),
      .renew(RenewRequest(requestID: "m", token: "t", component: "trainer")),
      .release(ReleaseRequest(requestID: "m", token: "t", component: "trainer")),
    ]
    for (number, message) in messages.enumerated() {
      let reply = try harness.call(UInt64(number + 2), message, on: id)
      #expect(reply.reason == "COMPONENT_NOT_ALLOWED")
    }
    multiple.component = "eval"
    #expect(try harness.call(20, .request(multiple), on: id).code == .ok)
  }

  @Test func `a replay shows the token to the same principal alone`() throws {
    let harness = harness()
    let first = try harness.open()
    try harness.call(1, CallerTests.hello, token: "secret-trainer", on: first)
    let token = try harness.lease("a", 10, on: first)
    let second = try harness.open()
    let again = try harness.call(1, Harness.request("a", 10), token: "secret-trainer", on: second)
    #expect(again.resource?.token == token)
    let other = try harness.call(2, Harness.request("a", 10), token: "secret-eval", on: first)
    #expect(other.reason == "COMPONENT_NOT_ALLOWED", "although it is the connection of the grant")
    let key = Harness.awaitGrant("a")
    try harness.send(3, key, token: "secret-trainer", on: second)
    #expect(try harness.take(second).last?.resource?.token == token)
  }

  @Test func `two principals of one component do not get at each other's leases`() throws {
    let harness = harness()
    let id = try harness.open()
    let first = "secret-trainer"
    let second = "secret-second"
    let lease = try #require(
      try harness.call(1, Harness.request("a", 100), token: first, on: id).resource)
    #expect(!lease.token.isEmpty)
    let waiting = Harness.request("w", 100, wait: true, secret: "known")
    try harness.call(2, waiting, token: first, on: id)
    // On the same connection, with the same content, the same secret and even the lease's own token.
    let again = try harness.call(3, Harness.request("a", 100), token: second, on: id)
    #expect(again.resource?.status == .granted && again.resource?.token.isEmpty == true)
    let release = RequestMessage.release(
      ReleaseRequest(requestID: "a", token: lease.token, component: "trainer"))
    let messages: [RequestMessage] = [
      release, .renew(RenewRequest(requestID: "a", token: lease.token, component: "trainer")),
      .cancel(RequestKey(requestID: "w", component: "trainer", clientSecret: "known")),
    ]
    for (number, message) in messages.enumerated() {
      let reply = try harness.call(UInt64(number + 4), message, token: second, on: id)
      #expect(reply.reason == "NOT_THE_OWNER" && reply.code == .permissionDenied)
    }
    // Who awaits a foreign grant learns of it and claims nothing.
    try harness.send(
      10, Harness.awaitGrant("w", secret: "known"), token: second, on: id)
    try harness.call(11, release, token: first, on: id)
    let told = try #require(try harness.call(12, waiting, token: second, on: id).resource)
    #expect(told.status == .granted && told.token.isEmpty)
    harness.pass(seconds: 11)
    let lapsed = try harness.call(13, waiting, token: first, on: id)
    #expect(lapsed.resource?.token.isEmpty == true && lapsed.resource?.status == .expired)
  }

  @Test func `a grant from the queue goes to the principal on whatever connection`() throws {
    let harness = harness()
    let first = try harness.open()
    try harness.call(1, CallerTests.hello, token: "secret-trainer", on: first)
    let token = try harness.lease("a", 100, on: first)
    let queued = try harness.call(2, Harness.request("b", 100, wait: true), on: first)
    #expect(queued.resource?.status == .queued)
    harness.close(first)
    let second = try harness.open()
    try harness.send(1, Harness.awaitGrant("b"), token: "secret-trainer", on: second)
    let admin = try harness.open()
    try harness.call(1, CallerTests.hello, token: "secret-admin", on: admin)
    try harness.release("a", token, on: admin)
    let grant = try #require(try harness.take(second).last?.resource)
    #expect(grant.status == .granted)
    #expect(!grant.token.isEmpty)
    harness.pass(seconds: 11)
    let renewed = try harness.call(
      9, .renew(RenewRequest(requestID: "b", token: grant.token, component: "trainer")), on: admin)
    #expect(renewed.code == .ok, "it was claimed")
  }

  @Test func `a request leaves the queue for its principal on whatever connection`() throws {
    let harness = harness()
    let first = try harness.open()
    try harness.call(1, CallerTests.hello, token: "secret-trainer", on: first)
    _ = try harness.lease("a", 100, on: first)
    let asked = Harness.request("b", 100, wait: true, secret: "known-to-the-first")
    #expect(try harness.call(2, asked, on: first).resource?.status == .queued)
    let second = try harness.open()
    let key = RequestKey(requestID: "b", component: "trainer")
    let foreign = try harness.call(1, .cancel(key), token: "secret-eval", on: second)
    #expect(foreign.reason == "COMPONENT_NOT_ALLOWED")
    let left = try harness.call(2, .cancel(key), token: "secret-trainer", on: second)
    guard case .cancel(let answer) = left.response else {
      Issue.record("another message came")
      return
    }
    #expect(answer.cancelled)
    let again = try harness.call(3, .cancel(key), token: "secret-trainer", on: second)
    #expect(again.code == .ok)
  }

  @Test func `who is no longer in the file is put out`() throws {
    let harness = harness()
    let trainer = try harness.open()
    try harness.call(1, CallerTests.hello, token: "secret-trainer", on: trainer)
    let viewer = try harness.open()
    try harness.call(1, CallerTests.hello, token: "secret-viewer", on: viewer)
    let mixed = try harness.open()
    try harness.send(1, .watch(WatchRequest()), token: "secret-trainer", on: mixed)
    harness.engine.setTokens(TokenTable(identities.filter { $0.principal.name != "trainer" }))
    harness.pump()
    #expect(harness.ended == [trainer])
    #expect(try harness.take(trainer).last?.code == .unauthenticated)
    #expect(try harness.take(mixed).last?.code == .unauthenticated, "its stream ends")
    #expect(try harness.call(2, .healthCheck, on: viewer).code == .ok)
    let late = try harness.call(2, .healthCheck, token: "secret-trainer", on: mixed)
    #expect(late.code == .unauthenticated)
    // A token that now means less is put out too, and comes back as what it is.
    harness.engine.setTokens(TokenTable([CallerTests.identity("secret-viewer", "g", .admin)]))
    harness.pump()
    #expect(harness.ended == [trainer, viewer])
    #expect(
      try harness.call(3, .drain(DrainRequest()), token: "secret-viewer", on: mixed).code == .ok)
  }

  @Test func `administrative calls leave one line each, refused ones too`() throws {
    let harness = harness()
    var entries: [AuditEntry] = []
    harness.engine.auditor = { entry, _ in entries.append(entry) }
    let id = try harness.open()
    let capacity = RequestMessage.setCapacity(
      SetCapacityRequest(pool: PoolReference(name: "gpu"), capacity: 7))
    try harness.call(1, capacity, on: id)
    try harness.call(2, capacity, token: "secret-viewer", on: id)
    try harness.call(3, capacity, token: "secret-admin", on: id)
    try harness.call(4, .setMode(SetModeRequest(mode: 9)), token: "secret-admin", on: id)
    try harness.call(5, .getMode, token: "secret-admin", on: id)
    try harness.call(6, Harness.request("a", by: "eval"), token: "secret-trainer", on: id)
    let lines = entries.map { $0.line(time: "now", peer: "127.0.0.1:9") }
    #expect(
      lines == [
        #"{"ts":"now","logger":"audit","principal":null,"peer":"127.0.0.1:9","method":"set_capacity","#
          + #""arguments":{},"outcome":"UNAUTHENTICATED"}"#,
        #"{"ts":"now","logger":"audit","principal":"grafana","peer":"127.0.0.1:9","method":"set_capacity","#
          + #""arguments":{"pool":"gpu","capacity":7},"outcome":"ROLE_NOT_ALLOWED"}"#,
        #"{"ts":"now","logger":"audit","principal":"ops","peer":"127.0.0.1:9","method":"set_capacity","#
          + #""arguments":{"pool":"gpu","capacity":7},"outcome":"ok"}"#,
        #"{"ts":"now","logger":"audit","principal":"ops","peer":"127.0.0.1:9","method":"set_mode","#
          + #""arguments":{"mode":9},"outcome":"INVALID_FIELD"}"#,
      ])
  }

  @Test func `with nobody asked everybody is local`() throws {
    let harness = Harness()
    var entries: [AuditEntry] = []
    harness.engine.auditor = { entry, _ in entries.append(entry) }
    let id = try harness.open()
    try harness.call(1, .drain(DrainRequest()), on: id)
    #expect(entries.map(\.principal) == ["local"])
    #expect(try harness.call(2, .healthCheck, token: "whatever", on: id).code == .ok)
  }
}
