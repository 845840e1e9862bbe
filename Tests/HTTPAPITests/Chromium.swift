import Foundation

/// A headless browser, one process for each page.
enum Chromium {
  static let missing: String =
    "chromium is missing, the page was not looked at: install the package chromium (Scripts/test does)"

  static var path: String? {
    ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }

  struct View {
    var width = 1280
    var height = 1000
    var isDark = false
  }

  /// The document as it stands after `milliseconds` of the page's life.
  static func document(_ url: String, with chromium: String, milliseconds: Int) async throws
    -> String
  {
    try await run(chromium, ["--dump-dom", "--virtual-time-budget=\(milliseconds)", url])
  }

  static func screenshot(
    _ url: String, with chromium: String, view: View, to file: String
  ) async throws {
    var arguments = [
      "--screenshot=\(file)", "--window-size=\(view.width),\(view.height)", "--hide-scrollbars",
      "--virtual-time-budget=3000",
    ]
    if view.isDark { arguments.append("--blink-settings=preferredColorScheme=0") }
    _ = try await run(chromium, arguments + [url])
  }

  private static func run(_ chromium: String, _ arguments: [String]) async throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: chromium)
    process.arguments =
      [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--user-data-dir=\(folder.path)",
      ] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    // The browser is waited for on a thread of its own, for it asks this very process for the page.
    return try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        let result = Result { try output.fileHandleForReading.readToEnd() ?? Data() }
        process.waitUntilExit()
        continuation.resume(with: result.map { String(decoding: $0, as: UTF8.self) })
      }
    }
  }
}
