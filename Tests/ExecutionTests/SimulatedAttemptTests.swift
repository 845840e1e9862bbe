import Execution
import Model
import TestSupport
import Testing

@Suite struct `A simulated attempt` {
  private static func subject(
    _ number: Int = 1, attempt: Int32 = 1, gpuMilli: Int64 = 0, memoryMB: Int64 = 4096,
    labels: [Text: Text] = [:]
  ) -> SimulatedAttempt.Subject {
    SimulatedAttempt.Subject(
      id: AttemptID(job: Text("job-\(number)"), number: attempt),
      resources: AttemptResources(cpuMilli: 4000, memoryMB: memoryMB, gpuMilli: gpuMilli),
      name: Text("train-\(number % 2)"), project: "vision", nodes: ["node-001"],
      gpuModel: gpuMilli > 0 ? "A100" : nil, labels: labels)
  }

  private static func settings(
    failureRate: Double = 0, health: Double = 0, _ scenarios: [FailureScenario] = []
  ) -> SimulationSettings {
    var settings = SimulationSettings()
    settings.failureRate = failureRate
    settings.healthFailureRate = health
    settings.scenarios = scenarios
    return settings
  }

  private static func length(_ attempt: SimulatedAttempt) -> TimeSpan {
    attempt.length ?? .nanoseconds(.max)
  }

  @Test
  func `starts in 1 to 5 s and lasts 40 to 90 s, half a second a device and a tenth a GB longer`() {
    var lengths: [TimeSpan] = []
    for number in 0..<2000 {
      let attempt = SimulatedAttempt(Self.subject(number), Self.settings())
      #expect(attempt.startup >= .seconds(1) && attempt.startup <= .seconds(5))
      #expect(attempt.end == .exited(code: 0, reason: nil))
      lengths.append(Self.length(attempt))
      let large = SimulatedAttempt(
        Self.subject(number, gpuMilli: 4000, memoryMB: 104 * 1024), Self.settings())
      #expect(large.startup == attempt.startup)
      let more = Self.length(large) - Self.length(attempt)
      // Two seconds for the devices, ten for 100 GB more; the price of a MB is a whole number of nanoseconds.
      #expect(more > .milliseconds(11_990) && more <= .seconds(12))
    }
    let variation = lengths.map { $0 - .milliseconds(400) }
    #expect(variation.allSatisfy { $0 >= .seconds(39) && $0 <= .seconds(90) })
    #expect(lengths.min() ?? .zero < .seconds(42) && lengths.max() ?? .zero > .seconds(88))
  }

  @Test func `is the same whenever its seed, job and number are, and another one otherwise`() {
    let one = SimulatedAttempt(Self.subject(7), Self.settings(failureRate: 0.5))
    #expect(one == SimulatedAttempt(Self.subject(7), Self.settings(failureRate: 0.5)))
    #expect(
      one.length
        != SimulatedAttempt(Self.subject(7, attempt: 2), Self.settings(failureRate: 0.5)).length)
    var other = Self.settings(failureRate: 0.5)
    other.seed = 2
    #expect(one.length != SimulatedAttempt(Self.subject(7), other).length)
  }

  @Test func `fails as often as it is told to, with the codes and words of the seed`() {
    var reasons: Set<String> = []
    var codes: Set<Int32> = []
    for number in 0..<5000 {
      let attempt = SimulatedAttempt(Self.subject(number), Self.settings(failureRate: 0.1))
      guard case .exited(let code, let reason?) = attempt.end else { continue }
      codes.insert(code)
      reasons.insert(reason)
    }
    #expect(codes == [1, 2, 125, 126])
    #expect(
      reasons == [
        "Out of memory error", "CUDA out of memory", "Network timeout",
        "Container image pull failed", "Permission denied", "Disk space exhausted",
        "Process killed by OOM killer",
      ])
    for rate in [0, 0.1, 0.5, 1] {
      let failed = (0..<5000).count {
        !SimulatedAttempt(Self.subject($0), Self.settings(failureRate: rate)).end.isSuccess
      }
      #expect(abs(Double(failed) / 5000 - rate) < 0.03, "\(rate)")
    }
  }

  @Test func `is looked at every 30 s, and found in bad health where that is drawn`() {
    let attempts = (0..<5000).map {
      SimulatedAttempt(Self.subject($0), Self.settings(health: 0.02))
    }
    let ill = attempts.filter { !$0.end.isSuccess }
    // One to three looks at each.
    #expect(ill.count > 100 && ill.count < 250)
    #expect(
      ill.allSatisfy { [.seconds(30), .seconds(60), .seconds(90)].contains(Self.length($0)) })
  }

  @Test func `fails by a scenario at its time where the selector fits, and not in a later attempt`()
  {
    var selector = FailureScenario.Selector()
    selector.name = "train-1"
    selector.attemptMost = 1
    let settings = Self.settings([
      FailureScenario(.outOfMemory, after: .seconds(20), selector: selector)
    ])
    let hit = SimulatedAttempt(Self.subject(1), settings)
    #expect(hit.length == .seconds(20))
    guard case .exited(_, reason: "Out of memory error") = hit.end else {
      Issue.record("\(hit.end)")
      return
    }
    #expect(SimulatedAttempt(Self.subject(2), settings).end.isSuccess)
    #expect(SimulatedAttempt(Self.subject(1, attempt: 2), settings).end.isSuccess)
    let killed = SimulatedAttempt(
      Self.subject(1), Self.settings([FailureScenario(.highMemory, after: .seconds(5))]))
    #expect(killed.end == .exited(code: 137, reason: "High memory usage detected"))
  }

  @Test func `may hang, and then uses what it has for ever`() {
    var selector = FailureScenario.Selector()
    selector.labels = ["tier": "slow"]
    let settings = Self.settings([FailureScenario(.hang, selector: selector)])
    let attempt = SimulatedAttempt(Self.subject(1, labels: ["tier": "slow"]), settings)
    #expect(attempt.length == nil)
    let day = attempt.usage(from: .zero, to: .seconds(86_400))
    #expect(day.cpuMilliseconds > 4 * 86_400_000 / 2)
    #expect(attempt.progress(after: .seconds(86_400)) == 1)
  }

  @Test(arguments: TestSeed.all(20))
  func `uses what its utilisation says, and the parts add up to the whole`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let attempt = SimulatedAttempt(
      Self.subject(Int(seed), gpuMilli: 2000), Self.settings(failureRate: 0.2))
    let length = Self.length(attempt)
    let whole = attempt.usage(from: .zero, to: length)
    var sum = AttemptUsage()
    var at = TimeSpan.zero
    while at < length {
      let next = at + .seconds(5 * random.within(1...4))
      sum += attempt.usage(from: at, to: next)
      at = next
    }
    #expect(sum == whole, "seed \(seed)")
    let seconds = Double(length.nanoseconds) / 1e9
    let cpu = Double(whole.cpuMilliseconds) / 4000 / seconds
    let gpu = Double(whole.gpuMilliseconds) / 2000 / seconds
    let memory = Double(whole.memoryMBSeconds) / 4096 / seconds
    #expect((0.5...0.9).contains(cpu) && (0.7...0.95).contains(gpu) && (0.6...0.8).contains(memory))
    #expect((99_000_000...5_000_000_000).contains(whole.networkBytes))
    #expect(attempt.usage(from: .zero, to: length + .seconds(100)) == whole)
  }

  @Test func `costs what the seed says, to the nano-dollar`() {
    var usage = AttemptUsage()
    usage.cpuMilliseconds = 1_000_000
    usage.gpuMilliseconds = 10_000
    usage.memoryMBSeconds = 1024 * 3600 * 5
    // 1000 core-seconds, 10 GPU-seconds, 5 GB-hours.
    #expect(JobCost.usual.nanodollars(of: usage) == 100_000_000 + 10_000_000 + 50_000_000)
    usage.cpuMilliseconds = .max
    #expect(JobCost.usual.nanodollars(of: usage) == .max)
  }
}
