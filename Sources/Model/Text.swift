/// A short UTF-8 text, such as a request id or a component's name.
///
/// Up to ``Text/inlineBytesMax`` bytes live inside the value, so that the usual 36-byte ids and names cost no
/// allocation on the way from the socket to the tables; longer ones fall back to a `String`. The form is canonical:
/// equal texts have equal storage.
package struct Text: Hashable, Sendable {
  /// The inline bytes as five little-endian words, unused bytes zero, the count in the last byte.
  package struct Words: Hashable, Sendable {
    package var a: UInt64
    package var b: UInt64
    package var c: UInt64
    package var d: UInt64
    package var e: UInt64

    @inlinable
    package init(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64, _ e: UInt64) {
      self.a = a
      self.b = b
      self.c = c
      self.d = d
      self.e = e
    }

    /// How many of the bytes are used.
    @inlinable
    package var count: Int { Int(e >> 56) }

    /// The used bytes, in a new array.
    package var bytes: [UInt8] {
      let all: [5 of UInt64] = [a, b, c, d, e]
      return (0..<count).map { position in
        UInt8(truncatingIfNeeded: all[position >> 3] >> UInt64((position & 7) << 3))
      }
    }
  }

  @frozen
  package enum Storage: Hashable, Sendable {
    case inline(Words)
    /// Always longer than ``Text/inlineBytesMax`` bytes.
    case heap(String)

    /// Compares bytes: strings alone would count canonically equivalent characters as equal.
    package static func == (left: Storage, right: Storage) -> Bool {
      switch (left, right) {
      case (.inline(let one), .inline(let other)): one == other
      case (.heap(let one), .heap(let other)):
        one.utf8.count == other.utf8.count && one.utf8.elementsEqual(other.utf8)
      case (.inline, .heap), (.heap, .inline): false
      }
    }
  }

  /// The longest text that is stored without an allocation.
  package static let inlineBytesMax = 39

  package let storage: Storage

  package static var empty: Text { Text(words: Words(0, 0, 0, 0, 0)) }

  /// Wraps inline words; the caller guarantees valid UTF-8 and the canonical form described at ``Words``.
  @inlinable
  package init(words: Words) {
    storage = .inline(words)
  }

  package init(_ string: String) {
    var string = string
    let count = string.utf8.count
    guard count <= Text.inlineBytesMax else {
      string.makeContiguousUTF8()
      storage = .heap(string)
      return
    }
    var words: [5 of UInt64] = [0, 0, 0, 0, UInt64(count) << 56]
    var position = 0
    for byte in string.utf8 {
      words[position >> 3] |= UInt64(byte) << UInt64((position & 7) << 3)
      position += 1
    }
    storage = .inline(Words(words[0], words[1], words[2], words[3], words[4]))
  }

  /// The number of UTF-8 bytes.
  package var utf8Count: Int {
    switch storage {
    case .inline(let words): words.count
    case .heap(let string): string.utf8.count
    }
  }

  package var isEmpty: Bool { utf8Count == 0 }

  /// Whether a byte below space, or a delete, is in the text.
  package var hasControlCharacters: Bool {
    switch storage {
    case .heap(let string):
      return string.utf8.contains { $0 < 0x20 || $0 == 0x7F }
    case .inline(let words):
      let count = utf8Count
      let all: [5 of UInt64] = [words.a, words.b, words.c, words.d, words.e]
      var position = 0
      while position < count {
        var word = all[position >> 3]
        let rest = count - position
        // Unused bytes, and the count itself, are taken as letters.
        if rest < 8 { word |= 0x6161_6161_6161_6161 << UInt64(rest << 3) }
        // A byte below space borrows when space is taken away; a byte from 0x80 up must not count as one.
        let belowSpace = (word &- 0x2020_2020_2020_2020) & ~word & 0x8080_8080_8080_8080
        let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
        let isDelete = (delete &- 0x0101_0101_0101_0101) & ~delete & 0x8080_8080_8080_8080
        if belowSpace | isDelete != 0 { return true }
        position += 8
      }
      return false
    }
  }

  /// The UTF-8 bytes, in a new array; for paths that are not hot.
  package var utf8Bytes: [UInt8] {
    switch storage {
    case .heap(let string):
      return Array(string.utf8)
    case .inline(let words):
      return words.bytes
    }
  }

  package var string: String {
    switch storage {
    case .heap(let string): string
    case .inline: String(decoding: utf8Bytes, as: UTF8.self)
    }
  }

  /// A hash that is the same in every process with the same seed. The seed is drawn at start, so that strangers
  /// cannot choose ids that collide.
  @inlinable
  package func hashValue(seed: UInt64) -> UInt64 {
    switch storage {
    case .inline(let words):
      var state = Mixing.fold(words.a ^ seed, words.b ^ 0xE703_7ED1_A0B4_28DB)
      state = Mixing.fold(state ^ words.c, words.d ^ 0x8EBC_6AF0_9C88_C6E3)
      return Mixing.fold(state ^ words.e, seed ^ 0x5896_36E2_9B7D_1F4B)
    case .heap(let string):
      var state = seed
      for byte in string.utf8 {
        state = Mixing.fold(state ^ UInt64(byte), 0xE703_7ED1_A0B4_28DB)
      }
      return state
    }
  }
}

extension Text: Comparable {
  /// Orders by UTF-8 bytes, as the bytes stand on the wire.
  package static func < (left: Text, right: Text) -> Bool {
    left.utf8Bytes.lexicographicallyPrecedes(right.utf8Bytes)
  }
}

extension Text: ExpressibleByStringLiteral, CustomStringConvertible {
  package init(stringLiteral value: String) { self.init(value) }
  package var description: String { string }
}

extension Text {
  /// Compares in time that depends on the lengths only. For secrets.
  package func matchesInConstantTime(_ other: Text) -> Bool {
    switch (storage, other.storage) {
    case (.inline(let left), .inline(let right)):
      let difference =
        (left.a ^ right.a) | (left.b ^ right.b) | (left.c ^ right.c) | (left.d ^ right.d)
        | (left.e ^ right.e)
      return difference == 0
    case (.heap(let left), .heap(let right)):
      guard left.utf8.count == right.utf8.count else { return false }
      var difference: UInt8 = 0
      for (one, two) in zip(left.utf8, right.utf8) { difference |= one ^ two }
      return difference == 0
    case (.inline, .heap), (.heap, .inline):
      return false
    }
  }
}
