/// A seeded generator of 64-bit words: SplitMix64.
///
/// The same seed gives the same words on every machine. Each purpose takes a child of its own (``child(_:)``), so
/// that one more draw for one purpose shifts no other.
///
/// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
/// doi:10.1145/2660193.2660195.
package struct SeededRandom: RandomNumberGenerator, Hashable, Sendable {
  @usableFromInline
  package var state: UInt64

  package init(seed: UInt64) {
    state = seed
  }

  @inlinable
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Mixing.spread(state)
  }

  /// A generator for one purpose, named so that purposes do not collide by number.
  package func child(_ purpose: String) -> SeededRandom {
    var seed = Mixing.spread(state)
    for byte in purpose.utf8 {
      seed = Mixing.spread(seed ^ UInt64(byte))
    }
    return SeededRandom(seed: seed)
  }

  /// The `index`-th word of this generator, without moving it.
  package func word(at index: UInt64) -> UInt64 {
    Mixing.spread(state &+ 0x9E37_79B9_7F4A_7C15 &* (index &+ 1))
  }
}

extension SeededRandom {
  /// A number in 0..<bound, 0 if there is none; the slight bias of the remainder is accepted, as below.
  package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

  package mutating func within(_ range: ClosedRange<Int64>) -> Int64 {
    range.lowerBound + Int64(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }

  package mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  package mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[below(elements.count)]
  }
}

extension UInt64 {
  /// This random word as a number in 0..<1, with 53 random bits.
  package var asUnitInterval: Double {
    Double(self >> 11) * 0x1p-53
  }
}
