/// Why a text is not a workload: where, and what was expected there.
public struct WorkloadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// From 1.
  public let line: Int
  /// From 1, in bytes.
  public let column: Int
  public let message: String

  public var description: String { "line \(line), column \(column): \(message)" }
}
