import Model
import Simulation
import TestSupport
import Testing

@Suite struct SpotRunTests {
  @Test func `spot defect 7: a preempted task does not end when it first would have`() throws {
    let market = SpotScenario.market(preemptedAt: [3])
    let tasks = [try SpotScenario.task(0, hours: 5)]
    let lost = try SpotScenario.run(
      GreedyPolicy(), tasks, market: market, settings: SpotSettings(graceSeconds: 0))
    // Three hours are lost; the second instance does all five.
    #expect(SpotScenario.spans(of: 0, lost) == [[0, 0, 3], [3, 3, 8]])
    #expect(lost.averageCompletionHours == 8 && lost.completedTasks == 1)
    #expect(lost.wastedHours == 3 && lost.usefulHours == 5 && lost.totalCost == 2.4)
    #expect(lost.costPerUsefulHour == 0.48)
  }

  @Test
  func `spot defect 6: a task goes on from what its grace period or its last checkpoint saved`()
    throws
  {
    let market = SpotScenario.market(preemptedAt: [3])
    let tasks = [try SpotScenario.task(0, hours: 5)]
    let kept = try SpotScenario.run(GreedyPolicy(), tasks, market: market)
    #expect(kept.averageCompletionHours == 5 && kept.wastedHours == 0)
    #expect(kept.checkpointsAttempted == 1 && kept.checkpointsSuccessful == 1)
    #expect(kept.timeSavedHours == 3)
    let settings = SpotSettings(checkpointHours: 2, graceSeconds: 0)
    let periodic = try SpotScenario.run(GreedyPolicy(), tasks, market: market, settings: settings)
    #expect(periodic.averageCompletionHours == 6 && periodic.wastedHours == 1)
    #expect(periodic.checkpointsAttempted == 0 && periodic.timeSavedHours == 0)
  }

  @Test
  func `spot defect 9: starts, saving and restoring take time, and instances end with their tasks`()
    throws
  {
    let market = SpotScenario.market(preemptedAt: [3])
    // 4500 MB at 10 Gbit/s are 3.6 s, a thousandth of an hour.
    let tasks = [try SpotScenario.task(0, hours: 5, megabytes: 4500)]
    let metrics = try SpotScenario.run(
      GreedyPolicy(), tasks, market: market, settings: SpotSettings(overheadHours: 0.25))
    // Computing from 0.25 to 2.999, then from 3.251 on for the rest.
    #expect(SpotScenario.spans(of: 0, metrics) == [[0, 0.25, 3], [3, 3.251, 5.502]])
    #expect(abs(metrics.wastedHours - 0.502) < 1e-9)
    let events = metrics.events.suffix(2)
    #expect(
      events.map(\.kind) == [.taskCompletion(task: 0), .instanceTermination(instance: 1)])
    #expect(metrics.record.ledger.entries.map(\.endHours) == [3, 5.502])
  }

  @Test func `spot defect 9: a bill follows the price as it moves`() throws {
    let hour = SpotScenario.hour
    let zone = ZoneMarket(
      name: "z", onDemandNanodollars: 1_000_000_000, stepNanoseconds: hour,
      spotNanodollars: [100_000_000, 200_000_000, 400_000_000], hazards: [0, 0, 0])
    let metrics = try SpotScenario.run(
      GreedyPolicy(), [try SpotScenario.task(0, at: 0.5, hours: 2)],
      market: SpotMarket(zones: [zone]))
    #expect(metrics.totalCost == 0.05 + 0.2 + 0.2)
  }

  @Test func `a task that ends within its notice just finishes`() throws {
    // At hour 3 it has 1 s left; saving takes 6.4 s of the 120.
    let tasks = [try SpotScenario.task(0, hours: 3 - 1.0 / 3600, megabytes: 8000)]
    let metrics = try SpotScenario.run(
      GreedyPolicy(), tasks, market: SpotScenario.market(preemptedAt: [3]))
    #expect(metrics.totalPreemptions == 0 && metrics.completedTasks == 1)
    // One that ends with the step in which it would be taken away is done.
    let exact = try SpotScenario.run(
      GreedyPolicy(), [try SpotScenario.task(0, hours: 3)],
      market: SpotScenario.market(preemptedAt: [3]))
    #expect(exact.totalPreemptions == 0 && exact.completedTasks == 1)
  }

  @Test func `spot defect 10: all tasks that lose their instances at once go on at once`() throws {
    let tasks = try (0..<20).map { try SpotScenario.task($0, hours: 5) }
    let metrics = try SpotScenario.run(
      OnDemandFallbackPolicy(threshold: 1), tasks, market: SpotScenario.market(preemptedAt: [3]))
    #expect(metrics.completedTasks == 20 && metrics.totalPreemptions == 20)
    #expect(metrics.spotInstancesLaunched == 20 && metrics.onDemandInstancesLaunched == 20)
    #expect(metrics.fallbackTasks == 20)
    #expect(metrics.record.spans.suffix(20).map(\.task) == Array(0..<20))
  }

  @Test func `spot defect 12: completion times begin with the arrival, waiting included`() throws {
    let availability = (0..<48).map { $0 >= 4 }
    let market = SpotMarket(zones: [SpotScenario.zone(availability: availability)])
    let tasks = [
      try SpotScenario.task(0, at: 1, hours: 2), try SpotScenario.task(1, at: 10, hours: 1),
    ]
    let metrics = try SpotScenario.run(GreedyPolicy(), tasks, market: market)
    #expect(SpotScenario.spans(of: 0, metrics) == [[4, 4, 6]])
    #expect(metrics.averageCompletionHours == 3)
    #expect(metrics.p50CompletionHours == 1 && metrics.p99CompletionHours == 5)
  }

  @Test func `spot defect 12: a percentile is the nearest rank`() {
    let values = (1...100).map(Int64.init)
    #expect(SpotMetrics.percentile(50, of: values) == 50)
    #expect(SpotMetrics.percentile(99, of: values) == 99)
    #expect(SpotMetrics.percentile(99, of: (1...101).map(Int64.init)) == 100)
    #expect(SpotMetrics.percentile(99, of: [7]) == 7 && SpotMetrics.percentile(50, of: []) == nil)
  }

  @Test func `spot defect 8: what is unfinished, preempted or idle is paid, once`() throws {
    let tasks = [
      try SpotScenario.task(0, hours: 100), try SpotScenario.task(1, at: 40, hours: 1),
    ]
    let settings = SpotSettings(idleHours: 2)
    let metrics = try SpotScenario.run(
      GreedyPolicy(), tasks, market: SpotScenario.market(preemptedAt: [3]), settings: settings)
    // Task 0 pays for 48 hours of two instances, task 1 for its hour and two idle ones.
    #expect(metrics.totalCost == 15.3 && metrics.completedTasks == 1)
    #expect(metrics.usefulHours == 49 && metrics.wastedHours == 2)
    #expect(metrics.record.ledger.entries.count == 3)
  }

  @Test func `spot defect 8: no policy saves more than the prices allow`() throws {
    let model = MarketModel(
      prices: .simple, preemptions: PreemptionModel(ratePerHour: 0.05))
    let comparison = try SpotExperiment(source: .model(model), repeats: 5)
      .run([GreedyPolicy(), OnDemandOnlyPolicy()])
    for run in comparison.repeats {
      let greedy = run.metrics[0]
      #expect(greedy.totalCost >= 0.3 * run.onDemandCost.dollars - 1e-9)
      #expect(greedy.totalPreemptions > 0)
    }
    #expect((comparison.savingsPercent(0)?.mean ?? 100) <= 70)
    #expect(comparison.savingsPercent(1)?.mean == 0)
  }

  /// Short tasks on-demand, others on spot instances until they lose one.
  struct ByLength: SpotPolicy {
    var name: String { "ByLength" }
    var reviewsEachStep: Bool { false }

    func choice(for view: SpotView) -> SpotChoice {
      view.workNanoseconds <= SpotScenario.hour || view.preemptions > 0
        ? .run(.onDemand, zone: 0) : .run(.spot, zone: 0)
    }
  }

  @Test func `spot defects 4 and 5: tasks move to the instances that cost least time in all`()
    throws
  {
    // The idle instances 0 and 1 have 1 and 10 Gbit/s. One after the other the tasks would take
    // 64 s and 0.8 s, matched they take 6.4 s and 8 s.
    let tasks = [
      try SpotScenario.task(0, hours: 1), try SpotScenario.task(1, hours: 1),
      try SpotScenario.task(2, hours: 5, megabytes: 8000),
      try SpotScenario.task(3, hours: 5, megabytes: 1000),
    ]
    let settings = SpotSettings(bandwidthsGigabits: [1, 10], idleHours: 40)
    let metrics = try SpotScenario.run(
      ByLength(), tasks, market: SpotScenario.market(preemptedAt: [3]), settings: settings)
    let moved = metrics.record.spans.filter { $0.startHours == 3 }
    #expect(moved.first { $0.task == 2 }?.instance == 1)
    #expect(moved.first { $0.task == 3 }?.instance == 0)
    let seconds = moved.sorted { $0.task < $1.task }.map {
      ($0.warmNanoseconds - $0.startNanoseconds) / 1_000_000
    }
    #expect(seconds == [6400, 8000])
    #expect(metrics.onDemandInstancesLaunched == 2 && metrics.completedTasks == 4)
  }

  @Test
  func
    `spot defect 11: tasks share an instance as far as its memory goes, and slow each other down`()
    throws
  {
    let tasks = try (0..<3).map { try SpotScenario.task($0, hours: 2, megabytes: 1024) }
    let settings = SpotSettings(memoryGigabytes: 2, tasksPerInstanceMax: 8, slowdown: 1)
    let metrics = try SpotScenario.run(
      OnDemandOnlyPolicy(), tasks, market: SpotScenario.market(), settings: settings)
    #expect(metrics.onDemandInstancesLaunched == 2)
    // Two on one instance at half the speed, the third alone.
    #expect(SpotScenario.spans(of: 0, metrics) == [[0, 0, 4]])
    #expect(SpotScenario.spans(of: 2, metrics) == [[0, 0, 2]])
    #expect(metrics.totalCost == 6)
    let large = try SpotScenario.task(9, hours: 1, megabytes: 3000)
    var simulator = SpotSimulator(
      policy: GreedyPolicy(), market: SpotScenario.market(), settings: settings)
    #expect(throws: SpotError.self) { try simulator.add(large) }
  }

  @Test func `a task is fast again when the one beside it has ended`() throws {
    let tasks = [try SpotScenario.task(0, hours: 1), try SpotScenario.task(1, hours: 3)]
    let metrics = try SpotScenario.run(
      OnDemandOnlyPolicy(), tasks, market: SpotScenario.market(),
      settings: SpotSettings(tasksPerInstanceMax: 2, slowdown: 1))
    // Two hours at half the speed, then two alone.
    #expect(SpotScenario.spans(of: 1, metrics) == [[0, 0, 4]])
    #expect(metrics.totalCost == 4)
  }

  @Test func `spot defect 14: what happens at one instant has a defined order`() throws {
    // A completion, a preemption, an arrival and a launch, all at hour 3.
    let tasks = [
      try SpotScenario.task(0, at: 3, hours: 1), try SpotScenario.task(1, hours: 5),
      try SpotScenario.task(2, hours: 3),
    ]
    let metrics = try SpotScenario.run(
      GreedyPolicy(), tasks, market: SpotScenario.market(preemptedAt: [3]))
    #expect(
      metrics.events.filter { $0.timeHours == 3 }.map(\.kind) == [
        .taskCompletion(task: 2), .instanceTermination(instance: 1),
        .instancePreemption(instance: 0), .taskArrival(task: 0),
        .instanceLaunch(instance: 2, kind: .spot), .instanceLaunch(instance: 3, kind: .spot),
      ])
    #expect(SpotScenario.spans(of: 1, metrics).last == [3, 3, 5])
  }

  @Test func `spot defect 17: an on-demand policy stays calm when a task was preempted`() {
    let view = SpotView(
      nowNanoseconds: 0, arrivalNanoseconds: 0, workNanoseconds: 1, remainingNanoseconds: 1,
      overheadNanoseconds: 0, stepNanoseconds: 1, preemptions: 3,
      zones: [ZoneView(spotDollarsPerHour: 0.3, onDemandDollarsPerHour: 1)])
    #expect(OnDemandOnlyPolicy().choice(for: view) == .run(.onDemand, zone: 0))
  }

  @Test(arguments: [-1, .nan, .infinity, 1e300] as [Double])
  func `spot defect 17: what is no time, price or size is refused`(bad: Double) throws {
    #expect(throws: SpotError.self) { try SpotTask(id: 0, arrivalHours: bad, durationHours: 1) }
    #expect(throws: SpotError.self) { try SpotTask(id: 0, arrivalHours: 0, durationHours: bad) }
    #expect(throws: SpotError.self) {
      try SpotTask(id: 0, arrivalHours: 0, durationHours: 1, deadlineHours: bad)
    }
    let simulator = SpotSimulator(policy: GreedyPolicy(), market: SpotScenario.market())
    #expect(throws: SpotError.self) { try simulator.run(hours: bad) }
    for settings in [
      SpotSettings(overheadHours: bad), SpotSettings(checkpointHours: bad),
      SpotSettings(graceSeconds: bad), SpotSettings(bandwidthsGigabits: [bad]),
      SpotSettings(memoryGigabytes: bad), SpotSettings(slowdown: bad),
      SpotSettings(idleHours: bad), SpotSettings(egressDollarsPerGigabyte: bad),
    ] {
      #expect(throws: SpotError.self) { try settings.check() }
    }
  }

  struct Astray: SpotPolicy {
    var name: String { "Astray" }
    func choice(for view: SpotView) -> SpotChoice { .run(.spot, zone: 7) }
  }

  @Test func `a policy that names no zone of the market is told so`() throws {
    #expect(throws: SpotError("Astray chose zone 7 of 1")) {
      try SpotScenario.run(
        Astray(), [try SpotScenario.task(0, hours: 1)], market: SpotScenario.market())
    }
  }

  @Test func `a deadline is missed by a late end, or by none before it`() throws {
    let tasks = [
      try SpotScenario.task(0, hours: 5, deadline: 5),
      try SpotScenario.task(1, hours: 5, deadline: 4.9),
      try SpotScenario.task(2, hours: 60, deadline: 48),
      try SpotScenario.task(3, hours: 60, deadline: 61),
    ]
    let metrics = try SpotScenario.run(GreedyPolicy(), tasks, market: SpotScenario.market())
    #expect(metrics.deadlineMisses == 2)
  }
}
