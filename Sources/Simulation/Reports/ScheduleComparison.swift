package import Model

/// What a policy does to each job, against another one on the same workload.
package struct ScheduleComparison: Sendable {
  /// A job whose wait differs.
  package struct Change: Hashable, Sendable {
    package let job: Int
    package let baseWaitSeconds: Double
    package let waitSeconds: Double
  }

  /// Where the two schedules part.
  package struct FirstDifference: Hashable, Sendable {
    package let atSeconds: Double
    /// The job that one of them started then and the other did not.
    package let job: Int
    package let startedBy: String
    /// One sentence: why the other did not start it.
    package let reason: String
  }

  package let base: String
  package let policy: String
  package let shorter: Int
  package let longer: Int
  package let same: Int
  /// By how much all waits together are shorter and longer.
  package let savedSeconds: Double
  package let lostSeconds: Double
  /// The largest differences, at most ``changesNamed``, the largest first; ties by the job's number.
  package let changes: [Change]
  /// Nil where both are the same.
  package let firstDifference: FirstDifference?

  package static let changesNamed = 10

  /// Compares two results that kept their schedules. O(n log n).
  package init(_ base: ClusterReport.Entry, _ other: ClusterReport.Entry) {
    self.base = base.policy
    policy = other.policy
    let baseRuns = Self.lastRuns(base.result.schedule)
    let runs = Self.lastRuns(other.result.schedule)
    var shorter = 0
    var longer = 0
    var saved = 0.0
    var lost = 0.0
    var changes: [Change] = []
    for (job, run) in runs {
      guard let before = baseRuns[job] else { continue }
      let change = Change(
        job: job, baseWaitSeconds: before.startSeconds - before.submitSeconds,
        waitSeconds: run.startSeconds - run.submitSeconds)
      let difference = change.waitSeconds - change.baseWaitSeconds
      if difference < 0 {
        shorter += 1
        saved -= difference
      } else if difference > 0 {
        longer += 1
        lost += difference
      }
      if difference != 0 { changes.append(change) }
    }
    self.shorter = shorter
    self.longer = longer
    same = runs.count - shorter - longer
    savedSeconds = saved
    lostSeconds = lost
    changes.sort { Self.comesFirst($0, $1) }
    self.changes = Array(changes.prefix(Self.changesNamed))
    firstDifference = Self.firstDifference(base, other)
  }

  private static func comesFirst(_ left: Change, _ right: Change) -> Bool {
    let (one, two) = (
      (left.waitSeconds - left.baseWaitSeconds).magnitude,
      (right.waitSeconds - right.baseWaitSeconds).magnitude
    )
    return one != two ? one > two : left.job < right.job
  }

  private static func lastRuns(_ schedule: [ScheduleRecord]) -> [Int: ScheduleRecord] {
    var runs: [Int: ScheduleRecord] = [:]
    for record in schedule where record.end > runs[record.job]?.end ?? Instant(nanoseconds: .min) {
      runs[record.job] = record
    }
    return runs
  }

  // MARK: The first difference

  private static func order(_ schedule: [ScheduleRecord]) -> [ScheduleRecord] {
    schedule.sorted { ($0.start, $0.job) < ($1.start, $1.job) }
  }

  private static func firstDifference(
    _ base: ClusterReport.Entry, _ other: ClusterReport.Entry
  ) -> FirstDifference? {
    let one = order(base.result.schedule)
    let two = order(other.result.schedule)
    var place = 0
    while place < one.count, place < two.count, one[place].job == two[place].job,
      one[place].start == two[place].start
    {
      place += 1
    }
    guard place < one.count || place < two.count else { return nil }
    let first = place < one.count ? one[place] : nil
    let second = place < two.count ? two[place] : nil
    let isBase =
      second.map { second in
        first.map { ($0.start, $0.job) < (second.start, second.job) } ?? false
      } ?? true
    guard let started = isBase ? first : second else { return nil }
    let (by, not, runs) =
      isBase ? (base.policy, other.policy, two) : (other.policy, base.policy, one)
    let processors = base.result.metrics.processors
    let busy = runs.reduce(0) {
      $0 + ($1.start <= started.start && started.start < $1.end ? $1.processors : 0)
    }
    let free = processors - busy
    let had = "\(not) had \(free) of \(processors) processors free"
    let asks = "which asks for \(started.processors)"
    let reason =
      free < started.processors
      ? "\(had), too few for the job, \(asks)"
      : "\(had) and held the job, \(asks), behind those ahead of it"
    return FirstDifference(
      atSeconds: started.startSeconds, job: started.job, startedBy: by, reason: reason)
  }

  // MARK: Forms

  package var json: JSONValue {
    .object([
      .init("policy", .string(policy)), .init("shorter", .integer(shorter)),
      .init("longer", .integer(longer)), .init("same", .integer(same)),
      .init("saved_seconds", .number("\(savedSeconds)")),
      .init("lost_seconds", .number("\(lostSeconds)")),
      .init(
        "changes",
        .array(
          changes.map { change in
            .object([
              .init("job", .integer(change.job)),
              .init("base_wait_seconds", .number("\(change.baseWaitSeconds)")),
              .init("wait_seconds", .number("\(change.waitSeconds)")),
            ])
          })),
      .init(
        "first_difference",
        firstDifference.map { first in
          .object([
            .init("at_seconds", .number("\(first.atSeconds)")), .init("job", .integer(first.job)),
            .init("started_by", .string(first.startedBy)), .init("reason", .string(first.reason)),
          ])
        } ?? .null),
    ])
  }

  /// Lines for people.
  package var lines: [String] {
    var lines = [
      "\(policy) against \(base), waits of jobs: \(shorter) shorter (\(ReportText.span(savedSeconds)) in all), "
        + "\(longer) longer (\(ReportText.span(lostSeconds))), \(same) the same"
    ]
    guard let first = firstDifference else { return lines }
    lines.append(
      "  first difference at \(ReportText.span(first.atSeconds)): \(first.startedBy) started job "
        + "\(first.job); \(first.reason)")
    for change in changes {
      lines.append(
        "  job \(change.job): \(ReportText.span(change.baseWaitSeconds)) -> "
          + ReportText.span(change.waitSeconds))
    }
    return lines
  }
}
