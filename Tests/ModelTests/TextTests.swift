import Model
import TestSupport
import Testing

/// Texts are compared, ordered and hashed by their bytes, on both sides of the inline limit.
@Suite struct `Texts` {
  @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 31, 32, 38, 39, 40, 41, 255])
  func `keeps its bytes at every length`(count: Int) {
    let string = String((0..<count).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
    let text = Text(string)
    #expect(text.string == string)
    #expect(text.utf8Count == count)
    #expect(text.utf8Bytes == Array(string.utf8))
    #expect(text.isEmpty == (count == 0))
    #expect(text == Text(string))
    #expect(text.hashValue(seed: 7) == Text(string).hashValue(seed: 7))
    #expect(text.matchesInConstantTime(Text(string)))
    guard count > 0 else { return }
    for position in [0, count / 2, count - 1] {
      var bytes = Array(string.utf8)
      bytes[position] = UInt8(ascii: "Z")
      let other = Text(String(decoding: bytes, as: UTF8.self))
      #expect(other != text)
      #expect(!other.matchesInConstantTime(text))
      #expect(other < text)
      #expect(!(text < other))
    }
    #expect(Text(String(string.dropLast())) != text)
    #expect(Text(String(string.dropLast())) < text)
  }

  @Test func `is inline up to 39 bytes and no further`() {
    for count in 0...60 {
      let text = Text(String(repeating: "x", count: count))
      if text.inline != nil {
        #expect(count <= Text.inlineBytesMax)
      } else {
        #expect(count > Text.inlineBytesMax)
      }
    }
  }

  @Test func `finds control characters at each position and takes none for one`() {
    for count in 1...48 {
      for position in 0..<count {
        for byte: UInt8 in [0, 1, 0x0A, 0x1F, 0x7F, 0x20, 0x21, 0x7E] {
          var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: count)
          bytes[position] = byte
          let text = Text(String(decoding: bytes, as: UTF8.self))
          #expect(
            text.hasControlCharacters == (byte < 0x20 || byte == 0x7F),
            "byte \(byte) at \(position) of \(count)")
        }
      }
    }
    for text in ["é", "日本語", "😀😀😀😀😀😀😀😀😀😀😀", "a\u{80}b", "ÿÿÿÿÿÿÿÿ"] {
      #expect(!Text(text).hasControlCharacters, "\(text)")
      #expect(Text(text + "\u{7F}").hasControlCharacters, "\(text)")
      #expect(Text(text).string == text)
    }
  }

  @Test func `bug: long texts of other bytes were equal where Unicode calls them equivalent`() {
    let padding = String(repeating: "p", count: 40)
    for prefix in ["", padding] {
      let composed = Text(prefix + "\u{E9}")
      let decomposed = Text(prefix + "e\u{301}")
      #expect(composed != decomposed)
      #expect(Set([composed, decomposed]).count == 2)
    }
  }

  @Test func `equal texts hash equally, and other seeds hash otherwise`() {
    for seed in TestSeed.all(3) {
      var random = SeededRandom(seed: seed)
      var hashes: [UInt64: Text] = [:]
      for _ in 0..<2000 {
        let count = random.below(70)
        let text = Text(
          String((0..<count).map { _ in Character(UnicodeScalar(UInt8(32 + random.below(90)))) }))
        let hash = text.hashValue(seed: seed)
        if let earlier = hashes[hash] {
          #expect(earlier == text, "seed \(seed)")
        }
        hashes[hash] = text
        #expect(text.hashValue(seed: seed) == Text(text.string).hashValue(seed: seed))
        #expect(text.hashValue(seed: seed ^ 1) != hash, "seed \(seed): \(text)")
      }
    }
  }

  @Test func `is ordered as its bytes are`() {
    for seed in TestSeed.all(3) {
      var random = SeededRandom(seed: seed)
      let texts = (0..<200).map { _ in
        Text(
          String(
            (0..<random.below(45)).map { _ in random.pick(["a", "b", "é", "z", "-"]) }.joined()))
      }
      let sorted = texts.sorted()
      for (left, right) in zip(sorted, sorted.dropFirst()) {
        #expect(!right.utf8Bytes.lexicographicallyPrecedes(left.utf8Bytes), "seed \(seed)")
      }
    }
  }
}
