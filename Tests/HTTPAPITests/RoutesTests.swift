import HTTPAPI
import Model
import NIOConcurrencyHelpers
import Testing

@Suite struct RoutesTests {
  @Test func `live and ready are told apart`() async throws {
    let handle = StubHandle()
    try await withService(handle) { _, address in
      #expect(try await ask(address, "/readyz").status == 200)
      handle.change { state in
        state.isReady = false
        state.health = .success(
          HealthResponse(
            healthy: false, version: "0.1.0", uptimeSeconds: 1,
            metadata: Metadata([("state", "draining")])))
      }
      let ready = try await ask(address, "/readyz")
      #expect(ready.status == 503)
      #expect(ready.body == "not ready: the coordinator is draining\n")
      #expect(try await ask(address, "/livez").status == 200)
      handle.goDown()
      let lost = try await ask(address, "/readyz")
      #expect(lost.status == 503)
      #expect(lost.body.contains("connection refused"))
    }
  }

  @Test func `health has the original's shape`() async throws {
    try await withService(StubHandle()) { _, address in
      let response = try await ask(address, "/api/health")
      #expect(response.status == 200)
      #expect(response.headers["content-type"] == "application/json")
      #expect(
        response.body
          == #"{"healthy":true,"version":"0.1.0","uptime_seconds":754,"metadata":{"#
          + #""mode":"respect_limits","allocations":"3","requests_processed":"1284","queued":"2","#
          + #""state":"running"}}"#)
    }
  }

  @Test func `defect 25: an unreachable coordinator is no empty success`() async throws {
    let handle = StubHandle()
    handle.goDown()
    try await withService(handle) { _, address in
      let health = try await ask(address, "/api/health")
      #expect(health.status == 503)
      #expect(
        health.body == #"{"healthy":false,"version":"unknown","uptime_seconds":0,"#
          + #""metadata":{"error":"connection refused"}}"#)
      let status = try await ask(address, "/api/status")
      #expect(status.status == 503)
      #expect(
        status.body == #"{"statuses":[],"timestamp":"2023-11-14T22:13:20Z","#
          + #""error":"connection refused"}"#)
    }
  }

  @Test func `status has the original's shape, grown`() async throws {
    let handle = StubHandle()
    handle.change { state in
      state.status = .success(
        StatusResponse(
          statuses: [
            .sample(
              1, "gpu", "MB", total: 24_000, allocated: 30_000, queued: 2,
              allocations: [
                Allocation(
                  requestID: "r1", component: "a\"b<c>", quantity: 30_000,
                  allocatedAt: Instant(nanoseconds: 1_500_000_000),
                  expiresAt: Instant(nanoseconds: 3_601_500_000_001), priority: .high)
              ], allocationsTotal: 240),
            .sample(5, "fast-disk", "MB", total: 10, allocated: 0),
            .sample(0, "licences", "", total: 0, allocated: 0),
          ], timestamp: Instant(nanoseconds: 2_000_000_000)))
    }
    try await withService(handle) { _, address in
      let response = try await ask(address, "/api/status")
      #expect(response.status == 200)
      #expect(
        response.body.hasPrefix(
          #"{"statuses":[{"resource":"RESOURCE_TYPE_GPU","total_capacity":24000,"available":0,"#
            + #""allocated":30000,"allocations":[{"request_id":"r1","#
            + #""component":"a\"b\u003cc\u003e","quantity":30000,"#
            + #""allocated_at":"1970-01-01T00:00:01.500Z","#
            + #""expires_at":"1970-01-01T01:00:01.500000001Z","priority":"HIGH"}],"pool":"gpu","#
            + #""unit":"MB","kind":"capacity","over_committed":6000,"queued":2,"#
            + #""allocations_total":240,"next_page_token":""},"#))
      #expect(response.body.contains(#""resource":"RESOURCE_TYPE_FAST_DISK""#))
      #expect(response.body.contains(#""resource":"RESOURCE_TYPE_UNSPECIFIED""#))
      #expect(response.body.hasSuffix(#""timestamp":"1970-01-01T00:00:02Z"}"#))
    }
  }

  @Test func `a snapshot is health and status in one, and says when there is none`() async throws {
    let handle = StubHandle()
    try await withService(handle) { _, address in
      let health = try await ask(address, "/api/health").body
      let status = try await ask(address, "/api/status").body
      let snapshot = try await ask(address, "/api/v1/snapshot")
      #expect(snapshot.status == 200)
      #expect(snapshot.body.contains(#""reachable":true,"health":"# + health), "\(snapshot.body)")
      #expect(snapshot.body.hasSuffix(#","status":"# + status + "}"), "\(snapshot.body)")
      handle.goDown()
      let lost = try await ask(address, "/api/v1/snapshot")
      #expect(lost.status == 503 && lost.body.contains(#""reachable":false"#))
    }
  }

  @Test func `status takes a pool and a page`() async throws {
    let handle = StubHandle()
    try await withService(handle) { _, address in
      _ = try await ask(address, "/api/status?pool=gpu&page_size=7&page_token=t%201")
      #expect(try await ask(address, "/api/status?page_size=many").status == 400)
      handle.change { $0.status = .failure(CallError(.invalidArgument, "no pool of that name")) }
      let refused = try await ask(address, "/api/status?pool=nosuch")
      #expect(refused.status == 400)
      #expect(refused.body.contains("no pool of that name"))
    }
    let asked = handle.state.withLockedValue { $0.statusRequests[0] }
    #expect(
      asked
        == StatusRequest(pool: PoolReference(name: "gpu"), pageSize: 7, pageToken: "t 1"))
  }

  @Test func `metrics are the coordinator's and the page's own`() async throws {
    let handle = StubHandle()
    try await withService(handle) { _, address in
      let response = try await ask(address, "/metrics")
      #expect(response.status == 200)
      #expect(response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      #expect(response.body.contains("\na_total 1\n"))
      #expect(response.body.contains("\ncoordinator_page_clients 0\n"))
      handle.change { $0.metrics = nil }
      #expect(try await ask(address, "/metrics").status == 404)
    }
  }

  @Test func `an unknown route is a problem document`() async throws {
    try await withService(StubHandle()) { _, address in
      let response = try await ask(address, "/nothing?x=1")
      #expect(response.status == 404)
      #expect(response.headers["content-type"] == "application/problem+json")
      #expect(response.body.contains(#""code":"not_found""#))
      #expect(response.body.contains(#""instance":"/nothing""#))
    }
  }

  @Test(arguments: ["/", "/api/status", "/api/v1/events", "/metrics", "/nothing"])
  func `HEAD answers like GET without a body`(path: String) async throws {
    try await withService(StubHandle()) { _, address in
      let response = try await ask(address, path, method: "HEAD")
      #expect(response.status == (path == "/nothing" ? 404 : 200))
      #expect(response.headers["content-type"] != nil)
      #expect(response.body == "")
    }
  }

  @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS"])
  func `writing is refused`(method: String) async throws {
    try await withService(StubHandle()) { _, address in
      let response = try await ask(address, "/api/status", method: method)
      #expect(response.status == 405)
      #expect(response.headers["allow"] == "GET, HEAD")
      #expect(response.headers["access-control-allow-origin"] == nil)
    }
  }

  @Test func `a body is refused and the connection ends`() async throws {
    try await withService(StubHandle()) { _, address in
      let text = try await RawConnection.with(address) { exchange in
        try await exchange.send(
          "GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nabc")
        return try await exchange.readToEnd()
      }
      #expect(RawResponse(text)?.status == 413)
    }
  }

  @Test func `headers beyond the limit are not taken`() async throws {
    try await withService(StubHandle()) { _, address in
      let filler = String(repeating: "x", count: 40_000)
      let text = try await RawConnection.with(address) { exchange in
        try await exchange.send("GET /livez HTTP/1.1\r\nHost: localhost\r\nX: \(filler)\r\n\r\n")
        return try await exchange.readToEnd()
      }
      #expect(text == "" || text.hasPrefix("HTTP/1.1 4"))
      let next = try await ask(address, "/livez")
      #expect(next.status == 200)
    }
  }

  @Test func `garbage hurts nobody else`() async throws {
    try await withService(StubHandle()) { _, address in
      let text = try await RawConnection.with(address) { exchange in
        try await exchange.send("\u{1}\u{2}garbage\r\n\r\n")
        return try await exchange.readToEnd()
      }
      #expect(text == "" || RawResponse(text)?.status == 400)
      #expect(try await ask(address, "/livez").status == 200)
    }
  }
}
