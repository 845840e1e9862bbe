import Model
@testable import Simulator
import TestSupport
import Testing

@Suite struct `A simulated world` {
  private static func world(_ seed: UInt64, transcript: Bool = false) -> World {
    let world = World(
      WorldPlan(seed: seed, length: .seconds(600)), keepsTranscript: transcript)
    world.run()
    return world
  }

  @Test func `keeps every promise under faults`() {
    var all = Tally()
    for seed in TestSeed.all(8) {
      let world = Self.world(seed)
      #expect(world.violation == nil, "seed \(seed)")
      all.add(world.tally)
    }
    // There was something to see.
    #expect(all.grants > 100 && all.starts > 8 && all.comparisons > 8 && all.faults > 100)
  }

  @Test func `ends leases at their time where a stop is the first thing told after a pause`() {
    #expect(Self.world(5054).violation == nil)
  }

  @Test func `is given back once it has run: its clients kept themselves by their open calls`() {
    weak var stage: Stage?
    weak var client: ClientActor?
    do {
      let world = Self.world(5)
      stage = world.stage
      client = world.clients.first
      #expect(stage != nil && client != nil)
    }
    #expect(stage == nil && client == nil)
  }

  @Test func `is the same, line by line, whenever its seed is`() {
    let first = Self.world(5, transcript: true)
    let second = Self.world(5, transcript: true)
    #expect(first.transcript == second.transcript && first.tally == second.tally)
    #expect(first.transcript.count > 100)
    #expect(Self.world(6, transcript: true).transcript != first.transcript)
    // Whether anybody reads along changes nothing.
    #expect(Self.world(5).tally == first.tally)
  }
}
