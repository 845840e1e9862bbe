/// Mixing of 64-bit words, for hash tables and the seeded generators.
package enum Mixing {
  /// Multiplies to 128 bits and folds the halves together.
  ///
  /// Source: the "mum" step of the wyhash family of hash functions.
  @inlinable
  package static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }

  /// Spreads every bit of the input over the whole output; a bijection.
  ///
  /// Source: the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
  /// generators", OOPSLA 2014, doi:10.1145/2660193.2660195).
  @inlinable
  package static func spread(_ word: UInt64) -> UInt64 {
    var word = word
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
