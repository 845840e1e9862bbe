import Model
import Settings
import Testing

/// Files in every form that was ever printed for users load as they stand.
@Suite struct PrintedFormsTests {
  static let grouped = """
    { "$schema": "coordinator.schema.json", "response_mode": "respect_limits",
      "gpu_capacity": 24000, "claude_capacity": 100, "memory_capacity": 32768, "cpu_capacity": 16,
      "deny_probability": 0.1, "queue_probability": 0.2,
      "server":    {"host":"127.0.0.1","port":50051,"http_port":8080,"drain_seconds":20},
      "lease":     {"default_seconds":300,"max_seconds":86400,"keepalive_factor":3,"grace_seconds":5},
      "scheduler": {"primary_policy":"priority","secondary_policy":"fair_share",
                    "enable_preemption":true,"enable_backfill":true,"scheduling_interval":5},
      "simulation":{"default_job_duration":60,"failure_rate":0.1,"seed":42},
      "cluster":   {"nodes":8,"job_rate_per_minute":2.0},
      "history":   {"max_events":100000,"max_finished_jobs":50000,"record_file":null},
      "log":       {"level":"info","format":"text","file":null},
      "profiles":  {"testing_contention":{"response_mode":"simulate_contention"}} }
    """

  @Test func `the grouped form loads`() throws {
    let loaded = try load(Self.grouped)
    #expect(loaded.configuration.limits.leaseDefault == .seconds(300))
    #expect(loaded.configuration.limits.leaseHold == .seconds(86_400))
    #expect(loaded.configuration.limits.historyEvents == 100_000)
    #expect(loaded.configuration.server.hosts == ["127.0.0.1"])
    #expect(
      loaded.warnings.map(\.path).sorted() == [
        "deny_probability", "history.max_finished_jobs", "lease.grace_seconds",
        "lease.keepalive_factor", "queue_probability",
      ])
    let contention = try load(Self.grouped, profile: "testing_contention").configuration
    #expect(contention.mode == .simulateContention)
    #expect(contention.denyProbability == 0.1)
  }

  @Test func `a platform's blocks load, truth values in Python's spelling too`() throws {
    let text = """
      {
          'scheduler': {
              'scheduling_interval': 5,  # seconds
              'enable_preemption': True,
              'enable_backfill': True
          },
          'simulation': {
              'default_job_duration': 60,  # seconds
              'failure_rate': 0.1,  # 10%
              'enable_cost_tracking': True
          }
      }
      """
    let loaded = try load(text)
    #expect(loaded.warnings == [])
    #expect(loaded.configuration.keptBlocks["simulation"]?["failure_rate"] == .plain("0.1"))
    #expect(loaded.configuration.keptBlocks["scheduler"]?["enable_backfill"] == .plain("True"))
  }

  @Test func `tabs and a byte order mark do not hurt JSON`() throws {
    let configuration = try load("\u{FEFF}{\n\t\"cpu_capacity\":\t7\n}").configuration
    #expect(configuration.pools.last?.capacity == 7)
  }

  @Test func `the errors that the documentation prints are real`() throws {
    let text = """
      {
        "server": {},
        "gpu_capasity": 24000,
        "response_mode": "respect_limit"
      }
      """
    let page = try DocumentationTests.text("CONFIGURATION.md")
    for line in errors(text) {
      let printed = "coordinator.json" + line.dropFirst("c.yaml".count)
      #expect(page.contains("\n\(printed)\n"), "\(printed)")
    }
    #expect(errors(text).count == 2)
  }
}
