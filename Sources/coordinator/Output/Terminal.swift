import Foundation

enum ColourChoice: String, CaseIterable {
  case auto, always, never
}

/// What standard output can show.
struct Terminal {
  /// Whether people read along.
  let isInteractive: Bool
  let hasColour: Bool
  /// Columns; nil where nothing needs cutting.
  let width: Int?

  init(color: ColourChoice, environment: [String: String]) {
    isInteractive = isatty(1) == 1
    func isSet(_ name: String) -> Bool { !(environment[name] ?? "").isEmpty }
    switch color {
    case .always: hasColour = true
    case .never: hasColour = false
    case .auto:
      let isForced = isSet("CLICOLOR_FORCE") || isSet("FORCE_COLOR")
      hasColour =
        !isSet("NO_COLOR") && (isForced || (isInteractive && environment["TERM"] != "dumb"))
    }
    let told = environment["COLUMNS"].flatMap { Int($0) }
    width =
      isInteractive
      ? Terminal.sane(told) ?? Terminal.sane(Terminal.measuredWidth()) ?? 80 : Terminal.sane(told)
  }

  private static func sane(_ width: Int?) -> Int? {
    width.flatMap { (20...1000).contains($0) ? $0 : nil }
  }

  /// Asks `stty`: the system's own call takes a pointer.
  private static func measuredWidth() -> Int? {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["stty", "size"]
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) }
  }

  /// The styles of the tables. Meaning never hangs on them alone.
  enum Style: String {
    case bold = "1"
    case dim = "2"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case cyan = "36"
  }

  func styled(_ text: String, _ style: Style?) -> String {
    guard hasColour, let style, !text.isEmpty else { return text }
    return "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m"
  }
}
