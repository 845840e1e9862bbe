import Model
import Settings
import Testing

/// The original's mistakes with configurations, each shown to be gone.
@Suite struct SeedDefectTests {
  static let scenarios = """
    {
      "development": {"response_mode": "always_grant", "gpu_capacity": 24000},
      "testing_limits": {"response_mode": "respect_limits", "gpu_capacity": 8000}
    }
    """

  @Test func `defect 21: an unknown response mode is an error that names the nearest`() {
    #expect(
      errors("{\n  \"response_mode\": \"respect_limit\"\n}") == [
        "c.yaml:2:20: response_mode: unknown value \"respect_limit\"; expected always_grant,"
          + " simulate_contention or respect_limits (did you mean respect_limits?)"
      ])
  }

  @Test func `defect 21: unknown keys are errors that name the nearest`() {
    #expect(
      errors("{\n  \"gpu_capasity\": 5\n}") == [
        "c.yaml:2:3: gpu_capasity: unknown key (did you mean gpu_capacity or cpu_capacity?)"
      ])
    // A flag's name is not always the key's.
    #expect(
      errors("mode: respect_limits\n") == [
        "c.yaml:1:1: mode: unknown key (did you mean response_mode?)"
      ])
  }

  @Test(arguments: ["1.5", "-0.1", ".nan", "NaN", "1e999", "\"0.5\"", "lots", "[0.5]"])
  func `defect 21: a probability outside 0 to 1 is an error`(value: String) {
    let lines = errors("response_mode: simulate_contention\ndeny_probability: \(value)\n")
    #expect(lines.count == 1)
    #expect(
      lines.first?.hasPrefix("c.yaml:2:19: deny_probability: expected a number from 0 to 1") == true
    )
  }

  @Test func `defect 21: probabilities that are more than 1 together are an error`() {
    let text = "response_mode: simulate_contention\ndeny_probability: 0.7\nqueue_probability: 0.4\n"
    #expect(
      errors(text) == [
        "c.yaml:3:20: queue_probability: deny_probability 0.7 and queue_probability 0.4 are more than 1"
          + " together"
      ])
  }

  @Test func `defect 21: an explicit flag wins over the file`() throws {
    let text = #"{"response_mode": "always_grant", "deny_probability": 0.5}"#
    let flags = [("response_mode", "simulate_contention"), ("deny_probability", "0.25")]
    let loaded = try load(text, flags: flags)
    #expect(loaded.configuration.mode == .simulateContention)
    #expect(loaded.configuration.denyProbability == 0.25)
  }

  @Test func `defect 22: named scenarios without a choice are an error that lists them`() {
    #expect(
      errors(Self.scenarios) == [
        "c.yaml:1:1: the file has only named scenarios; choose one with --profile: development,"
          + " testing_limits"
      ])
  }

  @Test func `defect 22: a chosen scenario takes effect`() throws {
    let configuration = try load(Self.scenarios, profile: "testing_limits").configuration
    #expect(configuration.mode == .respectLimits)
    #expect(configuration.pools.first?.capacity == 8000)
  }

  @Test func `defect 22: nothing at all is a good configuration`() throws {
    let configuration = try loadBare().configuration
    #expect(configuration == CoordinatorConfiguration())
    #expect(configuration.server.hosts == ["127.0.0.1", "::1"])
    #expect(configuration.denyProbability == 0.1)
    #expect(configuration.queueProbability == 0.2)
  }
}
