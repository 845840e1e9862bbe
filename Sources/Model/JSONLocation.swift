/// Finds a value again in the text that it was read from.
///
/// Values carry no positions, so that reading costs nothing for them; where a value turns out to be wrong, the text is
/// walked once more. A place is named by steps from the outermost value: in an array by index, in an object by the number of
/// the member in the order of the text.
package struct JSONLocation: Hashable, Sendable {
  /// From 1.
  package let line: Int
  /// In bytes, from 1.
  package let column: Int

  /// The line and column of a value, or of its key.
  ///
  /// - Parameters:
  ///   - steps: lead to a value of the text.
  ///   - isKey: whether the key of the last step is meant.
  ///   - text: JSON that ``JSONParser`` has read.
  package init(of steps: [Int], isKey: Bool = false, in text: [UInt8]) {
    var walk = JSONWalk(bytes: text)
    walk.skipBlanks()
    for (depth, step) in steps.enumerated() {
      walk.enter(step, stopsAtKey: isKey && depth == steps.count - 1)
    }
    let before = text[..<min(walk.position, text.count)]
    line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    column = before.count - start + 1
  }
}

/// Steps over JSON that is known to be right.
private struct JSONWalk {
  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipBlanks() {
    while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  /// From the beginning of an array or object to the beginning of one of its values.
  mutating func enter(_ step: Int, stopsAtKey: Bool) {
    let isObject = next == UInt8(ascii: "{")
    position += 1
    for index in 0...step {
      skipBlanks()
      if isObject {
        if stopsAtKey && index == step { return }
        skipString()
        skipBlanks()
        position += 1
        skipBlanks()
      }
      if index == step { return }
      skipValue()
      skipBlanks()
      position += 1
    }
  }

  private mutating func skipString() {
    position += 1
    while let byte = next {
      position += byte == UInt8(ascii: "\\") ? 2 : 1
      if byte == UInt8(ascii: "\"") { return }
    }
  }

  /// Past a value: brackets are counted, strings stepped over as one.
  private mutating func skipValue() {
    var depth = 0
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        skipString()
        if depth == 0 { return }
        continue
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        if depth == 0 { return }
        depth -= 1
        if depth == 0 {
          position += 1
          return
        }
      case UInt8(ascii: ","): if depth == 0 { return }
      default: break
      }
      position += 1
    }
  }
}
