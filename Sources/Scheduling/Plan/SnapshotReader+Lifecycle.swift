import Model

extension SnapshotReader {
  mutating func readRetry(_ field: JSONField) throws(FieldProblem) {
    let members = try field.members([
      "initial_seconds", "multiplier", "max_seconds", "jitter_percent", "max_attempts",
    ])
    var retry = RetryBackoff.standard
    if let field = try members.find("initial_seconds") { retry.initial = try field.span() }
    if let field = try members.find("multiplier") {
      retry.multiplierMilli = try field.decimal(places: 3, max: 1_000_000)
      guard retry.multiplierMilli >= 1000 else { throw field.expected("a factor of at least 1") }
    }
    if let field = try members.find("max_seconds") { retry.ceiling = try field.span() }
    if let field = try members.find("jitter_percent") {
      retry.jitterPercent = try field.integer(0...100)
    }
    if let field = try members.find("max_attempts") {
      retry.attempts = try field.integer(1...Int(Int32.max))
    }
    snapshot.policy.retry = retry
  }

  /// How often it failed and when it did last, and how long it ran before.
  func readPast(_ members: FieldMembers, of job: inout SnapshotJob) throws(FieldProblem) {
    if let field = try members.find("ran_seconds") { job.ran = try field.span(allowsZero: true) }
    let failedAt = try members.find("failed_at")
    guard let field = try members.find("failures") else {
      if let failedAt { throw failedAt.problem("`failures` is missing: how often did it fail?") }
      return
    }
    let count = try field.integer(0...Int(Int32.max))
    guard count > 0 else { return }
    guard let failedAt else {
      throw field.problem("`failed_at` is missing: when did it fail last?")
    }
    job.failure = SnapshotJob.Failure(count: count, at: try failedAt.instant())
  }
}
