import Model
import Scheduling
import Simulation
import TestSupport
import Testing

@Suite struct PlacementWorkloadTests {
  static let pods: [TaskRequest] = [
    TaskRequest(gpu: .devices(count: 2)), TaskRequest(gpu: .share(milli: 500)), TaskRequest(),
  ]

  static func draw(_ limit: Double, seed: UInt64) -> [Int32] {
    PlacementWorkload(pods, gpuMilli: limit, random: SeededRandom(seed: seed)).arrivals
  }

  static func milli(_ arrivals: [Int32]) -> Int64 {
    arrivals.reduce(0) { $0 + pods[Int($1)].gpu.milli }
  }

  @Test(arguments: TestSeed.all(20))
  func `the list comes whole, and more until the next would pass the load`(seed: UInt64) {
    let arrivals = Self.draw(50_000, seed: seed)
    for pod in 0..<3 { #expect(arrivals.contains(Int32(pod))) }
    #expect(Self.milli(arrivals) <= 50_000)
    // The pod that would pass it asked for at most 2,000.
    #expect(Self.milli(arrivals) > 48_000)
  }

  @Test(arguments: TestSeed.all(20))
  func `a list that passes the load loses pods until it does not`(seed: UInt64) {
    let arrivals = Self.draw(2000, seed: seed)
    #expect(Self.milli(arrivals) <= 2000)
    #expect(Set(arrivals).count == arrivals.count)
  }

  @Test func `a seed gives one order, others other orders, and each pod may be first`() {
    #expect(Self.draw(9000, seed: 1) == Self.draw(9000, seed: 1))
    #expect(Self.draw(9000, seed: 1) != Self.draw(9000, seed: 2))
    let first = Set((0..<50).compactMap { Self.draw(2500, seed: $0).first })
    #expect(first == [0, 1, 2])
  }

  @Test func `a shuffle gives each order the same chance`() {
    var random = SeededRandom(seed: 3)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<6000 {
      var elements = [1, 2, 3]
      random.shuffle(&elements)
      counts[elements, default: 0] += 1
    }
    #expect(counts.count == 6)
    for count in counts.values { #expect((880...1120).contains(count)) }
  }
}
