/// A weighted part of a capacity, compared exactly.
///
/// A share with weight 0 is larger than every share with a weight as soon as it is above 0; two
/// such compare by their parts alone. Shares are compared by cross-multiplication in 256 bits: no
/// rounding, so no ties that are none.
package struct DominantShare: Comparable, Hashable, Sendable {
  /// Of the capacity, at least 0.
  private let amount: UInt128
  /// The capacity times the weight where there is one, above 0.
  private let base: UInt128
  /// Above 0 with weight 0.
  package let isUnbounded: Bool

  package static let zero = DominantShare(amount: 0, base: 1, isUnbounded: false)

  private init(amount: UInt128, base: UInt128, isUnbounded: Bool) {
    self.amount = amount
    self.base = base
    self.isUnbounded = isUnbounded
  }

  /// The largest of the parts, divided by the weight.
  ///
  /// A resource of which there is none counts as wholly used by whoever uses some of it, and not at
  /// all otherwise.
  ///
  /// - Parameters:
  ///   - amounts: by resource, below 0 counts as 0.
  ///   - capacity: by resource, at least 0.
  ///   - weightMilli: 1000 is the ordinary weight; at least 0.
  package init(of amounts: [Int64], in capacity: [Int64], weightMilli: Int64) {
    precondition(amounts.count == capacity.count, "there is one amount for each capacity")
    precondition(weightMilli >= 0, "a weight is at least 0")
    var largest = Self.zero
    for (amount, whole) in zip(amounts, capacity) where amount > 0 {
      let part =
        whole > 0
        ? DominantShare(amount: UInt128(amount), base: UInt128(whole), isUnbounded: false)
        : DominantShare(amount: 1, base: 1, isUnbounded: false)
      largest = max(largest, part)
    }
    self = largest.weighted(weightMilli)
  }

  private func weighted(_ weightMilli: Int64) -> DominantShare {
    guard amount > 0 else { return .zero }
    guard weightMilli > 0 else {
      return DominantShare(amount: amount, base: base, isUnbounded: true)
    }
    return DominantShare(
      amount: amount * 1000, base: base * UInt128(weightMilli), isUnbounded: false)
  }

  /// For people and scores: the part in 0… , divided by the weight; infinite where ``isUnbounded``.
  package var value: Double { isUnbounded ? .infinity : Double(amount) / Double(base) }

  package static func == (left: DominantShare, right: DominantShare) -> Bool {
    left.isUnbounded == right.isUnbounded && left.crossed(right) == right.crossed(left)
  }

  package static func < (left: DominantShare, right: DominantShare) -> Bool {
    if left.isUnbounded != right.isUnbounded { return right.isUnbounded }
    return left.crossed(right) < right.crossed(left)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(value)
  }

  /// This amount times the other's base, so that two of them compare as the fractions do.
  private func crossed(_ other: DominantShare) -> (UInt128, UInt128) {
    let product = amount.multipliedFullWidth(by: other.base)
    return (product.high, product.low)
  }
}
