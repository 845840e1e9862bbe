import Simulation
import TestSupport
import Testing

@Suite struct KernelModelsTests {
  @Test(arguments: [(1, 0.5), (4, 3.0), (10, 8)])
  func `the mean wait of a queue with several servers is Erlang's`(servers: Int, rate: Double) {
    let expected = KernelModels.expectedWaitSeconds(
      servers: servers, arrivalRate: rate, serviceRate: 1)
    let found = KernelModels.queue(
      servers: servers, arrivalRate: rate, serviceRate: 1, customers: 100_000, seed: 1)
    #expect(found.events == 200_000)
    #expect(abs(found.meanWaitSeconds - expected) < 0.05 * expected, "\(found), \(expected)")
  }

  @Test func `Erlang's formula has the values of textbooks`() {
    // M/M/1 with half load waits as long as it serves; M/M/2 at the same load a third of that.
    let one = KernelModels.expectedWaitSeconds(servers: 1, arrivalRate: 0.5, serviceRate: 1)
    let two = KernelModels.expectedWaitSeconds(servers: 2, arrivalRate: 1, serviceRate: 1)
    #expect(abs(one - 1) < 1e-12 && abs(two - 1.0 / 3) < 1e-12)
  }

  @Test func `a model runs the same way twice, and another seed another way`() {
    func run(_ seed: UInt64) -> (KernelModels.QueueOutcome, UInt64) {
      (
        KernelModels.queue(
          servers: 2, arrivalRate: 1, serviceRate: 1, customers: 5000, seed: seed),
        KernelModels.hold(pending: 100, operations: 5000, seed: seed)
      )
    }
    #expect(run(1) == run(1))
    #expect(run(1).0 != run(2).0 && run(1).1 != run(2).1)
  }
}
