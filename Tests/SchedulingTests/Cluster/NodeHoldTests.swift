import Model
import Scheduling
import TestSupport
import Testing

@Suite struct NodeHoldTests {
  private static func placer(nodes count: Int) throws -> Placer {
    let nodes = (0..<count).map {
      Node(name: "n\($0)", capacity: Resources(cpuMilli: 4000))
    }
    return Placer(
      try Cluster(nodes: nodes), policy: .bestFit, random: SeededRandom(seed: 1))
  }

  private static func request(passes: UInt64) -> TaskRequest {
    var request = TaskRequest(amounts: Resources(cpuMilli: 1000))
    request.passes = passes
    return request
  }

  @Test func `a held node takes only tasks that pass all that holds it`() throws {
    var placer = try Self.placer(nodes: 1)
    placer.hold(0, NodeHold(bits: 0b01))
    placer.hold(0, NodeHold(bits: 0b10))
    #expect(placer.find(Self.request(passes: 0b11)) != nil)
    #expect(placer.find(Self.request(passes: 0b111)) != nil)
    for passes in [UInt64(0b00), 0b01, 0b10, 0b100] {
      #expect(placer.find(Self.request(passes: passes)) == nil)
    }
  }

  @Test func `on a shut node nothing begins, and what began before it was shut stays`() throws {
    var open = try Self.placer(nodes: 1)
    var shut = open
    shut.hold(0, NodeHold(bits: NodeHold.maintenance, isShut: true))
    let passing = Self.request(passes: NodeHold.maintenance)
    #expect(shut.find(passing) == nil)
    open.restrict(to: shut.cluster)
    #expect(open.find(passing) != nil)
    #expect(open.find(Self.request(passes: 0)) == nil)
  }

  @Test(arguments: TestSeed.all(60))
  func `kept scores know of holds as soon as a search without them does`(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var placer = try Self.placer(nodes: 4)
    let requests = (0..<3).map { Self.request(passes: UInt64($0)) }
    let shapes = requests.map { placer.shape(for: $0) }
    for _ in 0..<12 {
      switch random.below(3) {
      case 0: placer.hold(random.below(4), NodeHold(bits: UInt64(random.below(4))))
      case 1:
        var other = placer
        other.hold(random.below(4), NodeHold(bits: UInt64(random.below(4))))
        placer.restrict(to: other.cluster)
      default:
        let request = random.pick(requests)
        if let placement = placer.find(request) { _ = placer.occupy(request, at: placement) }
      }
      for (shape, request) in zip(shapes, requests) {
        #expect(placer.find(shape) == placer.find(request), "seed \(seed)")
      }
    }
  }
}
