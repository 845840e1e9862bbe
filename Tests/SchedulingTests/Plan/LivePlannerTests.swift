import Model
import TestSupport
import Testing

@testable import Scheduling

/// A planner that lives beside plans from the beginning.
@Suite struct LivePlannerTests {
  /// Facts, and changes to them that are drawn one by one.
  private struct Story {
    var random: SeededRandom
    var planner: LivePlanner
    var now: Instant
    var nextJob = 1000
    var told: [String] = []

    init(seed: UInt64) throws {
      random = SeededRandom(seed: seed)
      var snapshot = RandomSnapshot.idle(&random, jobs: 12)
      if random.chance(80) { Self.makeCarried(&snapshot, &random) }
      now = Instant(nanoseconds: 40_000_000_000)
      if random.chance(20) { Self.addCalendar(&snapshot, &random, at: now) }
      planner = try LivePlanner(snapshot, at: now)
    }

    /// Rules and jobs that are carried from pass to pass.
    static func makeCarried(_ snapshot: inout Snapshot, _ random: inout SeededRandom) {
      snapshot.policy.placement = random.pick([.bestFit, .pack, .spread, .gpuPacking])
      snapshot.policy.order = random.pick([
        .fifo, .priority, .fairShare, .shortest, .deadline, .wfp3,
      ])
      if random.chance(20) { snapshot.policy.candidatesPerPass = random.below(6) }
      snapshot.policy.isGangEnabled = random.chance(20)
      for index in snapshot.queues.indices {
        snapshot.queues[index].within = .never
        snapshot.queues[index].reclaim = .never
      }
      for index in snapshot.jobs.indices {
        snapshot.jobs[index].dependencies = []
        snapshot.jobs[index].gang = nil
      }
    }

    /// Facts that hang on the time.
    static func addCalendar(
      _ snapshot: inout Snapshot, _ random: inout SeededRandom, at now: Instant
    ) {
      let nodes = snapshot.nodes?.count ?? 0
      let starts = (0..<3).map { _ in now + .seconds(random.within(-3...9) * 10) }
      if random.chance(50) {
        snapshot.maintenance = [
          NodeReservation(
            name: "m", nodes: [random.below(nodes)], start: starts[0],
            end: starts[0] + .seconds(random.within(1...9) * 10))
        ]
      }
      if random.chance(50) {
        snapshot.bookings = [
          NodeBooking(
            name: "b", owners: BookingOwners(users: ["x"]), wish: .count(1 + random.below(nodes)),
            start: starts[1], end: starts[1] + .seconds(random.within(1...9) * 10))
        ]
      }
      if random.chance(50), !snapshot.queues.isEmpty {
        let hours = ActiveHours([.init(startSecond: 0, endSecond: 30 + random.below(90))])
        snapshot.queueHours = snapshot.queues.map { _ in random.chance(50) ? hours : nil }
      }
      for index in snapshot.jobs.indices where random.chance(20) {
        snapshot.jobs[index].failure = .init(count: 1 + random.below(3), at: starts[2])
      }
    }

    var pending: [SnapshotJob] {
      planner.jobs.values.filter { $0.run == nil }.sorted { $0.name < $1.name }
    }

    var running: [SnapshotJob] {
      planner.jobs.values.filter { $0.run != nil }.sorted { $0.name < $1.name }
    }

    private mutating func tell(_ change: LiveChange) throws {
      told.append("\(change)")
      try planner.apply(change)
    }

    mutating func change() throws {
      switch random.below(8) {
      case 0, 1, 2: try submit()
      case 3, 4:
        guard let job = running.randomElement(using: &random) else { return }
        try tell(.ended(job: job.name, random.pick(FinishedState.allCases)))
      case 5:
        guard let job = pending.randomElement(using: &random) else { return }
        try tell(.ended(job: job.name, .cancelled))
      case 6:
        guard !planner.facts.shareNodes.isEmpty else { return }
        try tell(
          .usage(
            user: random.below(planner.facts.shareNodes.count), Double(random.below(9))))
      default:
        guard random.chance(30), let nodes = planner.facts.nodes else { return }
        try tell(.node(random.below(nodes.count), random.pick([.ready, .draining, .ready])))
      }
    }

    private mutating func submit() throws {
      var draft = Snapshot(nodes: nil, queues: planner.facts.queues)
      RandomSnapshot.addJobs(&draft, &random, count: 1, from: nextJob)
      nextJob += 1
      var job = draft.jobs[0]
      if random.chance(85) {
        job.created = now
        job.gang = nil
        job.dependencies = []
      }
      if random.chance(10) { job.notBefore = now + .seconds(random.within(-2...5) * 10) }
      if random.chance(5) { job.failure = .init(count: 1, at: now) }
      if random.chance(10) { job.hold = "held" }
      try tell(.submitted(job))
    }

    /// What a plan tells is done, but for some of it.
    mutating func carryOut(_ plan: LivePlan) throws {
      let starts = Dictionary(grouping: plan.decisions.starts, by: \.job)
      for (name, tasks) in starts.sorted(by: { $0.key < $1.key }) where random.chance(90) {
        let places = tasks.compactMap { start -> SnapshotPlace? in
          guard let node = planner.facts.nodes?.firstIndex(where: { $0.name == start.node })
          else { return nil }
          return SnapshotPlace(
            task: start.task, node: node,
            devices: start.gpu == .none ? nil : start.gpu.deviceSet)
        }
        try tell(.started(job: name, SnapshotRun(admitted: now, places: places)))
      }
      if random.chance(50) {
        try tell(
          .promised(plan.decisions.reservations.map { StartPromise(job: $0.job, start: $0.start) }))
      }
      for eviction in plan.decisions.evictions {
        try tell(
          .stopping(job: eviction.job, .init(for: eviction.preemptor, by: eviction.deadline)))
      }
    }
  }

  @Test(arguments: TestSeed.all(150))
  func `a planner that lives decides like a plan from the beginning`(seed: UInt64) throws {
    var story = try Story(seed: seed)
    for pass in 0..<25 {
      for _ in 0..<story.random.below(5) { try story.change() }
      let plan = try story.planner.pass(at: story.now)
      let fresh = try Scheduling.plan(story.planner.snapshot, at: story.now)
      try #require(
        plan.decisions == fresh.decisions,
        """
        seed \(seed), pass \(pass), carried: \(story.planner.isCarried)
        \(story.told.suffix(12).joined(separator: "\n"))
        """)
      if let waiting = fresh.waiting.randomElement(using: &story.random) {
        let told = try story.planner.explain(waiting.job, at: story.now)
        #expect(told?.remedies == waiting.remedies, "seed \(seed), pass \(pass), \(waiting.job)")
        let reasons = waiting.reasons.filter { !$0.hasPrefix("it would not fit after all") }
        #expect(
          told?.reasons.filter { !$0.hasPrefix("it would not fit after all") } == reasons,
          "seed \(seed), pass \(pass), \(waiting.job)")
      }
      try story.carryOut(plan)
      story.now = story.now + .seconds(story.random.within(0...4) * 5)
    }
  }

  @Test func `most of the random changes are carried from pass to pass`() throws {
    var carried = 0
    for seed in 1...UInt64(40) {
      var story = try Story(seed: seed)
      for _ in 0..<10 {
        try story.change()
        if story.planner.isCarried { carried += 1 }
        try story.carryOut(try story.planner.pass(at: story.now))
      }
    }
    #expect(carried > 100)
  }

  @Test func `a change that contradicts the facts changes nothing`() throws {
    var story = try Story(seed: 1)
    let before = try story.planner.pass(at: story.now)
    #expect(throws: SnapshotError.self) {
      try story.planner.apply(.ended(job: "nobody", .completed))
    }
    #expect(throws: SnapshotError.self) { try story.planner.apply(.node(99, .ready)) }
    if let job = story.pending.first {
      #expect(throws: SnapshotError.self) { try story.planner.apply(.submitted(job)) }
    }
    #expect(try story.planner.pass(at: story.now) == before)
  }
}
