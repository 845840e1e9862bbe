import Model
import Scheduling
import TestSupport
import Testing

@Suite struct BatchPlannerTests {
  typealias Planner = BatchPlanner<UniformMachine, JobOrder>

  static func instant(_ seconds: Int) -> Instant { .epoch + .seconds(Int64(seconds)) }

  static func facts(
    _ number: Int, submit: Int = 0, estimate: Int, processors: Int, priority: Int = 400
  ) -> JobFacts {
    JobFacts(
      number: JobNumber(number), submit: instant(submit), estimate: .seconds(Int64(estimate)),
      processors: processors, priority: priority)
  }

  /// A planner over ten processors, six of which run a job that is expected to end at 100.
  static func planner(_ depth: BackfillSettings.Depth, _ candidates: BackfillSettings.Candidates)
    -> Planner
  {
    var planner = Planner(
      machine: UniformMachine(freeProcessors: 10), order: .firstComeFirstServed,
      settings: BackfillSettings(depth: depth, candidates: candidates))
    _ = planner.adopt(
      facts(0, estimate: 100, processors: 6), 6, on: 6, expectedEnd: instant(100))
    return planner
  }

  /// Submits jobs of (processors, estimate), numbered from 1, and says which start at 0.
  static func starts(_ planner: Planner, _ jobs: [(Int, Int)]) -> [Int] {
    var planner = planner
    for (index, (processors, estimate)) in jobs.enumerated() {
      _ = planner.submit(
        facts(index + 1, estimate: estimate, processors: processors), processors, at: .epoch)
    }
    planner.pass(at: .epoch)
    return planner.started.map(\.number.value)
  }

  @Test func `without backfill the first job that does not fit stops the pass`() {
    let jobs = [(2, 10), (8, 10), (1, 1)]
    #expect(Self.starts(Self.planner(.none, .queueOrder), jobs) == [1])
  }

  @Test func `under EASY a job may end by the head's start, or use what the head leaves`() {
    // The head needs 8 at 100, which leaves 2; now 4 are free.
    let planner = Self.planner(.first(1), .queueOrder)
    #expect(Self.starts(planner, [(8, 10), (4, 100)]) == [2], "it ends when the head starts")
    #expect(Self.starts(planner, [(8, 10), (4, 101)]) == [], "it would delay the head")
    #expect(Self.starts(planner, [(8, 10), (2, 999)]) == [2], "the head leaves two")
    #expect(Self.starts(planner, [(8, 10), (1, 999), (1, 999), (1, 999)]) == [2, 3])
  }

  @Test func `under EASY only the first blocked job is protected, conservatively every one`() {
    let second = [(5, 50), (7, 50), (4, 120)]
    // The head takes five of ten from 100 to 150 and leaves five; job 2 needs seven from 150 on.
    // Job 3 would leave it six.
    #expect(Self.starts(Self.planner(.first(1), .queueOrder), second) == [3])
    #expect(Self.starts(Self.planner(.all, .queueOrder), [(5, 50), (7, 50), (4, 160)]) == [])
    #expect(Self.starts(Self.planner(.first(2), .queueOrder), [(5, 50), (7, 50), (4, 160)]) == [])
    #expect(Self.starts(Self.planner(.all, .queueOrder), second) == [3], "it ends before 150")
  }

  @Test func `candidates may be tried shortest first`() {
    let jobs = [(8, 10), (3, 90), (3, 20)]
    #expect(Self.starts(Self.planner(.first(1), .queueOrder), jobs) == [2])
    #expect(Self.starts(Self.planner(.first(1), .shortestFirst), jobs) == [3])
  }

  @Test func `a job that runs past its estimate is expected to end a second from now`() {
    var planner = Self.planner(.first(1), .queueOrder)
    let now = Self.instant(500)
    _ = planner.submit(Self.facts(1, submit: 500, estimate: 10, processors: 8), 8, at: now)
    _ = planner.submit(Self.facts(2, submit: 500, estimate: 2, processors: 4), 4, at: now)
    _ = planner.submit(Self.facts(3, submit: 500, estimate: 1, processors: 4), 4, at: now)
    planner.pass(at: now)
    #expect(planner.started.map(\.number.value) == [3])
  }

  @Test func `what never fits holds no reservation and is in nobody's way`() {
    let planner = Self.planner(.first(1), .queueOrder)
    #expect(Self.starts(planner, [(11, 10), (8, 10), (4, 101), (4, 100)]) == [4])
    #expect(Self.starts(Self.planner(.all, .queueOrder), [(11, 10), (8, 10), (4, 100)]) == [3])
  }

  @Test func `a processor that is out of service is reserved around like a job`() {
    var planner = Self.planner(.first(1), .queueOrder)
    #expect(planner.beginOutage(of: 5, expectedEnd: Self.instant(300)) == nil, "only 4 are free")
    guard let outage = planner.beginOutage(of: 2, expectedEnd: Self.instant(300)) else {
      Issue.record("two processors were free")
      return
    }
    _ = planner.submit(Self.facts(1, estimate: 10, processors: 10), 10, at: .epoch)
    _ = planner.submit(Self.facts(2, estimate: 200, processors: 2), 2, at: .epoch)
    planner.pass(at: .epoch)
    #expect(planner.started.map(\.number.value) == [2], "the head waits for the outage's end")
    planner.endOutage(outage)
    #expect(planner.machine.freeProcessors == 2)
  }

  @Test func `one job can be started ahead of all others, if it fits`() {
    var planner = Self.planner(.none, .queueOrder)
    let slots = [(8, 10), (5, 10), (4, 30)].enumerated().map { index, job in
      planner.submit(
        Self.facts(index + 1, estimate: job.1, processors: job.0), job.0, at: .epoch)
    }
    let starts = [slots[1], slots[2]].map { planner.start($0, at: .epoch) }
    #expect(starts == [false, true], "only 4 are free")
    #expect(planner.started.map(\.number.value) == [3])
    #expect(planner.placement(of: slots[2]) == 4)
    #expect(planner.expectedEnd(of: slots[2]) == Self.instant(30))
    #expect(planner.waiting.map(\.facts.number.value) == [1, 2])
    planner.end(slots[2], at: Self.instant(30))
    #expect(planner.machine.freeProcessors == 4)
  }

  @Test func `the outlook says when each job starts if all estimates are right`() {
    var planner = Self.planner(.first(1), .queueOrder)
    for (index, (processors, estimate)) in [(8, 50), (4, 100), (11, 1), (2, 200), (10, 1)]
      .enumerated()
    {
      let facts = Self.facts(index + 1, estimate: estimate, processors: processors)
      _ = planner.submit(facts, processors, at: .epoch)
    }
    let outlook = planner.outlook(at: .epoch)
    #expect(outlook.map(\.number.value) == [1, 2, 3, 4, 5])
    let expected: [Int?] = [100, 0, nil, 100, 300]
    #expect(outlook.map(\.start) == expected.map { $0.map(Self.instant) })
    #expect(planner.started.isEmpty && planner.waitingCount == 5)
  }

  static let orders: [JobOrder] = [
    .firstComeFirstServed, .shortestFirst, .wfp3, .earliestDeadline,
    .priority(.init(pointsPerHour: 100_000, ceiling: 1000)),
  ]
  static let depths: [BackfillSettings.Depth] = [.none, .first(1), .first(2), .all]

  /// A planner that is told of the same jobs only now.
  static func fresh(_ old: Planner, _ running: [(facts: JobFacts, end: Instant)], at now: Instant)
    -> Planner
  {
    var planner = Planner(
      machine: UniformMachine(freeProcessors: 16), order: old.order, settings: old.settings)
    for job in running {
      _ = planner.adopt(
        job.facts, job.facts.processors, on: job.facts.processors, expectedEnd: job.end)
    }
    for job in old.waiting { _ = planner.submit(job.facts, job.facts.processors, at: now) }
    return planner
  }

  @Test(arguments: TestSeed.all(40))
  func `a planner that carries its indexes decides as one that begins afresh`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var planner = Planner(
      machine: UniformMachine(freeProcessors: 16), order: random.pick(Self.orders),
      settings: BackfillSettings(
        depth: random.pick(Self.depths),
        candidates: random.chance(50) ? .queueOrder : .shortestFirst))
    var now = 0
    var running: [Int] = []
    for number in 0..<300 {
      now += random.below(3)
      for arrival in 0..<random.below(3) {
        let facts = Self.facts(
          number * 3 + arrival, submit: now, estimate: 1 + random.below(40),
          processors: 1 + random.below(12), priority: random.below(1000))
        _ = planner.submit(facts, facts.processors, at: Self.instant(now))
      }
      if random.chance(50), !running.isEmpty {
        planner.end(running.remove(at: random.below(running.count)), at: Self.instant(now))
      }
      if random.chance(10), let victim = planner.waiting.randomElement(using: &random) {
        planner.cancel(victim.slot)
      }
      let known = running.map { (planner.facts(of: $0), planner.expectedEnd(of: $0)) }
      var fresh = Self.fresh(planner, known, at: Self.instant(now))
      planner.pass(at: Self.instant(now))
      fresh.pass(at: Self.instant(now))
      #expect(
        planner.started.map(\.number) == fresh.started.map(\.number),
        "seed \(seed), second \(now), \(planner.order), \(planner.settings)")
      running += planner.started.map(\.slot)
    }
  }

  @Test(arguments: TestSeed.all(40))
  func `with exact estimates a conservative reservation is never moved back`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var planner = Planner(
      machine: UniformMachine(freeProcessors: 16), order: .firstComeFirstServed,
      settings: BackfillSettings(depth: .all))
    var promised: [JobNumber: Instant] = [:]
    var ends: [(second: Int, slot: Int)] = []
    for second in 0..<200 {
      for end in ends where end.second == second { planner.end(end.slot, at: Self.instant(second)) }
      ends.removeAll { $0.second == second }
      if random.chance(40) {
        let facts = Self.facts(
          second, submit: second, estimate: 1 + random.below(30), processors: 1 + random.below(16))
        _ = planner.submit(facts, facts.processors, at: Self.instant(second))
      }
      planner.pass(at: Self.instant(second))
      for start in planner.started {
        let estimate = Int(planner.facts(of: start.slot).estimate.seconds)
        ends.append((second + estimate, start.slot))
        #expect(Self.instant(second) <= promised[start.number] ?? .distantFuture)
      }
      for (number, start) in planner.outlook(at: Self.instant(second)) {
        guard let start else { continue }
        #expect(start <= promised[number] ?? .distantFuture, "seed \(seed), second \(second)")
        promised[number] = start
      }
    }
    #expect(promised.count > 20, "many jobs had to wait")
  }
}
