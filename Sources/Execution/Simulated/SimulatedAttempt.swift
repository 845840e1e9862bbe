package import Model

/// What happens in a simulated attempt, all of it known from the seed, the job and the attempt's number: the same attempt runs
/// the same way in real time, scaled or under a virtual clock, and after a restart.
package struct SimulatedAttempt: Hashable, Sendable {
  /// What a simulation knows of an attempt.
  package struct Subject: Hashable, Sendable {
    package var id: AttemptID
    package var resources: AttemptResources
    package var name: Text
    package var project: Text
    package var nodes: [Text]
    package var gpuModel: Text?
    package var labels: [Text: Text]

    package init(
      id: AttemptID, resources: AttemptResources, name: Text = .empty, project: Text = .empty,
      nodes: [Text] = [], gpuModel: Text? = nil, labels: [Text: Text] = [:]
    ) {
      self.id = id
      self.resources = resources
      self.name = name
      self.project = project
      self.nodes = nodes
      self.gpuModel = gpuModel
      self.labels = labels
    }
  }

  private let subject: Subject
  private let settings: SimulationSettings
  /// From the order to the start: the container comes up.
  package let startup: TimeSpan
  /// From the start to the end; nil if it never ends by itself.
  package let length: TimeSpan?
  /// How it ends.
  package let end: AttemptEnd
  private let usageDraws: SeededRandom
  /// What is sent in all if it runs to its end.
  private let networkBytes: Int64
  /// How long it runs where nothing goes wrong.
  private let plannedLength: TimeSpan

  package init(_ subject: Subject, _ settings: SimulationSettings) {
    self.subject = subject
    self.settings = settings
    let random = SeededRandom(seed: settings.seed).child(subject.id.description)
    usageDraws = random.child("usage")
    var lengths = random.child("length")
    startup = .nanoseconds(lengths.within(1_000_000_000...5_000_000_000))
    plannedLength = SimulatedAttempt.plannedLength(subject.resources, settings, &lengths)
    var network = random.child("network")
    networkBytes = network.within(100_000_000...5_000_000_000)
    let fate = Fate.first([
      Fate.scenario(subject, settings, random),
      Fate.ownFailure(settings, plannedLength, random),
      Fate.badHealth(settings, plannedLength, random),
    ])
    if let fate, fate.after < plannedLength {
      length = fate.isEndless ? nil : fate.after
      end = fate.end
    } else {
      length = plannedLength
      end = .exited(code: 0, reason: nil)
    }
  }

  /// Half the default duration, between a sixth and all of it by chance, half a second a device and a tenth a GiB.
  private static func plannedLength(
    _ resources: AttemptResources, _ settings: SimulationSettings, _ random: inout SeededRandom
  ) -> TimeSpan {
    let base = settings.jobDuration.nanoseconds
    let variation = random.within(base / 6...max(base / 6, base))
    let devices = resources.gpuMilli.multipliedSaturated(by: 500_000)
    let memory = resources.memoryMB.multipliedSaturated(by: 100_000_000 / 1024)
    return .nanoseconds(
      (base / 2).addingSaturated(variation).addingSaturated(devices).addingSaturated(memory))
  }

  /// How busy it is in the interval of reports that has this number, from 0.
  package func utilization(inInterval number: Int64) -> Utilization {
    func draw(_ place: UInt64, _ low: Double, _ high: Double) -> Double {
      let chance = usageDraws.word(at: UInt64(max(0, number)) &* 3 &+ place).asUnitInterval
      return low + chance * (high - low)
    }
    return Utilization(
      cpu: draw(0, 0.5, 0.9), gpu: subject.resources.gpuMilli > 0 ? draw(1, 0.7, 0.95) : nil,
      memory: draw(2, 0.6, 0.8))
  }

  /// What it uses between two times after its start. Parts add up to the whole where they meet between two intervals.
  /// O(intervals) between them.
  package func usage(from start: TimeSpan, to end: TimeSpan) -> AttemptUsage {
    let interval = settings.reportInterval.nanoseconds
    precondition(interval > 0 && start >= .zero, "reports have an interval and follow the start")
    let last = length.map { min($0, end) } ?? end
    var usage = AttemptUsage()
    var at = start.nanoseconds
    while at < last.nanoseconds {
      let number = at / interval
      let next = min((number + 1) * interval, last.nanoseconds)
      let seconds = Double(next - at) / 1e9
      let busy = utilization(inInterval: number)
      var used = AttemptUsage()
      used.cpuMilliseconds = Int64(Double(subject.resources.cpuMilli) * busy.cpu * seconds)
      used.gpuMilliseconds = Int64(Double(subject.resources.gpuMilli) * (busy.gpu ?? 0) * seconds)
      used.memoryMBSeconds = Int64(Double(subject.resources.memoryMB) * busy.memory * seconds)
      usage += used
      at = next
    }
    usage.networkBytes = sent(by: last) - sent(by: min(start, last))
    return usage
  }

  private func sent(by span: TimeSpan) -> Int64 {
    Int64(Double(networkBytes) * progress(after: span))
  }

  /// How far it is this long after its start, from 0 to 1; of one that fails it never gets to 1.
  package func progress(after span: TimeSpan) -> Double {
    let span = length.map { min($0, span) } ?? span
    return max(0, min(1, Double(span.nanoseconds) / Double(max(1, plannedLength.nanoseconds))))
  }
}

/// One way in which an attempt does not come to its good end.
private struct Fate {
  var after: TimeSpan
  var end: AttemptEnd
  var isEndless = false

  /// The one that comes first.
  static func first(_ fates: [Fate?]) -> Fate? {
    fates.compactMap { $0 }.min { $0.after < $1.after }
  }

  private static let reasons: [FailureScenario.Kind] = [
    .outOfMemory, .cudaOutOfMemory, .networkTimeout, .imagePull, .permissionDenied, .diskFull,
    .killed,
  ]
  private static let codes: [Int32] = [1, 2, 125, 126]
  private static let healthReasons = [
    "Process not responding", "Container restart detected", "Network connectivity issues",
    "Disk I/O errors",
  ]

  static func scenario(
    _ subject: SimulatedAttempt.Subject, _ settings: SimulationSettings, _ random: SeededRandom
  ) -> Fate? {
    var random = random.child("scenario")
    for scenario in settings.scenarios where scenario.selector.fits(subject) {
      let strikes = random.next().asUnitInterval < scenario.probability
      let code = scenario.kind.exitCode ?? random.pick(codes)
      guard strikes else { continue }
      return Fate(
        after: scenario.after, end: .exited(code: code, reason: scenario.kind.reason),
        isEndless: scenario.kind == .hang)
    }
    return nil
  }

  /// Fails at the end of its time, as the seed's jobs do.
  static func ownFailure(
    _ settings: SimulationSettings, _ length: TimeSpan, _ random: SeededRandom
  ) -> Fate? {
    var random = random.child("failure")
    guard random.next().asUnitInterval < settings.failureRate else { return nil }
    return Fate(
      after: length - .nanoseconds(1),
      end: .exited(code: random.pick(codes), reason: random.pick(reasons).reason))
  }

  static func badHealth(
    _ settings: SimulationSettings, _ length: TimeSpan, _ random: SeededRandom
  ) -> Fate? {
    guard settings.healthFailureRate > 0, settings.healthInterval > .zero else { return nil }
    var random = random.child("health")
    var at = settings.healthInterval
    while at < length {
      let isBad = random.next().asUnitInterval < settings.healthFailureRate
      let end = AttemptEnd.exited(code: random.pick(codes), reason: random.pick(healthReasons))
      if isBad { return Fate(after: at, end: end) }
      at = at + settings.healthInterval
    }
    return nil
  }
}
