import Model

extension SnapshotReader {
  /// The number of moves, or an object.
  mutating func readMigration(_ field: JSONField) throws(FieldProblem) {
    var policy = MigrationPolicy()
    switch field.value {
    case .number: policy.limit = try field.integer(1...MigrationLimits.moves)
    case .null, .bool, .string, .array, .object:
      let members = try field.members(["limit", "for", "max_cost_seconds", "mb_per_second"])
      if let field = try members.find("limit") {
        policy.limit = try field.integer(1...MigrationLimits.moves)
      }
      if let field = try members.find("for") {
        let job = try field.string()
        policy.job = job
        jobReferences.append((job, field, mayBeFinished: false))
      }
      if let field = try members.find("max_cost_seconds") {
        policy.costMax = try field.span(allowsZero: true)
      }
      if let field = try members.find("mb_per_second") {
        copiedMBPerSecond = try field.integer(1...Resources.amountMax)
      }
    }
    snapshot.policy.migration = policy
  }

  /// True, false, or what a move costs, in seconds or in megabytes to be copied.
  func moveCost(_ field: JSONField) throws(FieldProblem) -> TimeSpan? {
    if case .bool(let isMovable) = field.value { return isMovable ? .zero : nil }
    let members = try field.members(["cost_seconds", "cost_mb"])
    let seconds = try members.find("cost_seconds")
    if let field = try members.find("cost_mb") {
      guard seconds == nil else { throw field.problem("`cost_seconds` says the same") }
      let megabytes = try field.integer(0...Resources.amountMax)
      let milliseconds = megabytes.multipliedSaturated(by: 1000)
      return .milliseconds(milliseconds / copiedMBPerSecond)
    }
    return try seconds?.span(allowsZero: true) ?? .zero
  }
}
