import Model
import Rehearsal
import Testing

@Suite struct ReplayTests {
  static let nodes = "sn,cpu_milli,memory_mib,gpu,model\nn0,8000,1000,1,T4\nn1,8000,1000,0,\n"
  static let head =
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,deletion_time,scheduled_time\n"

  static func trace(_ rows: String, nodes count: Int? = nil) throws -> Trace {
    try Trace(pods: ("pods.csv", head + rows), nodes: ("nodes.csv", nodes), nodes: count)
  }

  static func replay(
    _ trace: Trace, mode: ResponseMode = .respectLimits, wait: Int64 = 100
  ) -> ReplayOutcome {
    VirtualReplay.run(ReplayPlan(trace: trace, mode: mode, wait: .seconds(wait), seed: 1))
  }

  /// a takes all CPU for 10 s; b waits from 2 to 10; c fits beside; d asks for more than exists; e waits too long; f
  /// asks for nothing.
  static let small = """
    a,16000,100,0,0,,LS,Running,0,10,0
    b,1000,100,0,0,,BE,Failed,2,7,0
    c,0,100,1,460,,LS,Running,3,3,0
    d,1000,100,2,600,,BE,Pending,4,9,
    e,16000,1,0,0,,LS,Pending,5,6,
    f,0,0,0,0,,BE,Pending,6,7,

    """

  @Test func `pods are granted, wait, are denied and give up as they must`() throws {
    let outcome = Self.replay(try Self.trace(Self.small), wait: 9)
    #expect(outcome.total.pods == 6)
    #expect(outcome.total.granted == 2)
    #expect(outcome.total.grantedAfterWait == 1)
    #expect(outcome.total.denied == 1)
    #expect(outcome.total.timedOut == 1)
    #expect(outcome.total.failed == 1)
    #expect(outcome.reasons["CAN_NEVER_FIT"] == 1)
    #expect(outcome.phases["Pending"]?.pods == 3)
    #expect(outcome.waitTimes.longest == .seconds(8))
    #expect(outcome.waitTimes.count == 1)
  }

  @Test func `the tally has the peaks and the mean, and every lease ends`() throws {
    let tally = Self.replay(try Self.trace(Self.small), wait: 9).tally
    #expect(tally.peaks == [16_000, 200, 460])
    #expect(tally.openLeases == 0)
    #expect(tally.excesses == 0)
    // a: 16,000 over 10 s, b: 1,000 over 5 s, of 16,000 over 15 s.
    let held: Int64 = 16_000 * 10 + 1000 * 5
    #expect(tally.mean(0) == held * 10_000 / (16_000 * 15))
  }

  @Test func `without waiting a pod without room is denied`() throws {
    let outcome = Self.replay(try Self.trace(Self.small), wait: 0)
    #expect(outcome.total.denied == 3)
    #expect(outcome.total.timedOut == 0)
  }

  @Test func `granting everything goes beyond what exists, and the tally sees it`() throws {
    let outcome = Self.replay(try Self.trace(Self.small), mode: .alwaysGrant)
    #expect(outcome.total.granted == 5)
    #expect(outcome.tally.excesses > 0)
  }

  @Test func `a replay is the same on every run`() throws {
    let trace = try Self.trace(Self.random(seed: 42, pods: 400))
    let report = { (outcome: ReplayOutcome) in
      ReplayReport(trace: "t", nodes: 2, mode: .respectLimits, wait: .zero, outcome: outcome).json
        .text
    }
    #expect(report(Self.replay(trace)) == report(Self.replay(trace)))
  }

  /// Crowded traces, so that most pods wait.
  static func random(seed: UInt64, pods: Int) -> String {
    var random = SeededRandom(seed: seed)
    var rows = ""
    var time = 0
    for index in 0..<pods {
      time += Int.random(in: 0...20, using: &random)
      let cpu = Int.random(in: 0...9, using: &random) * 1000
      let memory = Int.random(in: 1...900, using: &random)
      let share = Int.random(in: 0...1, using: &random) * Int.random(in: 1...1000, using: &random)
      let hold = Int.random(in: 0...200, using: &random)
      rows +=
        "p\(index),\(cpu),\(memory),\(share > 0 ? 1 : 0),\(share),,\(index % 3),x,\(time),\(time + hold),\n"
    }
    return rows
  }

  @Test(arguments: [1, 2, 3, 4, 5] as [UInt64])
  func `crowded traces never hold more than exists, and every pod has one outcome`(seed: UInt64)
    throws
  {
    let outcome = Self.replay(try Self.trace(Self.random(seed: seed, pods: 300)))
    let total = outcome.total
    let decided = total.granted + total.grantedAfterWait + total.denied + total.timedOut
    #expect(outcome.tally.excesses == 0, "seed \(seed)")
    #expect(outcome.tally.openLeases == 0, "seed \(seed)")
    #expect(total.pods == 300, "seed \(seed)")
    #expect(decided == 300, "seed \(seed)")
    #expect(outcome.tally.grants == total.granted + total.grantedAfterWait, "seed \(seed)")
    #expect(total.grantedAfterWait > 10, "seed \(seed): the trace is to be crowded")
    #expect(outcome.waitTimes.longest <= .seconds(100), "seed \(seed)")
    #expect(outcome.reasons.keys.allSatisfy { !$0.hasPrefix("lease lost") }, "seed \(seed)")
  }

  @Test func `the tally counts an excess`() {
    var tally = ReplayTally(capacities: [10], end: .epoch + .seconds(10), slices: 2)
    tally.granted("a", [6], at: .epoch)
    tally.granted("b", [5], at: .epoch + .seconds(1))
    tally.ended("a", at: .epoch + .seconds(5))
    tally.pass(to: .epoch + .seconds(10))
    #expect(tally.excesses == 1)
    #expect(tally.peaks == [11])
    // 6 for a second and 11 for four, then 5 for five: of 10 for five seconds each.
    #expect(tally.series(0) == [10_000, 5000])
  }

  @Test(arguments: [
    ("name,cpu_milli\na,1\n", "memory_mib"),
    (head + "a,1,1,0,0,,LS,Running,5,4,\n", "deletion_time"),
    (head + "a,1,1,0,0,,LS,Running,5\n", "expected 11 values"),
    (head + "a,-1,1,0,0,,LS,Running,5,6,\n", "cpu_milli"),
    (head + "a,1,1,0,0,,LS,Running,5,6,\na,1,1,0,0,,LS,Running,5,6,\n", "a name of its own"),
    (head, "no pods"),
  ])
  func `a list that is no trace is refused with its place`(text: String, words: String) throws {
    let error = #expect(throws: TraceError.self) {
      try Trace(pods: ("pods.csv", text), nodes: ("nodes.csv", Self.nodes))
    }
    #expect("\(try #require(error))".hasPrefix("pods.csv"))
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func `capacities are the sums of the first nodes`() throws {
    #expect(try Self.trace(Self.small).capacities == [16_000, 2000, 1000])
    #expect(try Self.trace(Self.small, nodes: 1).capacities == [8000, 1000, 1000])
    #expect(throws: TraceError.self) { try Self.trace(Self.small, nodes: 3) }
  }
}
