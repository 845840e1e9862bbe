import Journal
import Model
import Session

/// Everything that a seed makes happen: one server, its disk, its clients and the network between them, under a clock
/// that jumps from one event to the next.
///
/// Nothing in it reads a clock, draws from the system or depends on the order of a hash table, so that a seed always
/// gives the same events. Confined to one thread.
package final class World {
  package let plan: WorldPlan
  let stage: Stage
  let oracle: Oracle
  let server: ServerHost
  let clients: [ClientActor]
  private var faults: SeededRandom

  package var tally: Tally { stage.tally }
  /// The first sentence of the oracle that did not hold; nil while all do.
  package var violation: String? { stage.violation }
  package var transcript: [String] { stage.transcript ?? [] }

  /// - Parameter keepsTranscript: makes lines of text, which takes most of the time.
  package init(_ plan: WorldPlan, keepsTranscript: Bool = false) {
    self.plan = plan
    let random = SeededRandom(seed: plan.seed)
    faults = random.child("faults")
    stage = Stage(keepsTranscript: keepsTranscript)
    oracle = Oracle(stage, plan)
    server = ServerHost(stage, plan, oracle, random.child("server"))
    clients = (0..<plan.clients).map { [stage, oracle, server] number in
      ClientActor(
        stage, plan, oracle, server, ClientRole.drawn(number, random), Text("client-\(number)"),
        random.child("client \(number)"))
    }
  }

  /// Lets all of it happen. Stops at the first violation.
  package func run() {
    server.start()
    for client in clients { client.begin() }
    beginFaults()
    stage.run(until: WorldPlan.start + plan.length)
    calmDown()
    stage.run(until: stage.now + World.calm)
    checkRest()
    stage.tally.simulated = stage.now - WorldPlan.start
    for client in clients { client.end() }
    server.end()
    stage.end()
  }

  /// How long it may take after the last fault until everybody is served: longer than the longest leases.
  static let calm = TimeSpan.seconds(1800)

  private func checkRest() {
    oracle.checkRest(server.process?.engine.coordinator)
    for client in clients where !client.isServed {
      stage.fail("\(client.name) was never served, long after the last fault")
    }
  }

  /// Repeats something at random times of a mean, as long as there are faults.
  private func often(_ mean: TimeSpan?, _ action: @escaping (inout SeededRandom) -> Void) {
    guard let mean else { return }
    let length = TimeSpan(nanoseconds: faults.within(mean.nanoseconds / 5...mean.nanoseconds * 2))
    stage.after(length) { [unowned self] in
      guard !stage.isCalm else { return }
      action(&faults)
      often(mean, action)
    }
  }

  private func beginFaults() {
    often(plan.crashes) { [unowned self] in server.crash(losesPower: $0.chance(60)) }
    often(plan.stops) { [unowned self] _ in server.stop() }
    often(plan.pauses) { [unowned self] in
      let length = $0.pick([1, 20, 90, 400] as [Int64])
      server.pause(.milliseconds($0.within(1...length * 1000)))
    }
    often(plan.diskFaults) { [unowned self] in server.breakDisk(&$0) }
    often(plan.networkFaults) { [unowned self] in
      let client = $0.pick(clients)
      client.breakNetwork(&$0)
    }
    often(plan.clientFaults) { [unowned self] in $0.pick(clients).crash() }
  }

  private func calmDown() {
    stage.isCalm = true
    stage.tell("world", "no more faults")
    server.calmDown()
    for client in clients { client.calmDown() }
  }
}
