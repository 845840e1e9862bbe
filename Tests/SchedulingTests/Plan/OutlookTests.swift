import Model
import TestSupport
import Testing

@testable import Scheduling

/// An outlook beside a profile that keeps a state for each change.
@Suite struct OutlookTests {
  private static let now = Instant(nanoseconds: 100_000_000_000)

  /// The same questions and changes put to both.
  private struct Pair {
    var outlook: Outlook
    var profile: AvailabilityProfile<PlanMachine>
    /// What is free now, as its owner keeps it beside the outlook.
    var present: PlanMachine
  }

  private static func task(_ request: TaskRequest, _ job: Int, _ index: Int)
    -> PlanMachine.PlannedTask
  {
    PlanMachine.PlannedTask(
      job: job, queue: 0, index: index, request: request,
      amounts: [request.amounts.cpuMilli, request.gpu.milli])
  }

  private static func request(_ number: Int, _ random: inout SeededRandom) -> PlanMachine.Request {
    var shape = RandomCluster.request(&random, relates: random.chance(20))
    shape.passes = random.pick([0, 0, 1, NodeHold.maintenance])
    let count = random.pick([1, 1, 1, 2, 3])
    var tasks = (0..<count).map { task(shape, number, $0) }
    if count > 1, random.chance(30) { tasks[0] = task(RandomCluster.request(&random), number, 0) }
    return PlanMachine.Request(
      number: number, variants: [tasks], minimumTasks: random.chance(20) ? 1 : count)
  }

  private static func pair(_ random: inout SeededRandom) throws -> Pair {
    let nodes = RandomCluster.nodes(&random, count: 1 + random.below(6))
    let tree = try QuotaTree(
      columns: [QuotaColumn(name: "cpu", resource: 0), QuotaColumn(name: "gpu", resource: 2)],
      queues: [
        QueueSettings(
          name: "q",
          nominal: [random.within(10...60) * 1000, random.within(4...20) * 1000])
      ])
    let placer = Placer(
      try Cluster(nodes: nodes), policy: random.pick([.bestFit, .random, .gpuPacking]),
      random: SeededRandom(seed: random.next()))
    var machine = PlanMachine(places: ClusterMachine(placer), quotas: tree)
    var running = Outlook.Running()
    for number in 0..<random.below(12) {
      guard let placement = machine.placement(of: request(number, &random)) else { continue }
      machine.occupy(placement)
      let end = now + .seconds(random.within(-2...30) * 10)
      running.insert(
        Outlook.Running.Entry(
          expectedEndNanoseconds: end.nanoseconds, slot: number, placement: placement))
    }
    let floor = now + .seconds(1)
    var profile = AvailabilityProfile(machine: machine, running: running, now: now, floor: floor)
    var closures: [NodeReservation] = []
    var present = machine
    if random.chance(40) {
      let start = now + .seconds(random.within(-3...9) * 20)
      let closure = NodeReservation(
        name: "r", nodes: [random.below(nodes.count)], start: start,
        end: max(start, now) + .seconds(random.within(1...9) * 20))
      closures.append(closure)
      let closed = PlanMachine.Placement(
        number: 0, tasks: [], places: [], closedNodes: closure.nodes)
      if start <= now { present.occupy(closed) }
      profile.change(from: max(start, now), to: closure.end) { $0.occupy(closed) }
    }
    let held = spans(&random, nodes: nodes.count)
    for span in held {
      if span.start <= now { present.hold(span) }
      profile.change(from: max(span.start, now), to: span.end) { $0.hold(span) }
    }
    let outlook = Outlook(
      from: machine, running: running, at: now, floor: floor, closures: closures, held: held)
    return Pair(outlook: outlook, profile: profile, present: present)
  }

  /// Bookings and maintenance, some begun and none over.
  private static func spans(_ random: inout SeededRandom, nodes: Int) -> [HeldSpan] {
    guard random.chance(50) else { return [] }
    return (0..<1 + random.below(3)).map { _ in
      let start = now + .seconds(random.within(-3...9) * 20)
      return HeldSpan(
        nodes: [random.below(nodes)], start: start,
        end: max(start, now) + .seconds(random.within(1...9) * 20),
        hold: random.pick([
          NodeHold(bits: 1), NodeHold(bits: 2),
          NodeHold(bits: NodeHold.maintenance, isShut: true),
        ]))
    }
  }

  /// A placement in words that two sides can be compared by.
  private static func text(_ placement: PlanMachine.Placement?) -> String {
    guard let placement else { return "nowhere" }
    return zip(placement.tasks, placement.places).map { "\($0.index) \($1)" }.joined(
      separator: ", ")
  }

  @Test(arguments: TestSeed.all(300))
  func `an outlook answers like a profile that keeps every state`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var pair = try Self.pair(&random)
    for number in 100..<130 {
      let request = Self.request(number, &random)
      let estimate = TimeSpan.seconds(random.within(1...40) * 10)
      let fit = pair.outlook.fit(request, estimate: estimate, present: &pair.present)
      var found: PlanMachine.Placement?
      if case .fits(let placement) = fit { found = placement }
      let expected = pair.profile.fitsNow(request, estimate: estimate)
      try #require(Self.text(found) == Self.text(expected), "seed \(seed), job \(number)")
      if let found {
        pair.present.occupy(found)
        pair.outlook.start(found, estimate: estimate, present: pair.present)
        pair.profile.reserve(found, from: Self.now, estimate: estimate)
        continue
      }
      let spans = (
        pair.outlook.spanNow(request, present: pair.present), pair.profile.spanNow(request)
      )
      #expect(spans.0 == spans.1, "seed \(seed), job \(number)")
      let first = pair.outlook.earliest(request, estimate: estimate)
      let second = pair.profile.earliest(request, estimate: estimate)
      try #require(first?.start == second?.start, "seed \(seed), job \(number)")
      try #require(
        Self.text(first?.placement) == Self.text(second?.placement), "seed \(seed), job \(number)")
      guard let first, first.start > Self.now, random.chance(50) else { continue }
      pair.outlook.reserve(first.placement, from: first.start, estimate: estimate)
      pair.profile.reserve(first.placement, from: first.start, estimate: estimate)
    }
  }
}
