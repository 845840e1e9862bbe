import Model

/// Why a trace cannot be replayed.
package struct TraceError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file's name; empty where the whole replay is meant.
  package let file: String
  /// From 1; 0 where no line is meant.
  package let line: Int
  package let message: String

  package init(file: String, line: Int = 0, _ message: String) {
    self.file = file
    self.line = line
    self.message = message
  }

  init(_ error: CommaTableError) {
    self.init(
      file: error.file, line: error.line,
      error.column.isEmpty ? error.message : "\(error.column): \(error.message)")
  }

  package var description: String {
    let place = file.isEmpty ? "" : line > 0 ? "\(file):\(line): " : "\(file): "
    return place + message
  }
}
