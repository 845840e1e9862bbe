/// Divides a quantity by weight, with no one getting more than it needs.
package enum WaterFilling {
  /// The largest weight of a claim, so that products of it stay within 128 bits for a million
  /// claims.
  package static let weightLimit: Int64 = 1 << 43

  /// One that takes part.
  package struct Claim: Hashable, Sendable {
    /// The most that it takes, at least 0.
    package var need: Int64
    /// In 0…``weightLimit``; with 0 it gets nothing.
    package var weight: Int64

    package init(need: Int64, weight: Int64) {
      precondition(need >= 0, "a need is at least 0")
      precondition(weight >= 0 && weight <= weightLimit, "a weight is within its limit")
      self.need = need
      self.weight = weight
    }
  }

  /// The parts, by claim, in the order of the claims, which is the order of age: the older first.
  ///
  /// There is one level λ at which the needs and the amounts λ·weight, whichever are smaller, use
  /// up the whole. Who needs no more than λ·weight gets its need exactly. The others get λ·weight
  /// rounded down to whole units; the units that this leaves go one by one to the largest fraction,
  /// then to the older. What remains below one unit goes where the next unit would have gone.
  /// Nothing is left over while someone with a weight needs more. Exact: integers of 128 bits.
  ///
  /// O(n²) for n claims.
  ///
  /// - Parameters:
  ///   - amount: what there is, at least 0.
  ///   - unit: above 0.
  package static func divide(_ amount: Int64, among claims: [Claim], unit: Int64) -> [Int64] {
    precondition(amount >= 0, "what is divided is at least 0")
    precondition(unit > 0, "a unit is above 0")
    var parts = Array(repeating: Int64(0), count: claims.count)
    var open = claims.indices.filter { claims[$0].weight > 0 && claims[$0].need > 0 }
    var rest = Int128(amount)
    var weights = open.reduce(Int128(0)) { $0 + Int128(claims[$1].weight) }
    // Serve whoever needs no more than its part of the rest: each time the level only rises for the
    // others.
    while true {
      let level = (rest: rest, weights: weights)
      let satisfied = open.filter {
        Int128(claims[$0].need) * level.weights <= level.rest * Int128(claims[$0].weight)
      }
      if satisfied.isEmpty { break }
      for index in satisfied {
        parts[index] = claims[index].need
        rest -= Int128(claims[index].need)
        weights -= Int128(claims[index].weight)
      }
      open.removeAll { parts[$0] == claims[$0].need }
    }
    guard !open.isEmpty else { return parts }
    let total = rest
    var fractions = Array(repeating: Int128(0), count: claims.count)
    for index in open {
      let step = weights * Int128(unit)
      let (units, fraction) = (total * Int128(claims[index].weight))
        .quotientAndRemainder(dividingBy: step)
      parts[index] = Int64(units) * unit
      fractions[index] = fraction
      rest -= units * Int128(unit)
    }
    open.sort { (-fractions[$0], $0) < (-fractions[$1], $1) }
    while rest > 0 {
      for index in open where rest > 0 {
        let part = min(Int128(unit), rest, Int128(claims[index].need - parts[index]))
        parts[index] += Int64(part)
        rest -= part
      }
    }
    return parts
  }
}
