import Foundation
import HTTPAPI
import Model
import Synchronization
import Testing

/// The page in a real browser, served by a real service. Set `PAGE_SCREENSHOTS` to a folder to see it.
@Suite(.serialized) struct PageTests {
  private static let hostile = "<img src=x onerror=\"document.title='owned'\">"

  @Test func `the page shows health, usage and allocations as text`() async throws {
    let chromium = try #require(Chromium.path, "\(Chromium.missing)")
    let document = try await withService(PageTests.handle()) { _, address in
      try await Chromium.document(address.url + "/", with: chromium, milliseconds: 3000)
    }
    for text in [
      ">HEALTHY<", ">0.1.0<", ">12 minutes<", ">respect_limits<", ">GPU memory<", ">33 %<",
      ">Busy<", ">Nearly full<", ">Over-committed<", ">125 %<", ">7.81 GB<", ">100 req/hr<",
      ">20 cores<", ">4 cores over the capacity<", ">No capacity<", "Last updated: ", ">live<",
      "the first 3 of 240 are shown",
    ] {
      #expect(document.contains(text), "\(text) is missing")
    }
    #expect(!document.contains("NaN"), "defect 25: no capacity is not NaN")
  }

  @Test func `defect 25: a component's name is never markup`() async throws {
    let chromium = try #require(Chromium.path, "\(Chromium.missing)")
    let document = try await withService(PageTests.handle()) { _, address in
      try await Chromium.document(address.url + "/", with: chromium, milliseconds: 3000)
    }
    #expect(document.contains("&lt;img src=x onerror="))
    #expect(!document.contains("<img src=\"x\""))
    #expect(document.contains("<title>Resource Coordinator Monitor</title>"))
  }

  @Test func `a change shows without a reload`() async throws {
    let chromium = try #require(Chromium.path, "\(Chromium.missing)")
    let handle = PageTests.handle()
    // The first state that the page is sent is followed by a change; nothing polls that early.
    handle.state.withLock { state in
      state.afterStatus = { handle in
        handle.change { state in
          state.afterStatus = nil
          state.status = .success(StatusResponse(statuses: [], timestamp: nil))
        }
      }
    }
    let document = try await withService(handle) { _, address in
      try await Chromium.document(address.url + "/", with: chromium, milliseconds: 3000)
    }
    #expect(document.contains("No pools to show"))
    #expect(!document.contains("GPU memory"))
    #expect(document.contains("id=\"no-allocations\" class=\"empty\">No active allocations<"))
  }

  @Test func `an unreachable coordinator is told, and told why`() async throws {
    let chromium = try #require(Chromium.path, "\(Chromium.missing)")
    let handle = PageTests.handle()
    handle.goDown()
    let document = try await withService(handle) { _, address in
      try await Chromium.document(address.url + "/", with: chromium, milliseconds: 3000)
    }
    #expect(document.contains(">UNHEALTHY<"))
    #expect(document.contains(">cannot reach the coordinator<"))
    #expect(document.contains("Cannot reach the coordinator: connection refused"))
  }

  @Test func `the page asks nobody but its own server`() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources/HTTPAPI/Page")
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
        .replacing("http://www.w3.org/2000/svg", with: "")
      for forbidden in [
        "http://", "https://", "innerHTML", "outerHTML", "document.write", " style=",
      ] {
        #expect(!text.contains(forbidden), "\(file) contains \(forbidden)")
      }
    }
  }

  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["PAGE_SCREENSHOTS"] != nil),
    arguments: [(1280, 1050), (360, 2100)], [false, true])
  func `screenshots for people`(size: (Int, Int), isDark: Bool) async throws {
    let chromium = try #require(Chromium.path, "\(Chromium.missing)")
    let folder = try #require(ProcessInfo.processInfo.environment["PAGE_SCREENSHOTS"])
    let view = Chromium.View(width: size.0, height: size.1, isDark: isDark)
    let file = "\(folder)/\(size.0)-\(isDark ? "dark" : "light").png"
    try await withService(PageTests.handle()) { _, address in
      try await Chromium.screenshot(address.url + "/", with: chromium, view: view, to: file)
    }
    #expect(FileManager.default.fileExists(atPath: file))
  }

  /// Pools in every condition, and a component with a hostile name.
  private static func handle() -> StubHandle {
    let now = Instant(nanoseconds: Int64(Date().timeIntervalSince1970) * 1_000_000_000)
    func lease(
      _ id: Text, _ component: Text, _ quantity: Int64, ago: Int64, left: Int64
    ) -> Allocation {
      Allocation(
        requestID: id, component: component, quantity: quantity, allocatedAt: now - .seconds(ago),
        expiresAt: now + .seconds(left))
    }
    var state = StubHandle.State()
    state.status = .success(
      StatusResponse(
        statuses: [
          .sample(
            1, "gpu", "MB", total: 24_000, allocated: 8000,
            allocations: [lease("r1", "ray_rllib", 8000, ago: 340, left: 3260)]),
          .sample(
            2, "claude_api", "req/hr", total: 100, allocated: 75, queued: 2,
            allocations: [
              lease("r2", "analytics", 50, ago: 1200, left: 2400),
              lease("r3", Text(hostile), 20, ago: 60, left: 45),
              lease(
                "r4", "evaluation-with-a-rather-long-component-name", 5, ago: 7200, left: 90_000),
            ], allocationsTotal: 240),
          .sample(
            3, "memory", "MB", total: 32_768, allocated: 31_000,
            allocations: [lease("r5", "trainer", 31_000, ago: 100, left: 500)]),
          .sample(
            4, "cpu", "cores", total: 16, allocated: 20,
            allocations: [lease("r6", "trainer", 20, ago: 100, left: 500)]),
          .sample(0, "licences", "seats", total: 0, allocated: 0),
          .sample(5, "disk", "MB", total: 1_000_000, allocated: 1200),
        ], timestamp: now))
    return StubHandle(state)
  }
}
