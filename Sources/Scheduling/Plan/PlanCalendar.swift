import Model

/// What is known of a snapshot's time to come: bookings, maintenance, active hours.
struct PlanCalendar {
  let outcomes: [BookingOutcome]
  private let held: HeldSpans
  private let snapshot: Snapshot
  private let now: Instant
  /// By node: the jobs that run there.
  private let jobsOfNode: [Int: [Int]]

  /// Bookings and maintenance that are over count for nothing.
  init(_ snapshot: Snapshot, at now: Instant) throws(SnapshotError) {
    self.snapshot = snapshot
    self.now = now
    let maintenance = snapshot.maintenance.filter { $0.end > now }
    var jobsOfNode: [Int: [Int]] = [:]
    for (index, job) in snapshot.jobs.enumerated() where !snapshot.bookings.isEmpty {
      for node in Set(job.run?.places.map(\.node) ?? []) {
        jobsOfNode[node, default: []].append(index)
      }
    }
    self.jobsOfNode = jobsOfNode
    var desk = BookingDesk(
      snapshot.nodes ?? [], closed: snapshot.reservations + snapshot.maintenance)
    outcomes = desk.decide(snapshot.bookings.filter { $0.end > now }) { booking, node in
      Self.inTheWay(of: booking, jobsOfNode[node] ?? [], snapshot).count
    }
    guard let held = HeldSpans(outcomes, maintenance: maintenance) else {
      throw SnapshotError(
        "more than \(NodeHold.groupsMax) different groups of owners", path: "bookings")
    }
    self.held = held
  }

  /// Times that are not over in which nodes are held.
  var spans: [HeldSpan] { held.spans.filter { $0.end > now } }

  /// The holds that a job passes.
  func passes(of job: SnapshotJob) -> UInt64 {
    guard !held.spans.isEmpty else { return 0 }
    return held.passes(
      user: job.user.map { snapshot.shareNodes[$0].name }, project: job.project,
      mayBeCutOff: job.mayBeCutOff)
  }

  /// Those of some running jobs that are others' and expected to go on in a booking's time.
  private static func inTheWay(
    of booking: NodeBooking, _ jobs: [Int], _ snapshot: Snapshot
  ) -> [Int] {
    jobs.filter { index in
      let job = snapshot.jobs[index]
      guard let run = job.run else { return false }
      let user = job.user.map { snapshot.shareNodes[$0].name }
      return (run.stopping?.by ?? run.admitted + snapshot.policy.estimate(of: job)) > booking.start
        && !booking.owners.include(user: user, project: job.project)
    }
  }

  /// What became of the bookings, for the plan.
  func report(_ nodes: [Node]) -> [Plan.Booking] {
    outcomes.map { outcome in
      Plan.Booking(
        name: outcome.booking.name, nodes: outcome.nodes.map { nodes[$0].name },
        start: outcome.booking.start, end: outcome.booking.end, refusal: outcome.refusal,
        inTheWay: Self.inTheWay(
          of: outcome.booking, Set(outcome.nodes.flatMap { jobsOfNode[$0] ?? [] }).sorted(),
          snapshot
        ).map { snapshot.jobs[$0].name }.sorted())
    }
  }

  /// When a job may start, as far as it is known; distant where its hours are never long enough.
  func earliestStart(of job: SnapshotJob) -> Instant {
    var earliest = max(now, job.notBefore ?? now)
    if let retry = snapshot.retry(of: job) { earliest = max(earliest, retry) }
    guard let hours = Self.hours(of: job, snapshot) else { return earliest }
    return hours.earliestStart(of: Self.hoursNeeded(by: job, snapshot), from: earliest)
      ?? .distantFuture
  }

  /// How long a job must have of its hours: to its limit, or a moment where they may cut it off.
  static func hoursNeeded(by job: SnapshotJob, _ snapshot: Snapshot) -> TimeSpan {
    job.mayBeCutOff ? .nanoseconds(1) : snapshot.policy.estimate(of: job)
  }

  /// When a job may run: its own hours and those of its queue; nil = at any time.
  static func hours(of job: SnapshotJob, _ snapshot: Snapshot) -> ActiveHours? {
    let queue =
      snapshot.queueHours.indices.contains(job.queue) ? snapshot.queueHours[job.queue] : nil
    guard let own = job.activeHours else { return queue }
    return queue.map { own.intersection($0) } ?? own
  }
}
