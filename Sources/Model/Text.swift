/// A short UTF-8 text, such as a request id or a component's name.
///
/// Up to ``Text/inlineBytesMax`` bytes live inside the value, so that the usual 36-byte ids and names cost no
/// allocation on the way from the socket to the tables; longer ones lie in an array. The form is canonical: equal texts
/// are stored equally. A structure and not an enum of both forms, whose copies ask for the case first: they are what
/// the hot path does most.
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

    /// Stands for bytes that lie elsewhere.
    @inlinable
    package static var none: Words { Words(0, 0, 0, 0, .max) }
    @inlinable
    package var isNone: Bool { e == .max }

    @inlinable
    package func hashValue(_ seed: UInt64) -> UInt64 {
      var state = Mixing.fold(a ^ seed, b ^ 0xE703_7ED1_A0B4_28DB)
      state = Mixing.fold(state ^ c, d ^ 0x8EBC_6AF0_9C88_C6E3)
      return Mixing.fold(state ^ e, seed ^ 0x5896_36E2_9B7D_1F4B)
    }

    /// Compares in time that does not depend on where the words differ.
    @inlinable
    @inline(__always)
    package func matchesInConstantTime(_ other: Words) -> Bool {
      ((a ^ other.a) | (b ^ other.b) | (c ^ other.c) | (d ^ other.d) | (e ^ other.e)) == 0
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

  /// The longest text that is stored without an allocation.
  package static let inlineBytesMax = 39

  /// ``Words/none`` for a text that is longer than ``inlineBytesMax`` bytes.
  package let words: Words
  /// The bytes of a longer text.
  package let long: [UInt8]?

  @inlinable
  package static var empty: Text { Text(words: Words(0, 0, 0, 0, 0)) }

  /// Wraps inline words; the caller guarantees valid UTF-8 and the canonical form described at ``Words``.
  @inlinable
  package init(words: Words) {
    self.words = words
    long = nil
  }

  package init(_ string: String) {
    let count = string.utf8.count
    guard count <= Text.inlineBytesMax else {
      words = .none
      long = Array(string.utf8)
      return
    }
    var words: [5 of UInt64] = [0, 0, 0, 0, UInt64(count) << 56]
    var position = 0
    for byte in string.utf8 {
      words[position >> 3] |= UInt64(byte) << UInt64((position & 7) << 3)
      position += 1
    }
    self.words = Words(words[0], words[1], words[2], words[3], words[4])
    long = nil
  }

  /// The words of a text that has no other bytes; nil for a longer one.
  @inlinable
  package var inline: Words? { words.isNone ? nil : words }

  @inlinable
  @inline(__always)
  package static func == (left: Text, right: Text) -> Bool {
    left.words == right.words && (!left.words.isNone || left.hasSameBytes(as: right))
  }

  @inline(never)
  package func hasSameBytes(as other: Text) -> Bool { long == other.long }

  /// The number of UTF-8 bytes.
  @inlinable
  package var utf8Count: Int { words.isNone ? long?.count ?? 0 : words.count }

  /// The last byte has the count of an inline text, and a longer one is not empty.
  @inlinable
  package var isEmpty: Bool { words.e == 0 }

  /// Whether a byte below space, or a delete, is in the text.
  package var hasControlCharacters: Bool {
    if words.isNone { return utf8Bytes.contains { $0 < 0x20 || $0 == 0x7F } }
    let ones =
      Text.ordinary(words.a) &+ Text.ordinary(words.b) &+ Text.ordinary(words.c)
      &+ Text.ordinary(words.d) &+ Text.ordinary(words.e & 0x00FF_FFFF_FFFF_FFFF)
    // The product's highest byte is the sum of all bytes, of which each is at most 5.
    return (ones &* 0x0101_0101_0101_0101) >> 56 != UInt64(words.count)
  }

  /// A one in each byte of the word that is no control character; unused bytes are zero, which is one.
  private static func ordinary(_ word: UInt64) -> UInt64 {
    let low = word & 0x7F7F_7F7F_7F7F_7F7F
    let fromSpace = (low &+ 0x6060_6060_6060_6060) | word
    let delete = (low &+ 0x0101_0101_0101_0101) & ~word
    return (fromSpace & ~delete) >> 7 & 0x0101_0101_0101_0101
  }

  /// The UTF-8 bytes, in an array; for paths that are not hot.
  package var utf8Bytes: [UInt8] { long ?? words.bytes }

  package var string: String { String(decoding: utf8Bytes, as: UTF8.self) }

  /// A hash that is the same in every process with the same seed. The seed is drawn at start, so that strangers
  /// cannot choose ids that collide.
  @inlinable
  @inline(__always)
  package func hashValue(seed: UInt64) -> UInt64 {
    words.isNone ? longHashValue(seed) : words.hashValue(seed)
  }

  @inline(never)
  package func longHashValue(_ seed: UInt64) -> UInt64 {
    utf8Bytes.reduce(seed) { Mixing.fold($0 ^ UInt64($1), 0xE703_7ED1_A0B4_28DB) }
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
    if words.isNone || other.words.isNone {
      guard let left = long, let right = other.long, left.count == right.count else { return false }
      return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
    return words.matchesInConstantTime(other.words)
  }
}
