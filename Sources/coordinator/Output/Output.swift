import Foundation
import Model

/// Where a command's data goes: standard output, in the form that was asked for.
struct Output {
  let format: OutputFormat
  let terminal: Terminal
  let isQuiet: Bool

  /// Whether programs read it.
  var isStructured: Bool { format == .json || format == .ndjson }

  /// Times for people at this moment.
  var moments: MomentText {
    MomentText(now: MomentText.wallClock, isRelative: terminal.isInteractive)
  }

  /// Writes one JSON value; of a list, in ndjson, one line for each element.
  func write(_ value: JSONValue) {
    switch (format, value) {
    case (.ndjson, .array(let elements)):
      for element in elements { write(line: element.text) }
    case (.ndjson, _): write(line: value.text)
    default: write(line: value.indentedText)
    }
  }

  /// Writes one element of a stream on a line of its own.
  func write(streamed value: JSONValue) { write(line: value.text) }

  func write(_ table: Table) {
    for line in table.lines(terminal: terminal, isCut: format == .table) { write(line: line) }
  }

  func write(line: String) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
    } catch {
      // Whoever read has gone, as `head` does: the same end as by the signal that other programs get for it.
      Foundation.exit(128 + SIGPIPE)
    }
  }

  /// Tells people something that they did not ask for; left out with --quiet and for programs.
  func hint(_ line: String) {
    guard !isQuiet, !isStructured else { return }
    talk(line)
  }
}

/// Text from outside that may stand on a terminal: control characters are shown, not obeyed.
func printable(_ text: String) -> String {
  guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
    return text
  }
  return text.unicodeScalars.reduce(into: "") { out, scalar in
    if scalar.properties.generalCategory == .control {
      out += "\\u{" + String(scalar.value, radix: 16) + "}"
    } else {
      out.unicodeScalars.append(scalar)
    }
  }
}

func printable(_ text: Text) -> String { printable(text.string) }

/// The same for a text of several lines.
func printable(lines text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).map { printable(String($0)) }
    .joined(separator: "\n")
}
