import Foundation
import Logging
import Model
import Settings

/// The form of a server's log.
enum LogForm: String, CaseIterable {
  /// Text on a terminal, JSON lines elsewhere.
  case auto
  case text, json
}

/// The servers' log, on standard error.
enum ServeLog {
  static func make(_ configuration: CoordinatorConfiguration) -> Logger {
    make(
      level: Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info,
      form: LogForm(rawValue: configuration.logFormat.rawValue) ?? .auto)
  }

  /// Where administrative calls are told, whatever else is logged.
  static func audit(_ configuration: CoordinatorConfiguration) -> Logger {
    make(
      level: .notice, form: LogForm(rawValue: configuration.logFormat.rawValue) ?? .auto,
      label: "audit")
  }

  static func make(level: Logger.Level, form: LogForm, label: String = "coordinator") -> Logger {
    let isTerminal = isatty(2) == 1
    let isJSON = form == .json || (form == .auto && !isTerminal)
    let environment = ProcessInfo.processInfo.environment
    let hasColour =
      isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    var logger = Logger(label: label) { label in
      LineLogHandler(label: label, isJSON: isJSON, hasColour: hasColour)
    }
    logger.logLevel = level
    return logger
  }
}

/// One line for each entry: message first, then pairs, or one JSON object.
struct LineLogHandler: LogHandler {
  let label: String
  let isJSON: Bool
  let hasColour: Bool
  var logLevel = Logger.Level.info
  var metadata: Logger.Metadata = [:]

  init(label: String, isJSON: Bool, hasColour: Bool) {
    self.label = label
    self.isJSON = isJSON
    self.hasColour = hasColour
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Libraries whose own talk below the level of a debugging session says nothing that is not said better elsewhere.
  private static let noisySources: Set<String> = [
    "ServiceLifecycle", "Hummingbird", "HummingbirdCore", "UnixSignals",
  ]

  func log(event: LogEvent) {
    guard logLevel <= .debug || !LineLogHandler.noisySources.contains(event.source) else { return }
    let pairs = metadata.merging(event.metadata ?? [:]) { $1 }.map { ($0.key, "\($0.value)") }
      .sorted { $0.0 < $1.0 }
    let time = MomentText.rfc3339(MomentText.wallClock)
    talk(
      isJSON
        ? json(event, pairs, time: time) : text(event, pairs, time: time))
  }

  private func json(_ event: LogEvent, _ pairs: [(String, String)], time: String) -> String {
    let fixed: [JSONValue.Member] = [
      .init("ts", .string(time)), .init("level", .string(event.level.rawValue)),
      .init("logger", .string(label)), .init("msg", .string("\(event.message)")),
    ]
    let names = Set(fixed.map(\.key))
    let rest = pairs.map { pair in
      JSONValue.Member(names.contains(pair.0) ? "_" + pair.0 : pair.0, .string(pair.1))
    }
    return JSONValue.object(fixed + rest).text
  }

  private func text(_ event: LogEvent, _ pairs: [(String, String)], time: String) -> String {
    let name = event.level.rawValue.uppercased()
    let level = name + String(repeating: " ", count: max(0, 8 - name.count))
    let rest = pairs.map { "  \($0.0)=\(LineLogHandler.quoted($0.1))" }.joined()
    let shown = hasColour ? "\u{1B}[\(colour(event.level))m\(level)\u{1B}[0m" : level
    return "\(time.dropFirst(11).prefix(12)) \(shown) \(printable("\(event.message)"))\(rest)"
  }

  private func colour(_ level: Logger.Level) -> String {
    switch level {
    case .trace, .debug: "36"
    case .info, .notice: "32"
    case .warning: "33"
    case .error, .critical: "31"
    }
  }

  private static func quoted(_ text: String) -> String {
    let isPlain = !text.isEmpty && !text.contains { $0 == " " || $0 == "\"" || $0 == "=" }
    return isPlain ? printable(text) : JSONValue.string(text).text
  }
}
