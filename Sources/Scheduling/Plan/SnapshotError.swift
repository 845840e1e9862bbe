/// Why a description of a cluster makes no plan.
package struct SnapshotError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where in the text, from 1; 0 where the description did not come from a text, or the whole of it is meant.
  package var line: Int
  /// In bytes, from 1.
  package var column: Int
  /// Which field, such as `jobs[3].cpu`; empty where the whole is meant.
  package var path: String
  package var message: String

  package init(_ message: String, path: String = "", line: Int = 0, column: Int = 0) {
    self.message = message
    self.path = path
    self.line = line
    self.column = column
  }

  package var description: String {
    let place = line > 0 ? "\(line):\(column): " : ""
    return place + (path.isEmpty ? "" : "\(path): ") + message
  }
}
