import Model
import Scheduling
import TestSupport
import Testing

@Suite struct BookingTests {
  /// Nodes of two models, and bookings of all kinds in 100 seconds.
  private static func bookings(
    _ random: inout SeededRandom, count: Int
  ) -> (nodes: [Node], bookings: [NodeBooking]) {
    let nodes = (0..<4).map { number in
      Node(
        name: "n\(number)", capacity: Resources(cpuMilli: 4000),
        devices: Array(
          repeating: GPUDevice(model: random.pick(["A100", "T4"])), count: random.below(3)),
        labels: random.chance(50) ? ["rack": "1"] : .none)
    }
    let bookings = (0..<count).map { number in
      let start = random.within(0...90)
      let named = Set((0..<Int(random.within(1...2))).map { _ in random.below(4) }).sorted()
      let isNamed = random.chance(40)
      return NodeBooking(
        name: "b\(number)", owners: BookingOwners(users: ["u\(random.below(3))"]),
        wish: isNamed
          ? .nodes(named)
          : random.chance(50)
            ? .count(Int(random.within(1...3))) : .devices(Int(random.within(1...4))),
        model: isNamed || random.chance(50) ? nil : "A100",
        labels: isNamed || random.chance(60) ? .none : ["rack": "1"],
        isExclusive: random.chance(60), start: Instant(nanoseconds: start * 1_000_000_000),
        end: Instant(nanoseconds: (start + random.within(1...40)) * 1_000_000_000),
        created: Instant(nanoseconds: random.within(0...3)))
    }
    return (nodes, bookings)
  }

  @Test(arguments: TestSeed.all(150))
  func `bookings that hold do not collide, and one is refused only where it would`(
    seed: UInt64
  ) {
    var random = SeededRandom(seed: seed)
    let (nodes, bookings) = Self.bookings(&random, count: 9)
    var desk = BookingDesk(nodes, closed: [])
    let outcomes = desk.decide(bookings) { _, _ in 0 }
    #expect(outcomes.count == bookings.count)
    var held: [BookingOutcome] = []
    for outcome in outcomes {
      let booking = outcome.booking
      func collides(_ node: Int) -> Bool {
        held.contains {
          $0.nodes.contains(node) && $0.booking.start < booking.end
            && booking.start < $0.booking.end
            && ($0.booking.isExclusive || booking.isExclusive)
        }
      }
      #expect(!outcome.nodes.contains(where: collides), "seed \(seed)")
      let accepted = nodes.indices.filter { node in
        let counted = nodes[node].devices.count {
          booking.model == nil || $0.model == booking.model
        }
        let needsDevices = if case .devices = booking.wish { true } else { booking.model != nil }
        return booking.labels.entries.allSatisfy { nodes[node].labels[$0.key] == $0.value }
          && (!needsDevices || counted > 0) && !collides(node)
      }
      let given = outcome.nodes.isEmpty ? accepted : outcome.nodes
      let devices = given.reduce(0) { sum, node in
        sum + nodes[node].devices.count { booking.model == nil || $0.model == booking.model }
      }
      let isEnough =
        switch booking.wish {
        case .nodes(let named): !named.contains(where: collides)
        case .count(let count): given.count >= count
        case .devices(let count): devices >= count
        }
      #expect((outcome.refusal == nil) == isEnough, "seed \(seed): \(booking)")
      if outcome.refusal == nil { held.append(outcome) }
    }
  }

  @Test(arguments: TestSeed.all(150))
  func `nothing starts or is reserved on a node that others have booked before it would end`(
    seed: UInt64
  ) throws {
    var random = SeededRandom(seed: seed)
    let (nodes, bookings) = Self.bookings(&random, count: 5)
    var snapshot = Snapshot(nodes: nodes)
    snapshot.shareNodes = (0..<3).map { SnapshotShareNode(name: "u\($0)", kind: .user) }
    snapshot.bookings = bookings
    snapshot.policy.backfill.depth = .all
    snapshot.jobs = (0..<12).map { number in
      SnapshotJob(
        name: "j\(number)", user: random.below(3),
        tasks: [TaskRequest(amounts: Resources(cpuMilli: random.within(1...4) * 1000))],
        timeLimit: .seconds(random.within(1...60)))
    }
    let now = Instant(nanoseconds: random.within(0...50) * 1_000_000_000)
    let plan = try Scheduling.plan(snapshot, at: now)
    var runs = plan.starts.map { (job: $0.job, nodes: [$0.node ?? ""], start: now) }
    runs += plan.reservations.map { ($0.job, $0.nodes, $0.start) }
    #expect(runs.count == 12, "seed \(seed): without limits of depth each job gets a time")
    for run in runs {
      let job = try #require(snapshot.jobs.first { $0.name == run.job })
      let end = run.start + (job.timeLimit ?? .zero)
      let user = job.user.map { snapshot.shareNodes[$0].name }
      for node in run.nodes {
        let there = (plan.bookings ?? []).filter { $0.nodes.contains(node) }
        // At each instant at which a booking begins, or the job does, one of those that have the node is the job's own.
        let instants = [run.start] + there.map(\.start).filter { $0 > run.start && $0 < end }
        for instant in instants {
          let active = there.filter { $0.start <= instant && instant < $0.end }
          let isOwn = active.contains { booking in
            bookings.contains {
              $0.name == booking.name && $0.owners.include(user: user, project: "")
            }
          }
          #expect(active.isEmpty || isOwn, "seed \(seed): \(run.job) on \(node)")
        }
      }
    }
  }

  @Test func `a refusal says what was asked and what is in its place`() {
    let nodes = ["n0", "n1"].map { Node(name: $0, capacity: .zero) }
    func booking(_ name: String, _ wish: NodeBooking.Wish) -> NodeBooking {
      NodeBooking(
        name: name, owners: BookingOwners(users: ["u"]), wish: wish, start: .epoch,
        end: .distantFuture)
    }
    var desk = BookingDesk(nodes, closed: [])
    let outcomes = desk.decide([booking("a", .nodes([1])), booking("b", .count(2))]) { _, _ in 0 }
    #expect(outcomes[0].refusal == nil)
    #expect(
      outcomes[1].refusal
        == "2 nodes asked; 2 nodes match, 1 of them free in that time: n1 is booked by a")
  }
}
