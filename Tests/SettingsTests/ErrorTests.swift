import Model
import Settings
import Testing

/// What is wrong is said with its place, what was expected and the nearest known name.
@Suite struct ErrorTests {
  @Test(arguments: [
    ("gpu_capacity: -1", "1:15: gpu_capacity: expected a whole number from 0 to 1000000000000000"),
    ("gpu_capacity: 0.5", "1:15: gpu_capacity: expected a whole number from 0 to"),
    ("gpu_capacity: 99999999999999999999", "1:15: gpu_capacity: expected a whole number from 0 to"),
    ("gpu_capacity: 0x10", "1:15: gpu_capacity: expected a whole number from 0 to"),
    ("gpu_capacity: 010", "1:15: gpu_capacity: expected a whole number from 0 to"),
    ("gpu_capacity:", "1:14: gpu_capacity: expected a whole number from 0 to"),
    ("gpu_capacity: \"5\"", "1:15: gpu_capacity: expected a whole number from 0 to"),
    ("gpu_capacity: {a: 1}", "1:15: gpu_capacity: expected a whole number from 0 to"),
    ("server: {port: 70000}", "1:16: server.port: expected a whole number from 0 to 65535, got"),
    (
      "server: {http_port: no way}",
      "1:21: server.http_port: expected a port from 0 to 65535, or off"
    ),
    ("server: 5", "1:9: server: expected a block of keys, got \"5\""),
    ("sever: {port: 1}", "1:1: sever: unknown key (did you mean server?)"),
    (
      "server: {gpu_capacity: 1}",
      "1:10: server.gpu_capacity: unknown key (did you mean gpu_capacity?)"
    ),
    ("port: 1", "1:1: port: unknown key (did you mean server.port?)"),
    ("server: {prot: 1}", "1:10: server.prot: unknown key (did you mean port"),
    (
      "server: {host: \"127.0.0.1:80\"}",
      "1:16: server.host: expected an address or host name alone"
    ),
    ("server: {host: []}", "1:16: server.host: expected at least one address"),
    ("server: {host: 0.0.0.0}", "1:16: server.host: 0.0.0.0 is beyond loopback"),
    ("server: {port: 8080}", "1:16: server.port: 8080 is the port of server.http_port already"),
    ("lease: {default_seconds: -1}", "1:26: lease.default_seconds: expected seconds from 0.001 to"),
    (
      "lease: {default_seconds: 9, max_seconds: 5}",
      "1:26: lease.default_seconds: lease.default_seconds 9"
    ),
    ("on_exhausted: wait", "1:15: on_exhausted: unknown value \"wait\"; expected deny or queue"),
    ("contention_script: [grant, dney]", "1:28: contention_script: unknown value"),
    ("preemption: {enabled: 1}", "1:23: preemption.enabled: expected true or false"),
    ("log: {level: warn}", "1:14: log.level: unknown value \"warn\""),
    (
      "component_limits: {a: {lease: 1}}",
      "1:24: component_limits.a.lease: unknown key (did you mean leases?)"
    ),
    (
      "component_limits: {a: {max_priority: URGENT}}",
      "1:38: component_limits.a.max_priority: unknown value"
    ),
    (
      "component_limits: {a: {pool_share: 1.5}}",
      "1:36: component_limits.a.pool_share: expected a number"
    ),
    ("scheduler: {primary_policy: fair}", "1:29: scheduler.primary_policy: unknown value"),
    (
      "simulation: {failure_rate: 2}",
      "1:28: simulation.failure_rate: expected a number from 0 to 1"
    ),
    (
      "clusters: {a: {nodes: [{gpus: -1}]}}",
      "1:31: clusters.a.nodes[0].gpus: expected a whole number"
    ),
    ("[1, 2]", "1:1: expected keys and values, got a list"),
    ("a: 1\na: 2", "1:1: the block that starts here gives a twice"),
    (
      "server:\n\tport: 1", "2:1: cannot be read as JSON or YAML: found character that cannot start"
    ),
    ("{\"a\": ", "2:1: cannot be read as JSON or YAML"),
    ("base: &b {port: 1}\nserver:\n  <<: *b", "3:3: merge keys"),
    ("profiles: {a: {profiles: {}}}", "1:16: a.profiles: a profile cannot have profiles"),
  ])
  func `a mistake is told with its place`(text: String, start: String) {
    let lines = errors(text)
    #expect(lines.contains { $0.hasPrefix("c.yaml:" + start) }, "\(lines)")
  }

  @Test func `all errors of a file are told, those of unchosen profiles too`() {
    let text = """
      gpu_capacity: lots
      server:
        port: -5
        hots: 1
      pools:
        - {name: a, limit: x}
        - {limit: 5}
      profiles:
        one: {response_mode: never}
        two: {cpu_capacity: -1}
      """
    let places = errors(text).map { line in line.split(separator: ":").prefix(3).dropFirst() }
      .map { $0.joined(separator: ":") }
    #expect(places.sorted() == ["10:23", "1:15", "3:9", "4:3", "6:22", "7:5", "9:24"].sorted())
  }

  @Test func `what has no effect is warned of`() throws {
    let text = """
      response_mode: respect_limits
      deny_probability: 0.1
      log: {file: x.log}
      scheduler: {primary_polity: priority}
      pools: [{name: t, kind: rate, algorithm: calendar, limit: 5, period_seconds: 60, burst: 2}]
      """
    let lines = try load(text).warnings.map(\.description)
    #expect(
      lines == [
        "c.yaml:5:82: pools[0].burst: has no effect with the algorithm calendar",
        "c.yaml:3:7: log.file: is read, but the coordinator does not use it",
        "c.yaml:4:13: scheduler.primary_polity: unknown key (did you mean primary_policy?)",
        "c.yaml:2:19: deny_probability: has no effect in response_mode respect_limits, only in"
          + " simulate_contention",
      ])
  }

  @Test func `errors of flags and variables name them`() {
    let lines = errors(
      "{}", flags: [("server.port", "99999")], environment: ["COORDINATOR_CPU_CAPACITY": "many"])
    #expect(
      lines == [
        "COORDINATOR_CPU_CAPACITY: expected a whole number from 0 to 1000000000000000,"
          + " got \"many\"",
        "--server.port: expected a whole number from 0 to 65535, got \"99999\"",
      ])
  }

  @Test func `files beyond the bounds are refused`() {
    let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
    #expect(errors("a: \(deep)").first?.contains("nested deeper than 32") == true)
    let veryDeep = String(repeating: "[", count: 100_000)
    #expect(errors(veryDeep).count == 1)
    let long = String(repeating: "#", count: (1 << 20) + 1)
    #expect(errors(long) == ["c.yaml:1:1: the file is larger than 1048576 bytes"])
    var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...8 {
      let aliases = [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      bomb += "a\(level): &a\(level) [\(aliases)]\n"
    }
    #expect(errors(bomb).first?.contains("more than 100000 values") == true)
  }
}
