/// A job's number: given in the order of submission, unique inside one snapshot or one simulation.
///
/// The last tie-break of every order, so that no result depends on how a table is laid out.
public struct JobNumber: Hashable, Comparable, Sendable {
  /// At least 0.
  public let value: Int

  public init(_ value: Int) {
    precondition(value >= 0, "a job's number is at least 0")
    self.value = value
  }

  public static func < (left: JobNumber, right: JobNumber) -> Bool { left.value < right.value }
}
