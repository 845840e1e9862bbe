import Model
import Settings
import Testing

@Suite struct PoolTests {
  @Test func `a rate pool loads as the contract prints it`() throws {
    let text = """
      {"pools": [{"name": "tokens", "kind": "rate", "algorithm": "gcra", "limit": 5,
        "period_seconds": 1, "burst": 4, "unit": "tokens", "number": 5}]}
      """
    let pools = try load(text).configuration.pools
    #expect(pools.count == 5)
    #expect(
      pools.last
        == PoolDefinition(
          name: "tokens", number: 5, unit: "tokens", kind: .rate,
          rate: RateRule(algorithm: .gcra, period: .seconds(1), burst: 4), capacity: 5))
    #expect(pools.last?.displayName == "RESOURCE_TYPE_TOKENS")
  }

  @Test func `a built-in pool's name changes that pool and keeps the rest`() throws {
    let text = """
      pools:
        - {name: gpu, limit: 80000}
        - {name: claude_api, kind: rate, period_seconds: 3600}
      """
    let pools = try load(text).configuration.pools
    #expect(pools.count == 4)
    #expect(pools[0] == PoolDefinition(name: "gpu", number: 1, unit: "MB", capacity: 80_000))
    #expect(
      pools[1]
        == PoolDefinition(
          name: "claude_api", number: 2, unit: "requests/hour", kind: .rate,
          rate: RateRule(algorithm: .gcra, period: .seconds(3600), burst: 99), capacity: 100))
  }

  @Test func `a variable changes a pool that the file redefines`() throws {
    let loaded = try load(
      "pools: [{name: gpu, limit: 80000}]", environment: ["COORDINATOR_GPU_CAPACITY": "5"])
    #expect(loaded.configuration.pools.first?.capacity == 5)
  }

  @Test(arguments: [
    ("{name: a}", "c.yaml:1:9: pools[0].limit: a new pool needs a limit"),
    ("{limit: 1}", "c.yaml:1:9: pools[0].name: every pool needs a name"),
    ("{name: a b, limit: 1}", "c.yaml:1:16: pools[0].name: expected a name of letters"),
    (
      "{name: a, limit: 1}, {name: A, limit: 1}",
      "c.yaml:1:30: pools[1].name: pool A is already given"
    ),
    ("{name: GPU, limit: 1}", "c.yaml:1:9: pools.GPU.name: differs from pool gpu in the case"),
    (
      "{name: a, limit: 1, number: 2}",
      "c.yaml:1:9: pools.a.number: 2 is the number of pool claude_api"
    ),
    (
      "{name: a, limit: 1, number: 7}, {name: b, limit: 1, number: 7}",
      "c.yaml:1:41: pools.b.number: 7 is the number of pool a already"
    ),
    ("{name: a, limit: 1, burst: 3}", "c.yaml:1:29: pools[0].burst: belongs to pools of kind rate"),
    (
      "{name: a, kind: hold, limit: 1, algorithm: gcra}",
      "c.yaml:1:41: pools[0].algorithm: belongs to"
    ),
    (
      "{name: a, kind: rate, limit: 1}",
      "c.yaml:1:9: pools[0].period_seconds: a rate pool needs a period"
    ),
    (
      "{name: a, kind: rate, limit: 0, period_seconds: 1}",
      "c.yaml:1:31: pools[0].limit: expected at least 1"
    ),
    (
      "{name: a, kind: rate, limit: 1, period_seconds: 0}",
      "c.yaml:1:57: pools[0].period_seconds: expected"
    ),
    ("{name: a, kind: rat, limit: 1}", "c.yaml:1:25: pools[0].kind: unknown value \"rat\""),
    (
      "{name: a, limit: 1, safe_limit: 2}",
      "c.yaml:1:29: pools[0].safe_limit: expected at most the limit 1"
    ),
    ("{name: a, limt: 1}", "c.yaml:1:19: pools[0].limt: unknown key (did you mean limit?)"),
    (
      "{name: a, kind: rate, limit: 9000000000, period_seconds: 1}",
      "c.yaml:1:31: pools[0].limit: 9000000000"
    ),
  ])
  func `a wrong pool is told with its place`(pools: String, start: String) {
    let lines = errors("pools: [\(pools)]")
    #expect(lines.contains { $0.hasPrefix(start) }, "\(lines)")
  }

  @Test func `an amount that is given twice is an error`() {
    #expect(
      errors("gpu_capacity: 5\npools: [{name: gpu, limit: 6}]") == [
        "c.yaml:1:1: gpu_capacity: is given again as the limit of pool gpu at c.yaml:2:28; keep one of the"
          + " two"
      ])
  }
}
