import Foundation
import Model
import Server
import Testing

/// `coordinator status` where there is more than one page.
@Suite struct StatusTests {
  @Test func `holders are summed over every page, and the rate and the wait have their columns`()
    async throws
  {
    var limits = Limits()
    limits.pageSize = 2
    let result = try await TestServer.with(limits: limits) { server in
      for number in 0..<5 {
        let request = ResourceRequest(
          requestID: Text("r\(number)"), component: Text("c\(number % 2)"),
          claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 100)))
        _ = try await server.server.call(.request(request))
      }
      return try await server.run("status", "gpu", "--leases")
    }
    #expect(result.code == 0, "\(result.err)")
    let lines = result.out.split(separator: "\n")
    #expect(
      lines[0].split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) } == [
        "MODE", "UPTIME", "LEASES", "QUEUED", "GRANTS/s", "P99 WAIT", "HEALTH",
      ])
    #expect(result.out.contains("c0 300, c1 200"))
    #expect(!result.out.contains("leases more"))
    #expect(lines.count { $0.hasPrefix("r") && $0.contains("NORMAL") } == 5)
    #expect(result.err.contains("are over the last"))
  }

  @Test func `a call's trace is in the history of what it did, given as an option or a variable`()
    async throws
  {
    let traces = ["4bf92f3577b34da6a3ce929d0e0e4736", "0af7651916cd43dd8448eb211c80319c"].map {
      "00-\($0)-00f067aa0ba902b7-01"
    }
    let told = try await TestServer.with { server in
      _ = try await server.run("request", "--gpu", "1", "--traceparent", traces[0])
      _ = try await server.run(
        "request", "--gpu", "1", environment: ["TRACEPARENT": traces[1]])
      return try await server.run("history", "--oldest-first", "--format", "json")
    }
    let events = told.json as? [[String: Any]] ?? []
    #expect(
      events.map { ($0["metadata"] as? [String: String])?["traceparent"] } == traces.map { $0 })
  }

  @Test func `beyond the pages that are fetched the rest is told as a number`() async throws {
    var limits = Limits()
    limits.pageSize = 1
    let result = try await TestServer.with(limits: limits) { server in
      for number in 0..<53 {
        let request = ResourceRequest(
          requestID: Text("r\(number)"), component: "c",
          claims: Claims(PoolQuantity(pool: PoolReference(name: "memory"), quantity: 2)))
        _ = try await server.server.call(.request(request))
      }
      return try await server.run("status", "memory")
    }
    #expect(result.out.contains("c 100, + 3 leases more"), "\(result.out)")
    #expect(result.err.contains("53 leases, the first 50 are looked at"))
  }

  @Test func `the watched status names every holder, in columns`() async throws {
    let result = try await TestServer.with { server in
      for component in ["a", "b"] {
        _ = try await server.run("request", "--gpu", "5", "--component", component)
      }
      return try await server.run("watch", "--status", "--count", "4")
    }
    let lines = result.out.split(separator: "\n")
    #expect(lines.count == 5, "\(result.out)")
    #expect(lines.first?.hasPrefix("RESOURCE") == true && lines.first?.contains("HELD BY") == true)
    #expect(lines.dropFirst().first?.contains("a 5, b 5") == true)
    let used = lines.first.flatMap { head in
      head.range(of: "USED").map { head.distance(from: head.startIndex, to: $0.lowerBound) }
    }
    let bars = lines.dropFirst().map { $0.prefix { $0 != "░" && $0 != "█" }.count }
    #expect(Set(bars).count == 1 && bars.first == used, "\(result.out)")
  }
}
