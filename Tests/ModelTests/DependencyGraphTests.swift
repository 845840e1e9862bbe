import Model
import TestSupport
import Testing

@Suite struct DependencyGraphTests {
  @Test(arguments: TestSeed.all(200))
  func `a job has a circle exactly where it reaches itself, and the circle is one`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let count = Int(random.within(1...9))
    let density = Int(random.within(5...35))
    let waitsFor = (0..<count).map { _ in (0..<count).filter { _ in random.chance(density) } }
    let graph = DependencyGraph(waitsFor)
    let reaches = Self.closure(waitsFor)
    for job in 0..<count {
      let circle = graph.circle(of: job)
      #expect((circle != nil) == reaches[job][job], "seed \(seed), job \(job)")
      guard let circle else { continue }
      #expect(Set(circle).count == circle.count, "seed \(seed)")
      for (from, to) in zip(circle, circle.dropFirst() + circle.prefix(1)) {
        #expect(waitsFor[from].contains(to), "seed \(seed): \(from) does not wait for \(to)")
      }
      #expect(circle.allSatisfy { reaches[job][$0] && reaches[$0][job] }, "seed \(seed)")
      if circle.contains(job) { #expect(circle[0] == job, "seed \(seed)") }
    }
  }

  @Test func `the shortest circle through the first job is named`() {
    let graph = DependencyGraph([[1, 3], [2], [0], [0], [1]])
    #expect(graph.circle(of: 0) == [0, 3])
    #expect(graph.circle(of: 3) == [3, 0])
    #expect(graph.circle(of: 2) == [0, 3])
    #expect(graph.circle(of: 4) == nil)
  }

  @Test func `a job that waits for itself is a circle`() {
    #expect(DependencyGraph([[0]]).circle(of: 0) == [0])
  }

  @Test func `a chain of a hundred thousand jobs is walked without recursion`() {
    let count = 100_000
    let graph = DependencyGraph((0..<count).map { [($0 + 1) % count] })
    #expect(graph.circle(of: 5)?.count == count)
  }

  /// By Warshall: who waits for whom over any number of others.
  private static func closure(_ waitsFor: [[Int]]) -> [[Bool]] {
    let jobs = waitsFor.indices
    var reaches = jobs.map { from in jobs.map { waitsFor[from].contains($0) } }
    for middle in jobs {
      for from in jobs where reaches[from][middle] {
        for to in jobs where reaches[middle][to] { reaches[from][to] = true }
      }
    }
    return reaches
  }
}
