/// How one user fared.
public struct UserFigures: Hashable, Sendable {
  /// The user's number in the log; -1 for all whose user is unknown.
  public let user: Int
  public let metrics: ClusterMetrics
}

/// How evenly users fared.
public struct FairnessFigures: Hashable, Sendable {
  /// In the order of the users' numbers.
  public let users: [UserFigures]

  /// Jain's index of the users' mean bounded slowdowns: 1 where all are equal, 1 / users where one
  /// has it all.
  ///
  /// Source: Jain, Chiu and Hawe, "A quantitative measure of fairness and discrimination", DEC
  /// TR-301, 1984.
  public var slowdownIndex: Double { Self.index(users.map(\.metrics.averageBoundedSlowdown)) }

  /// Jain's index of the users' mean waits; 1 where nobody waited.
  public var waitIndex: Double { Self.index(users.map(\.metrics.averageWaitSeconds)) }

  static func index(_ values: [Double]) -> Double {
    let sum = values.reduce(0, +)
    let squares = values.reduce(0) { $0 + $1 * $1 }
    guard squares > 0 else { return 1 }
    return sum * sum / (Double(values.count) * squares)
  }
}
