/// Why a script's line cannot be played.
package struct PlayError: Error, Hashable, Sendable, CustomStringConvertible {
  /// From 1.
  package let line: Int
  /// In bytes, from 1.
  package let column: Int
  /// What is wrong and what was expected.
  package let message: String

  package init(line: Int, column: Int, _ message: String) {
    self.line = line
    self.column = column
    self.message = message
  }

  package var description: String { "\(line):\(column): \(message)" }
}

/// A script's line with its number, for errors that point into it.
struct NumberedLine {
  let number: Int
  let text: String

  func error(_ message: String, column: Int = 1) -> PlayError {
    PlayError(line: number, column: column, message)
  }

  /// An error about what a path such as `request.pools[0].quantity` leads to.
  func error(_ message: String, at path: String) -> PlayError {
    error(message, column: column(of: path))
  }

  /// Where the last key of the path that can be found stands, its quotation mark counted as the start.
  ///
  /// Keys are looked for one behind the other, so a key of the same name before the right one misleads only if it
  /// stands between them. O(line × keys).
  private func column(of path: String) -> Int {
    let bytes = Array(text.utf8)
    var from = 0
    var column = 1
    for part in path.split(separator: ".") {
      let key = part.prefix { $0 != "[" }
      guard let found = position(of: Array("\"\(key)\"".utf8), in: bytes, from: from) else { break }
      column = found + 1
      from = found + key.utf8.count + 2
    }
    return column
  }

  private func position(of word: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= word.count else { return nil }
    return (start..<max(start, bytes.count - word.count + 1)).first {
      bytes[$0...].starts(with: word)
    }
  }
}
