import Model
import Testing

@Suite struct NearestNameTests {
  @Test(arguments: [
    ("respect_limit", "respect_limits"), ("RESPECT-LIMITS", "respect_limits"),
    ("alway_grant", "always_grant"), ("simulate", "simulate_contention"),
    ("respcet_limits", "respect_limits"),
  ])
  func `a mistyped name finds the one that was meant`(name: String, meant: String) {
    let known = ["always_grant", "simulate_contention", "respect_limits"]
    #expect(NearestName.nearest(name, in: known) == meant)
  }

  @Test func `a swapped pair of letters is nearer than two replaced ones`() {
    #expect(NearestName.candidates(for: "prot", in: ["plat", "port"]) == ["port"])
  }

  @Test func `nothing near gives nothing`() {
    #expect(NearestName.nearest("zebra", in: ["gpu", "cpu", "memory"]) == nil)
    #expect(NearestName.nearest("", in: ["a"]) == nil)
    #expect(NearestName.nearest("a", in: [String]()) == nil)
  }

  @Test func `candidates come nearest first and at most as many as asked for`() {
    let known = ["gpu_capacity", "cpu_capacity", "memory_capacity"]
    #expect(
      NearestName.candidates(for: "cpu_capacty", in: known) == ["cpu_capacity", "gpu_capacity"])
    #expect(NearestName.candidates(for: "cpu_capacty", in: known, countMax: 1) == ["cpu_capacity"])
  }

  @Test func `the question stands behind a sentence`() {
    #expect(NearestName.question(for: "hihg", in: ["LOW", "HIGH"]) == " (did you mean HIGH?)")
    #expect(NearestName.question(for: "zzz", in: ["LOW"]) == "")
  }
}
