import Model
import Settings
import Testing

/// Files, environment and flags over one another.
@Suite struct SourcesTests {
  @Test func `the flat keys load as printed`() throws {
    let text = """
      {
        "response_mode": "respect_limits",
        "gpu_capacity": 24001,
        "claude_capacity": 101,
        "memory_capacity": 32769,
        "cpu_capacity": 17
      }
      """
    let configuration = try load(text).configuration
    #expect(configuration.mode == .respectLimits)
    #expect(configuration.pools.map(\.capacity) == [24001, 101, 32769, 17])
    #expect(configuration.pools.map(\.number) == [1, 2, 3, 4])
    #expect(configuration.pools.map(\.kind) == [.capacity, .hold, .capacity, .capacity])
  }

  @Test func `a file that does not name the probabilities means none`() throws {
    let configuration = try load("response_mode: simulate_contention").configuration
    #expect(configuration.denyProbability == 0)
    #expect(configuration.queueProbability == 0)
  }

  @Test(arguments: ["", "# only a remark\n", "---\n", "{}", "server:\n", "null"])
  func `an empty file is good`(text: String) throws {
    var expected = CoordinatorConfiguration()
    expected.denyProbability = 0
    expected.queueProbability = 0
    #expect(try load(text).configuration == expected)
  }

  @Test func `flags win over environment over file over profile over defaults`() throws {
    let text = """
      gpu_capacity: 1
      cpu_capacity: 1
      memory_capacity: 1
      claude_capacity: 1
      profiles: {p: {cpu_capacity: 2, memory_capacity: 2, claude_capacity: 2}}
      """
    let environment = ["COORDINATOR_MEMORY_CAPACITY": "3", "COORDINATOR_CLAUDE_CAPACITY": "3"]
    let loaded = try load(
      text, flags: [("claude_capacity", "4")], environment: environment, profile: "p")
    #expect(loaded.configuration.pools.map(\.capacity) == [1, 4, 3, 2])
    let origins = Dictionary(
      uniqueKeysWithValues: loaded.origins().map { ($0.key, "\($0.value) \($0.origin)") })
    #expect(origins["gpu_capacity"] == "1 c.yaml:1:15")
    #expect(origins["cpu_capacity"] == "2 c.yaml:5:30")
    #expect(origins["memory_capacity"] == "3 COORDINATOR_MEMORY_CAPACITY")
    #expect(origins["claude_capacity"] == "4 --claude_capacity")
    #expect(origins["server.port"] == "50051 default")
  }

  @Test func `seconds are exact to the nanosecond`() throws {
    let text = "lease: {default_seconds: 0.1, lock_delay_seconds: 1.000000001, claim_seconds: 1e-3}"
    let configuration = try load(text).configuration
    #expect(configuration.limits.leaseDefault == .milliseconds(100))
    #expect(configuration.lockDelay == .nanoseconds(1_000_000_001))
    #expect(configuration.limits.claim == .milliseconds(1))
    #expect(
      errors("lease: {claim_seconds: 0.1000000001}") == [
        "c.yaml:1:24: lease.claim_seconds: expected seconds from 0.001 to 3600, got 0.1000000001,"
          + " which is finer than a nanosecond"
      ])
  }

  @Test func `lists come from files, commas and repeated flags`() throws {
    let text = #"{"server": {"host": ["127.0.0.1"]}, "contention_script": ["grant", "queue:2.5"]}"#
    let fromFile = try load(text).configuration
    #expect(fromFile.server.hosts == ["127.0.0.1"])
    #expect(fromFile.contentionScript == [.grant, .queue(after: .milliseconds(2500))])
    let environment = ["COORDINATOR_CONTENTION_SCRIPT": "deny, queue"]
    let flags = [("server.host", "127.0.0.2"), ("server.host", "[::1]")]
    let fromElsewhere = try loadBare(flags: flags, environment: environment).configuration
    #expect(fromElsewhere.server.hosts == ["127.0.0.2", "::1"])
    #expect(fromElsewhere.contentionScript == [.deny, .queue(after: nil)])
  }

  @Test func `every key can be set by its environment variable and shows its value again`() throws {
    for key in SettingKey.all {
      let value =
        switch key.path {
        case "seed": "7"
        case "contention_script": "grant,deny"
        case "server.host": "127.0.0.1"
        default: key.show(CoordinatorConfiguration())
        }
      var environment = [key.variable: value]
      if key.path.hasPrefix("tls.") {
        // Each of them needs the pair.
        for path in ["COORDINATOR_TLS_CERTIFICATE", "COORDINATOR_TLS_KEY"]
        where path != key.variable {
          environment[path] = "f"
        }
      }
      let loaded = try loadBare(environment: environment)
      let row = loaded.origins().first { $0.key == key.path }
      #expect(row?.origin == .environment(key.variable), "\(key.path)")
    }
  }

  @Test(arguments: [
    ("COORDINATOR_SERVER_PROT", "COORDINATOR_SERVER_PORT"),
    ("COORDINATOR_MODE", "COORDINATOR_RESPONSE_MODE"),
    ("COORDINATOR_PORT", "COORDINATOR_SERVER_PORT"),
  ])
  func `an unknown variable is an error that names the right one`(wrong: String, right: String) {
    let error = #expect(throws: SettingsError.self) { try loadBare(environment: [wrong: "1"]) }
    #expect(
      error?.description.contains("\(wrong): no setting is called so (did you mean \(right)")
        == true)
  }

  @Test func `variables of others are not looked at`() throws {
    let loaded = try loadBare(environment: [
      "COORDINATOR_ADDRESS": "x", "COORDINATOR_COMPONENT": "y",
      "COORDINATOR_PORT": "tcp://10.0.0.1:50051", "COORDINATOR_SERVICE_HOST": "10.0.0.1",
      "COORDINATOR_GPU_CAPACITY": "", "PATH": "/bin",
    ])
    #expect(loaded.warnings.isEmpty)
  }

  @Test func `a default probability gives way to the one that is given`() throws {
    let loaded = try loadBare(flags: [
      ("response_mode", "simulate_contention"), ("deny_probability", "1"),
    ])
    #expect(loaded.configuration.denyProbability == 1)
    #expect(loaded.configuration.queueProbability == 0)
    #expect(loaded.warnings.count == 1)
  }

  @Test func `the seed is the configured one, else the drawn one`() throws {
    #expect(try load("seed: 42").configuration.coordination(drawnSeed: 7).contention.seed == 42)
    #expect(try load("{}").configuration.coordination(drawnSeed: 7).contention.seed == 7)
    let largest = try load("seed: \(UInt64.max)").configuration
    #expect(largest.seed == .max)
  }

  @Test func `components have what default says and they do not`() throws {
    let text = """
      component_limits:
        analytics: {pool_share: 0.5, max_priority: NORMAL}
        default: {leases: 10, pool_share: 0.9}
      """
    let environment = ["COORDINATOR_COMPONENT_LIMITS_DEFAULT_LEASES": "20"]
    let settings = try load(text, environment: environment).configuration.coordination(drawnSeed: 0)
    #expect(settings.componentDefaults == ComponentLimits(leases: 20, poolShare: 0.9))
    #expect(
      settings.componentLimits["analytics"]
        == ComponentLimits(leases: 20, poolShare: 0.5, maxPriority: .normal))
  }
}
