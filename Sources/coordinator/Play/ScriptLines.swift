import Foundation
import Rehearsal

/// The lines of a file or of standard input, one at a time, so that a script may be longer than memory.
struct ScriptLines {
  private let handle: FileHandle
  private let lineBytesMax: Int
  private var rest = Data()
  private var isAtEnd = false
  private var number = 0

  private static let chunkBytes = 65_536

  init(path: String, lineBytesMax: Int) throws {
    self.lineBytesMax = lineBytesMax
    if path == "-" {
      handle = .standardInput
    } else {
      do {
        handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      } catch {
        throw Failure(.usage, "cannot read \(path): \(Failure.reason(error))")
      }
    }
  }

  /// The next line without its end, and its number from 1; nil behind the last.
  mutating func next() throws -> (text: String, number: Int)? {
    while true {
      if let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
        let line = rest[rest.startIndex..<end]
        rest = rest[rest.index(after: end)...]
        return try text(line)
      }
      if isAtEnd {
        guard !rest.isEmpty else { return nil }
        defer { rest = Data() }
        return try text(rest)
      }
      guard rest.count <= lineBytesMax else {
        throw PlayError(
          line: number + 1, column: 1, "the line is longer than \(lineBytesMax) bytes")
      }
      let chunk = handle.availableData
      if chunk.isEmpty { isAtEnd = true }
      rest = Data(rest) + chunk
    }
  }

  private mutating func text(_ bytes: Data) throws -> (text: String, number: Int) {
    number += 1
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw PlayError(line: number, column: 1, "the line is not UTF-8")
    }
    return (text, number)
  }
}

/// Files named on the command line.
enum Input {
  /// A file's text. Throws ``Failure`` if it cannot be read.
  static func text(_ path: String) throws -> String {
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw Failure(.usage, "cannot read \(path): \(Failure.reason(error))")
    }
  }
}
