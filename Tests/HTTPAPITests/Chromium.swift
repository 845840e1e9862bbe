import Foundation

/// A headless browser that is driven over its debugging pipe, so that tests can wait for what they expect.
///
/// Blocks its thread; ``with(_:_:)`` gives it one of its own, for it asks this very process for the page.
final class Chromium {
  struct Failure: Error {
    let message: String
  }

  struct View {
    var width: Int
    var height: Int
    var isDark: Bool
  }

  static let missing: String =
    "chromium is missing, the page was not looked at: install the package chromium (Scripts/test does)"

  /// Nothing takes this long; a browser that does is ended.
  private static let timeoutSeconds = 60

  static var path: String? {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }

  private let process = Process()
  private let commands = Pipe()
  private let answers = Pipe()
  private let folder: URL
  private var received = Data()
  private var lastID = 0
  private var session: String?

  /// Opens a browser at the URL, runs the body and closes the browser.
  static func with<Result: Sendable>(
    _ url: String, _ body: @escaping @Sendable (Chromium) throws -> Result
  ) async throws -> Result {
    guard let path else { throw Failure(message: missing) }
    return try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Swift.Result {
            let browser = try Chromium(path)
            defer { browser.close() }
            try browser.open(url)
            return try body(browser)
          })
      }
    }
  }

  private init(_ path: String) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    // The pipe's descriptors are 3 and 4 by the browser's convention.
    process.arguments = [
      "-c", "exec \"$@\" 3<&0 4>&1 >/dev/null 2>&1", "sh", path, "--headless=new", "--no-sandbox",
      "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--hide-scrollbars",
      "--user-data-dir=\(folder.path)", "about:blank",
    ]
    process.standardInput = commands
    process.standardOutput = answers
    try process.run()
    let process = process
    DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Chromium.timeoutSeconds)) {
      if process.isRunning { process.terminate() }
    }
  }

  private func close() {
    process.terminate()
    process.waitUntilExit()
    try? FileManager.default.removeItem(at: folder)
  }

  private func open(_ url: String) throws {
    let target = try send("Target.createTarget", ["url": "about:blank"])
    let attached = try send(
      "Target.attachToTarget", ["targetId": target["targetId"] ?? "", "flatten": true])
    session = attached["sessionId"] as? String
    _ = try send("Page.enable", [:])
    _ = try send("Page.navigate", ["url": url])
  }

  /// The value of a JavaScript expression, as text.
  func evaluate(_ expression: String) throws -> String {
    let answer = try send(
      "Runtime.evaluate",
      ["expression": "String(\(expression))", "awaitPromise": true, "returnByValue": true])
    guard let result = answer["result"] as? [String: Any], let value = result["value"] as? String
    else { throw Failure(message: "\(expression) has no value: \(answer)") }
    return value
  }

  /// Waits until a JavaScript condition holds.
  func wait(for condition: String) throws {
    while try evaluate("(() => { try { return \(condition) } catch { return false } })()") != "true"
    {
      Thread.sleep(forTimeInterval: 0.02)
    }
  }

  func text(_ selector: String) throws -> String {
    try evaluate("document.querySelector('\(selector)').innerText")
  }

  func show(_ view: View) throws {
    _ = try send(
      "Emulation.setDeviceMetricsOverride",
      ["width": view.width, "height": view.height, "deviceScaleFactor": 1, "mobile": false])
    _ = try send(
      "Emulation.setEmulatedMedia",
      [
        "features": [
          ["name": "prefers-color-scheme", "value": view.isDark ? "dark" : "light"],
          ["name": "prefers-reduced-motion", "value": "reduce"],
        ]
      ])
  }

  func screenshot(to file: String) throws {
    let answer = try send("Page.captureScreenshot", ["captureBeyondViewport": true])
    guard let text = answer["data"] as? String, let data = Data(base64Encoded: text) else {
      throw Failure(message: "no picture")
    }
    try data.write(to: URL(fileURLWithPath: file))
  }

  /// Sends a command and waits for its answer; events in between are dropped.
  private func send(_ method: String, _ parameters: [String: Any]) throws -> [String: Any] {
    lastID += 1
    var message: [String: Any] = ["id": lastID, "method": method, "params": parameters]
    if let session { message["sessionId"] = session }
    let bytes = try JSONSerialization.data(withJSONObject: message) + Data([0])
    try commands.fileHandleForWriting.write(contentsOf: bytes)
    while true {
      let answer = try receive()
      guard answer["id"] as? Int == lastID else { continue }
      guard let result = answer["result"] as? [String: Any] else {
        throw Failure(message: "\(method): \(answer)")
      }
      return result
    }
  }

  private func receive() throws -> [String: Any] {
    while true {
      if let end = received.firstIndex(of: 0) {
        let message = received[received.startIndex..<end]
        received = Data(received[received.index(after: end)...])
        return try JSONSerialization.jsonObject(with: message) as? [String: Any] ?? [:]
      }
      let more = answers.fileHandleForReading.availableData
      guard !more.isEmpty else { throw Failure(message: "the browser has ended") }
      received += more
    }
  }
}
