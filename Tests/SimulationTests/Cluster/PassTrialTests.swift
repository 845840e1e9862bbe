import Model
import Scheduling
import Simulation
import TestSupport
import Testing

/// The cluster that passes are measured on.
@Suite struct PassTrialTests {
  private static func outcome(
    seed: UInt64, order: PlanPolicy.Order = .priority
  ) throws -> PassTrial.Outcome {
    var trial = PassTrial(
      PassTrial.Settings(nodes: 20, pending: 100, changes: 3, passes: 6, order: order, seed: seed))
    var ticks = 0.0
    return try trial.run {
      ticks += 1
      return ticks
    }
  }

  @Test(arguments: TestSeed.all(5))
  func `equal seeds decide equally, and jobs start`(seed: UInt64) throws {
    let outcome = try Self.outcome(seed: seed)
    #expect(try Self.outcome(seed: seed) == outcome)
    #expect(outcome.running > 20)
    #expect(outcome.firstStarts + outcome.starts > 0)
  }

  @Test func `each pass is measured with the changes before it`() throws {
    let outcome = try Self.outcome(seed: 1, order: .fairShare)
    // The clock ticks once when it is read: before the changes, after them, and after the pass.
    #expect(outcome.passSeconds == Array(repeating: 2, count: 6))
    #expect(outcome.changeSeconds == Array(repeating: 1, count: 6))
    #expect(outcome.firstSeconds == 1)
  }
}
