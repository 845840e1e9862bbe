import Model
import Scheduling
import TestSupport
import Testing

/// What holds of every plan.
@Suite struct PlanPropertyTests {
  static let now = Instant(nanoseconds: 100_000_000_000)

  /// A cluster in use: a plan carried out, a while later, with more jobs.
  static func busy(_ seed: UInt64) throws -> Snapshot {
    var random = SeededRandom(seed: seed)
    let idle = RandomSnapshot.idle(&random, jobs: 12)
    let earlier = Instant(nanoseconds: 40_000_000_000)
    var snapshot = RandomSnapshot.apply(
      try Scheduling.plan(idle, at: earlier), to: idle, at: earlier)
    RandomSnapshot.end(&snapshot, at: now)
    RandomSnapshot.addJobs(&snapshot, &random, count: 10, from: 100)
    return snapshot
  }

  @Test(arguments: TestSeed.all(100))
  func `nodes and devices never hold more than they have`(seed: UInt64) throws {
    let snapshot = try Self.busy(seed)
    let next = RandomSnapshot.apply(
      try Scheduling.plan(snapshot, at: Self.now), to: snapshot, at: Self.now)
    for (number, node) in (snapshot.nodes ?? []).enumerated() {
      var used = Resources.zero
      var milli = node.devices.map { _ in 0 }
      for job in next.jobs {
        for place in job.run?.places ?? [] where place.node == number {
          let task = job.tasks[place.task]
          used = used + task.amounts
          for device in place.devices ?? .empty {
            if case .share(let part) = task.gpu {
              milli[device] += part
            } else {
              milli[device] += 1000
            }
          }
        }
      }
      #expect(used.fits(in: node.allocatable), "seed \(seed), node \(node.name)")
      #expect(milli.allSatisfy { $0 <= 1000 }, "seed \(seed), node \(node.name)")
    }
  }

  @Test(arguments: TestSeed.all(100))
  func `queues never hold more than they may, those that were promised room counted`(
    seed: UInt64
  ) throws {
    let snapshot = try Self.busy(seed)
    guard !snapshot.queues.isEmpty else { return }
    let plan = try Scheduling.plan(snapshot, at: Self.now)
    let next = RandomSnapshot.apply(plan, to: snapshot, at: Self.now)
    let preemptors = Set(plan.evictions.map(\.preemptor))
    var held = snapshot.queues.map { _ in snapshot.columns.map { _ in Int64(0) } }
    for job in next.jobs {
      let isIn = job.run.map { $0.stopping == nil } ?? preemptors.contains(job.name)
      guard isIn else { continue }
      let tasks =
        job.run.map { $0.places.map { job.tasks[$0.task] } }
        ?? Array(
          job.tasks.prefix(job.minimumTasks))
      for task in tasks {
        for (index, column) in snapshot.columns.enumerated() {
          held[job.queue][index] += column.amount(task)
        }
      }
    }
    for (column, _) in snapshot.columns.enumerated() {
      let sum = held.reduce(Int64(0)) { $0 + $1[column] }
      let owned = snapshot.queues.reduce(Int64(0)) { $0 + $1.nominal[column] }
      let cluster = (snapshot.nodes ?? []).reduce(Int64(0)) {
        $0 + snapshot.columns[column].amount($1)
      }
      #expect(sum <= (snapshot.sharesCluster ? max(owned, cluster) : owned), "seed \(seed)")
      for (queue, settings) in snapshot.queues.enumerated() {
        guard let limit = settings.borrowingLimit[column] else { continue }
        #expect(held[queue][column] <= settings.nominal[column] + limit, "seed \(seed)")
      }
    }
  }

  @Test(arguments: TestSeed.all(100))
  func `every pending job either starts or waits, once, and stands in the order once`(
    seed: UInt64
  ) throws {
    let snapshot = try Self.busy(seed)
    let plan = try Scheduling.plan(snapshot, at: Self.now)
    let pending = snapshot.jobs.filter { $0.run == nil }.map(\.name).sorted()
    #expect((Set(plan.starts.map(\.job)) + plan.waiting.map(\.job)).sorted() == pending)
    #expect(plan.order.sorted() == pending)
    let running = Set(snapshot.jobs.filter { $0.run != nil }.map(\.name))
    #expect(plan.evictions.allSatisfy { running.contains($0.job) })
    #expect(Set(plan.evictions.map(\.job)).count == plan.evictions.count)
    for wait in plan.waiting { #expect(!wait.reasons.isEmpty, "seed \(seed): \(wait.job)") }
  }

  @Test(arguments: TestSeed.all(100))
  func `a plan does not depend on the order of the jobs`(seed: UInt64) throws {
    var snapshot = try Self.busy(seed)
    let plan = try Scheduling.plan(snapshot, at: Self.now)
    var random = SeededRandom(seed: seed).child("order")
    snapshot.jobs.shuffle(using: &random)
    #expect(try Scheduling.plan(snapshot, at: Self.now) == plan, "seed \(seed)")
  }

  @Test(arguments: TestSeed.all(100))
  func `once a plan is carried out there is nothing more to start`(seed: UInt64) throws {
    let snapshot = try Self.busy(seed)
    let plan = try Scheduling.plan(snapshot, at: Self.now)
    // Who stops lets others be planned anew.
    guard plan.evictions.isEmpty, !snapshot.jobs.contains(where: { $0.run?.stopping != nil })
    else { return }
    let next = RandomSnapshot.apply(plan, to: snapshot, at: Self.now)
    let again = try Scheduling.plan(next, at: Self.now)
    #expect(again.starts.map(\.job) == [], "seed \(seed)")
  }

  @Test(arguments: TestSeed.all(60))
  func `a promised start is kept, however urgent those are who come in between`(
    seed: UInt64
  ) throws {
    var snapshot = try Self.busy(seed)
    var random = SeededRandom(seed: seed).child("arrivals")
    snapshot.policy.order = .priority
    snapshot.policy.isPreemptionEnabled = false
    snapshot.policy.placement = .bestFit
    snapshot.policy.backfill.depth = .first(1)
    Self.makeSimple(&snapshot)
    var plan = try Scheduling.plan(snapshot, at: Self.now)
    guard let promise = plan.reservations.first else { return }
    var now = Self.now
    for arrival in 0..<6 where now < promise.start {
      snapshot = RandomSnapshot.apply(plan, to: snapshot, at: now)
      snapshot.promises = [StartPromise(job: promise.job, start: promise.start)]
      now = min(promise.start, now + .seconds(random.within(1...60)))
      RandomSnapshot.end(&snapshot, at: now)
      RandomSnapshot.addJobs(&snapshot, &random, count: 3, from: 200 + 3 * arrival)
      for index in snapshot.jobs.indices.suffix(3) { snapshot.jobs[index].priority = 1000 }
      Self.makeSimple(&snapshot)
      plan = try Scheduling.plan(snapshot, at: now)
      if plan.starts.contains(where: { $0.job == promise.job }) { return }
      let kept = plan.reservations.first { $0.job == promise.job }
      try #require(kept != nil, "seed \(seed), arrival \(arrival)")
      #expect(
        kept.map { $0.start <= promise.start } == true, "seed \(seed), arrival \(arrival)")
    }
  }

  /// One task for each job that waits, and nothing that ties jobs together: whether several tasks find places together hangs
  /// on which of equal nodes others took.
  private static func makeSimple(_ snapshot: inout Snapshot) {
    for index in snapshot.jobs.indices where snapshot.jobs[index].run == nil {
      snapshot.jobs[index].dependencies = []
      snapshot.jobs[index].gang = nil
      snapshot.jobs[index].tasks = [snapshot.jobs[index].tasks[0]]
      snapshot.jobs[index].minimumTasks = 1
    }
  }

  @Test func `a start that cannot be kept is later with a reason`() throws {
    var snapshot = Snapshot(nodes: [
      Node(name: "n", capacity: Resources(cpuMilli: 1000, memoryMB: 1024))
    ])
    let task = TaskRequest(amounts: Resources(cpuMilli: 1000))
    snapshot.jobs = [
      SnapshotJob(
        name: "runs", tasks: [task], timeLimit: .seconds(50),
        run: SnapshotRun(admitted: Self.now, places: [SnapshotPlace(task: 0, node: 0)])),
      SnapshotJob(name: "waits", tasks: [task]),
    ]
    snapshot.promises = [StartPromise(job: "waits", start: Self.now + .seconds(20))]
    let plan = try Scheduling.plan(snapshot, at: Self.now)
    #expect(plan.reservations.map(\.start) == [Self.now + .seconds(50)])
    #expect(
      plan.waiting[0].reasons.contains { $0.hasPrefix("it was promised a start 30 s earlier") })
  }

  @Test func `jobs behind those that a pass looks at wait`() throws {
    var snapshot = Snapshot(nodes: [
      Node(name: "n", capacity: Resources(cpuMilli: 4000, memoryMB: 1024))
    ])
    snapshot.jobs = ["a", "b", "c"].map {
      SnapshotJob(name: $0, tasks: [TaskRequest(amounts: Resources(cpuMilli: 1000))])
    }
    snapshot.policy.candidatesPerPass = 2
    let plan = try Scheduling.plan(snapshot, at: Self.now)
    #expect(plan.starts.map(\.job) == ["a", "b"])
    #expect(plan.waiting.map(\.job) == ["c"])
  }

  @Test(arguments: TestSeed.all(40))
  func `the first that waits starts when it was told, whoever is let past it`(
    seed: UInt64
  ) throws {
    var snapshot = try Self.busy(seed)
    snapshot.policy.order = .fifo
    snapshot.policy.secondary = nil
    snapshot.policy.isPreemptionEnabled = false
    snapshot.policy.placement = .bestFit
    if snapshot.policy.backfill.depth == .none { snapshot.policy.backfill.depth = .first(1) }
    Self.makeSimple(&snapshot)
    var plan = try Scheduling.plan(snapshot, at: Self.now)
    guard let head = plan.waiting.first(where: { $0.expectedStart != nil }),
      let told = head.expectedStart
    else { return }
    var now = Self.now
    while now < told {
      snapshot = RandomSnapshot.apply(plan, to: snapshot, at: now)
      let ends = snapshot.jobs.compactMap { job in
        job.run.map { $0.stopping?.by ?? $0.admitted + (job.timeLimit ?? .seconds(3600)) }
      }
      guard let next = ends.filter({ $0 > now }).min() else { break }
      now = min(next, told)
      RandomSnapshot.end(&snapshot, at: now)
      plan = try Scheduling.plan(snapshot, at: now)
      if plan.starts.contains(where: { $0.job == head.job }) { return }
    }
    Issue.record("seed \(seed): \(head.job) was told \(told.nanoseconds), and had not started")
  }
}
