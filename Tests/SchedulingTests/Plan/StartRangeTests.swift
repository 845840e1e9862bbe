import Model
import Scheduling
import TestSupport
import Testing

/// The earliest start of waiting jobs beside the expected one.
@Suite struct `The range of a start` {
  private func seconds(_ instant: Instant) -> Int64 { instant.nanoseconds / 1_000_000_000 }

  private func decide(_ snapshot: Snapshot, share: Int64?) throws -> Plan {
    var snapshot = snapshot
    snapshot.policy.runShareMilli = share
    return try plan(snapshot, at: PlanPropertyTests.now)
  }

  @Test func `begins when the job starts if those before it run for a share of their limits`()
    throws
  {
    let waiting = try PlanTrial.plan(
      """
      {"now": 1000, "policy": {"order": "fifo", "run_share": 0.25},
         "nodes": [{"name": "n", "cpu": 1, "memory_mb": 1024}],
         "running": [{"name": "r", "cpu": 1, "node": "n", "admitted": 900, "time_limit_seconds": 800}],
         "pending": [{"name": "a", "cpu": 1, "created": 1, "time_limit_seconds": 400},
                     {"name": "b", "cpu": 1, "created": 2, "time_limit_seconds": 400},
                     {"name": "never", "cpu": 2, "created": 3}]}
      """
    ).waiting
    #expect(waiting.map(\.job) == ["a", "b", "never"])
    #expect(waiting.map { $0.expectedStart.map(seconds) } == [1700, 2100, nil])
    #expect(waiting.map { $0.earliestStart.map(seconds) } == [1100, 1200, nil])
  }

  @Test func `property: begins no later than the expected start, at it where all limits are used`()
    throws
  {
    var known = 0
    for seed in TestSeed.all(60) {
      let snapshot = try PlanPropertyTests.busy(seed)
      let asked = try decide(snapshot, share: 300)
      for entry in asked.waiting {
        #expect((entry.earliestStart == nil) == (entry.expectedStart == nil), "seed \(seed)")
        guard let earliest = entry.earliestStart, let expected = entry.expectedStart else {
          continue
        }
        known += 1
        #expect(PlanPropertyTests.now <= earliest && earliest <= expected, "seed \(seed)")
      }
      let whole = try decide(snapshot, share: 1000)
      #expect(whole.waiting.allSatisfy { $0.earliestStart == $0.expectedStart }, "seed \(seed)")
      var plain = asked
      for index in plain.waiting.indices { plain.waiting[index].earliestStart = nil }
      #expect(try plain == decide(snapshot, share: nil), "nothing else changes, seed \(seed)")
    }
    #expect(known > 20)
  }
}
