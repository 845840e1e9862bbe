import Access
import Foundation
import HTTPAPI
import Model
import NIOConcurrencyHelpers
import Testing
import Tokens

/// The page in a real browser, served by a real service. Set `PAGE_SCREENSHOTS` to a folder to see it.
@Suite(.serialized) struct PageTests {
  private static let hostile = "<img src=x onerror=\"document.title='owned'\">"

  @Test func `the page shows health, usage and allocations`() async throws {
    let text = try await PageTests.visit(PageTests.handle()) { browser in
      try browser.evaluate("document.body.innerText")
    }
    for part in [
      "HEALTHY", "0.1.0", "12 minutes", "respect_limits", "GPU memory", "33 %", "Busy", "75 %",
      "Nearly full", "95 %", "Over-committed", "125 %", "7.81 GB", "100 req/hr", "20 cores",
      "4 cores over the capacity", "No capacity", "2 waiting", "Last updated: ", "live",
      "Claude API: the first 3 of 240 are shown.", "ray_rllib", "243 allocations",
    ] {
      #expect(text.contains(part), "\(part) is missing in \(text)")
    }
    #expect(!text.contains("NaN"), "defect 25: no capacity is not NaN")
  }

  @Test func `defect 25: a component's name is never markup`() async throws {
    let (title, pictures, cell) = try await PageTests.visit(PageTests.handle()) { browser in
      (
        try browser.evaluate("document.title"),
        try browser.evaluate("document.querySelectorAll('main img').length"),
        try browser.evaluate(
          "[...document.querySelectorAll('td')].some((cell) => cell.textContent.startsWith('<img src=x'))"
        )
      )
    }
    #expect(title == "Resource Coordinator Monitor")
    #expect(pictures == "0")
    #expect(cell == "true")
  }

  @Test func `a change shows without a reload, and so does an outage`() async throws {
    let handle = PageTests.handle()
    try await PageTests.visit(handle) { browser in
      _ = try browser.evaluate("window.isTheSame = true")
      handle.change { $0.status = .success(StatusResponse(statuses: [], timestamp: nil)) }
      try browser.wait(for: "document.body.innerText.includes('No active allocations')")
      handle.goDown()
      try browser.wait(for: "document.body.innerText.includes('UNHEALTHY')")
      #expect(try browser.text("#chip") == "cannot reach the coordinator")
      #expect(try browser.text("#notice") == "Cannot reach the coordinator: connection refused")
      handle.change { state in
        state.health = .success(StubHandle.healthy)
        state.status = .success(
          StatusResponse(
            statuses: [.sample(4, "cpu", "cores", total: 16, allocated: 4)], timestamp: nil))
      }
      try browser.wait(for: "document.querySelector('#chip').innerText === 'live'")
      try browser.wait(for: "document.querySelector('.pool .percent').innerText === '25 %'")
      #expect(try browser.evaluate("window.isTheSame") == "true")
    }
  }

  @Test func `the page asks for a token, says when it is wrong, and follows the state with it`()
    async throws
  {
    let handle = PageTests.handle()
    let tokens = try TokenFile.read("sha256:\(TokenHash(of: "secret-view").hexadecimal) g viewer")
    try await withService(
      handle, configure: { $0.access = { AccessControl(tokens: tokens) } }
    ) { _, address in
      try await Chromium.with(address.url + "/") { browser in
        func type(_ token: String) throws {
          _ = try browser.evaluate(
            "(document.querySelector('#token').value = '\(token)', document.querySelector('#asking').requestSubmit())"
          )
        }
        try browser.wait(for: "document.querySelector('#asking').checkVisibility()")
        #expect(try browser.text("#asking-why") == "The coordinator asks who you are.")
        #expect(try browser.evaluate(PageTests.weakContrasts) == "")
        try type("secret-wrong")
        try browser.wait(
          for: "document.querySelector('#asking-why').innerText === 'This token is not known here.'"
        )
        try type("secret-view")
        try browser.wait(for: "document.querySelector('#badge').innerText === 'HEALTHY'")
        try browser.wait(for: "document.querySelector('#chip').innerText === 'live'")
        #expect(
          try browser.evaluate("document.querySelector('#asking').checkVisibility()") == "false")
        #expect(
          try browser.evaluate("document.documentElement.outerHTML.includes('secret')") == "false")
        handle.change { $0.status = .success(StatusResponse(statuses: [], timestamp: nil)) }
        try browser.wait(for: "document.body.innerText.includes('No active allocations')")
        #expect(try browser.evaluate("localStorage.length + document.cookie.length") == "0")
      }
    }
  }

  @Test func `without a stream the page polls`() async throws {
    let handle = PageTests.handle()
    let (chip, badge) = try await PageTests.visit(handle) {
      $0.limits.pageStreams = 0
    } _: { browser in
      (try browser.text("#chip"), try browser.text("#badge"))
    }
    #expect(chip.hasPrefix("as of "))
    #expect(badge == "HEALTHY")
  }

  @Test func `Refresh asks at once`() async throws {
    let handle = PageTests.handle()
    try await PageTests.visit(handle) {
      $0.limits.pageInterval = .seconds(3600)
    } _: { browser in
      handle.change { $0.status = .success(StatusResponse(statuses: [], timestamp: nil)) }
      _ = try browser.evaluate("document.querySelector('#refresh').click()")
      try browser.wait(for: "document.body.innerText.includes('No active allocations')")
    }
  }

  @Test(arguments: [360, 1280]) func `nothing is wider than the window`(width: Int) async throws {
    try await PageTests.visit(PageTests.handle()) { browser in
      try browser.show(Chromium.View(width: width, height: 900, isDark: false))
      let scrolled = try browser.evaluate("document.documentElement.scrollWidth")
      #expect(scrolled == "\(width)")
    }
  }

  @Test(arguments: [false, true]) func `text stands out from its ground`(isDark: Bool) async throws
  {
    try await PageTests.visit(PageTests.handle()) { browser in
      try browser.show(Chromium.View(width: 1280, height: 900, isDark: isDark))
      #expect(try browser.evaluate(PageTests.weakContrasts) == "")
    }
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
    arguments: [(1280, 1150), (360, 2500)], [false, true])
  func `screenshots for people`(size: (Int, Int), isDark: Bool) async throws {
    let folder = try #require(ProcessInfo.processInfo.environment["PAGE_SCREENSHOTS"])
    let name = "\(size.0)-\(isDark ? "dark" : "light")"
    let handle = PageTests.handle()
    try await PageTests.visit(handle) { browser in
      try browser.show(Chromium.View(width: size.0, height: size.1, isDark: isDark))
      try browser.screenshot(to: "\(folder)/\(name).png")
      handle.goDown()
      try browser.wait(for: "document.body.innerText.includes('UNHEALTHY')")
      try browser.screenshot(to: "\(folder)/\(name)-lost.png")
    }
  }

  /// Opens the page of a service and runs the body once the first state is shown.
  private static func visit<Result: Sendable>(
    _ handle: StubHandle, configure: (inout HTTPConfiguration) -> Void = { _ in },
    _ body: @escaping @Sendable (Chromium) throws -> Result
  ) async throws -> Result {
    try await withService(handle, configure: configure) { _, address in
      try await Chromium.with(address.url + "/") { browser in
        try browser.wait(for: "document.querySelector('#badge').innerText !== 'WAITING'")
        return try body(browser)
      }
    }
  }

  /// Lists texts whose contrast with the first opaque ground behind them is under 4.5:1 (WCAG 2.2, 1.4.3).
  private static let weakContrasts = """
    (() => {
      const parse = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
      const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
      };
      const weak = [];
      for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!own || !element.checkVisibility() || element.classList.contains("spoken")) continue;
        let behind = element;
        let ground = parse(getComputedStyle(behind).backgroundColor);
        while (behind.parentElement && ground[3] === 0) {
          behind = behind.parentElement;
          ground = parse(getComputedStyle(behind).backgroundColor);
        }
        const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground)];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) weak.push(`${element.className || element.tagName} ${element.textContent}: ${ratio.toFixed(2)}`);
      }
      return weak.join("; ");
    })()
    """

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
            2, "claude_api", "requests/hour", total: 100, allocated: 75, queued: 2,
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
