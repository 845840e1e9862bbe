import ArgumentParser
import Foundation
import Model

/// The form of a command's data.
enum OutputFormat: String, CaseIterable {
  /// For people: cut to the terminal's width.
  case table
  /// For people: more columns, nothing cut.
  case wide
  /// One JSON value over several lines.
  case json
  /// One JSON value a line, one line for each element of a list.
  case ndjson
}

/// How a command writes its data.
struct OutputOptions: ParsableArguments {
  @Option(
    name: [.customShort("F"), .long],
    help: "table, wide, json or ndjson. Default: $COORDINATOR_FORMAT, or table.",
    completion: .list(OutputFormat.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, OutputFormat.self) })
  var format: OutputFormat?

  @Flag(help: "The same as --format json.")
  var json = false

  @Option(
    help: "auto, always or never. Default: auto.",
    completion: .list(ColourChoice.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, ColourChoice.self) })
  var color: ColourChoice?

  @Flag(name: .shortAndLong, help: "No hints and no progress on standard error.")
  var quiet = false

  /// The output that the flags, the environment and the terminal make. Throws a usage failure for a format in the
  /// environment that does not exist.
  func output() throws -> Output {
    let environment = ProcessInfo.processInfo.environment
    var format = self.format ?? (json ? .json : .table)
    if self.format == nil, !json, let name = environment["COORDINATOR_FORMAT"], !name.isEmpty {
      do {
        format = try Choice.read(name, OutputFormat.self)
      } catch {
        throw Failure(.usage, "COORDINATOR_FORMAT: \(error)")
      }
    }
    return Output(
      format: format, terminal: Terminal(color: color ?? .auto, environment: environment),
      isQuiet: quiet)
  }
}

/// A flag's value out of a few, with the nearest ones named when it is none of them.
enum Choice {
  static func read<Value: RawRepresentable & CaseIterable>(
    _ text: String, _ type: Value.Type
  ) throws -> Value where Value.RawValue == String {
    if let value = Value(rawValue: text.lowercased()) { return value }
    throw unknown(text, Value.allCases.map(\.rawValue))
  }

  static func unknown(_ text: String, _ names: [String]) -> ValidationError {
    ValidationError(
      "expected \(list(names)), got \"\(text)\"\(NearestName.question(for: text, in: names))")
  }

  private static func list(_ names: [String]) -> String {
    names.count < 2
      ? names.joined()
      : names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
  }

  static func priority(_ text: String) throws -> Priority {
    guard let priority = Priority(name: text) else {
      throw unknown(text, Priority.allCases.map { $0.name.lowercased() })
    }
    return priority
  }

  static func span(_ text: String) throws -> TimeSpan {
    guard let span = DurationText.parse(text) else {
      throw ValidationError("expected a length of time such as 90, 1.5s, 5m or 1h, got \"\(text)\"")
    }
    return span
  }

  static func count(_ text: String) throws -> Int64 {
    guard let count = QuantityText.count(text) else {
      throw ValidationError("expected a whole number, got \"\(text)\"")
    }
    return count
  }
}
