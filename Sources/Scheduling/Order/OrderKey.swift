/// A job's place in a queue: the lowest key is first.
///
/// Score, then submission, then number: a total order, whatever the scores are.
package struct OrderKey: Hashable, Comparable, Sendable {
  /// Lowest first; infinities are allowed, a value that is not a number is not.
  package let score: Double
  /// The submission, in nanoseconds.
  package let submitNanoseconds: Int64
  package let number: Int

  package init(score: Double, submitNanoseconds: Int64, number: Int) {
    precondition(!score.isNaN, "a score is a number, or there is no order")
    self.score = score
    self.submitNanoseconds = submitNanoseconds
    self.number = number
  }

  package static func < (left: OrderKey, right: OrderKey) -> Bool {
    if left.score != right.score { return left.score < right.score }
    if left.submitNanoseconds != right.submitNanoseconds {
      return left.submitNanoseconds < right.submitNanoseconds
    }
    return left.number < right.number
  }
}
