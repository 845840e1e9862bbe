import Model
import Scheduling
import TestSupport
import Testing

/// Nodes of several processors; a job runs on one node, the first with enough of them.
struct NodesMachine: Machine {
  struct Placement: Hashable, Sendable {
    let node: Int
    let processors: Int
  }

  private(set) var free: [Int]

  init(free: [Int]) { self.free = free }

  func placement(of request: Int) -> Placement? {
    free.firstIndex { $0 >= request }.map { Placement(node: $0, processors: request) }
  }

  mutating func occupy(_ placement: Placement) {
    free[placement.node] -= placement.processors
    precondition(free[placement.node] >= 0, "a node was given more than it has")
  }

  mutating func vacate(_ placement: Placement) { free[placement.node] += placement.processors }

  mutating func restrict(to other: NodesMachine) {
    for node in free.indices { free[node] = min(free[node], other.free[node]) }
  }

  var room: Int { free.max() ?? 0 }

  static func bulk(of request: Int) -> Int { request }
}

/// Backfill over a machine that is not a count.
@Suite struct OtherMachineTests {
  static func instant(_ seconds: Int) -> Instant { .epoch + .seconds(Int64(seconds)) }

  static let depths: [BackfillSettings.Depth] = [.none, .first(1), .first(2), .all]

  /// Every start of a random workload, in order: second and number.
  static func starts<M: Machine>(_ machine: M, _ settings: BackfillSettings, seed: UInt64)
    -> [(second: Int, number: Int)] where M.Request == Int
  {
    var random = SeededRandom(seed: seed)
    var planner = BatchPlanner(machine: machine, order: JobOrder.shortestFirst, settings: settings)
    var starts: [(Int, Int)] = []
    var ends: [(second: Int, slot: Int)] = []
    for second in 0..<250 {
      for end in ends where end.second == second { planner.end(end.slot, at: instant(second)) }
      ends.removeAll { $0.second == second }
      if random.chance(50), second < 200 {
        let facts = JobFacts(
          number: JobNumber(second), submit: instant(second),
          estimate: .seconds(Int64(1 + random.below(20))), processors: 1 + random.below(8))
        _ = planner.submit(facts, facts.processors, at: instant(second))
      }
      planner.pass(at: instant(second))
      for start in planner.started {
        starts.append((second, start.number.value))
        let estimate = Int(planner.facts(of: start.slot).estimate.seconds)
        // The run time hangs on the job alone, so that two machines have the same.
        let run = 1 + start.number.value * 7 % estimate
        ends.append((second + run, start.slot))
      }
    }
    return starts
  }

  @Test(arguments: TestSeed.all(20))
  func `one node is the same as that many equal processors`(seed: UInt64) {
    for depth in Self.depths {
      for candidates in [BackfillSettings.Candidates.queueOrder, .shortestFirst] {
        let settings = BackfillSettings(depth: depth, candidates: candidates)
        let uniform = Self.starts(UniformMachine(freeProcessors: 8), settings, seed: seed)
        let node = Self.starts(NodesMachine(free: [8]), settings, seed: seed)
        #expect(uniform.elementsEqual(node) { $0 == $1 }, "seed \(seed), \(settings)")
        #expect(uniform.count > 20)
      }
    }
  }

  @Test(arguments: TestSeed.all(20))
  func `nodes are never given more than they have, and everything ends up running`(seed: UInt64) {
    for depth in Self.depths {
      let settings = BackfillSettings(depth: depth)
      // A node that was given too much would end the test.
      let starts = Self.starts(NodesMachine(free: [8, 5, 5, 3, 1]), settings, seed: seed)
      #expect(Set(starts.map(\.number)).count == starts.count)
      #expect(starts.count > 60, "seed \(seed), \(settings)")
    }
  }

  @Test func `a long job may run on another node than the head is reserved`() {
    var planner = BatchPlanner(
      machine: NodesMachine(free: [8, 4]), order: JobOrder.firstComeFirstServed,
      settings: BackfillSettings(depth: .first(1)))
    func facts(_ number: Int, estimate: Int64, processors: Int) -> JobFacts {
      JobFacts(
        number: JobNumber(number), submit: .epoch, estimate: .seconds(estimate),
        processors: processors)
    }
    _ = planner.adopt(
      facts(0, estimate: 100, processors: 6), 6, on: .init(node: 0, processors: 6),
      expectedEnd: Self.instant(100))
    // The head needs all of the first node at 100.
    for (number, processors, estimate) in [(1, 8, 10), (2, 2, 500), (3, 2, 500), (4, 2, 500)] {
      _ = planner.submit(
        facts(number, estimate: Int64(estimate), processors: processors), processors, at: .epoch)
    }
    _ = planner.submit(facts(5, estimate: 100, processors: 2), 2, at: .epoch)
    planner.pass(at: .epoch)
    #expect(planner.started.map(\.number.value) == [2, 3, 5])
    #expect(planner.machine.free == [0, 0])
  }
}
