package import Journal
package import Model

/// What a world is like, all of it drawn from its seed.
package struct WorldPlan: Sendable {
  package var seed: UInt64
  /// How long faults happen; a time without any follows.
  package var length: TimeSpan
  package var settings: CoordinationSettings
  package var journal: JournalLimits
  package var clients: Int
  /// Mean times between two faults of a kind; nil = none.
  package var crashes: TimeSpan?
  package var stops: TimeSpan?
  package var pauses: TimeSpan?
  package var networkFaults: TimeSpan?
  package var diskFaults: TimeSpan?
  package var clientFaults: TimeSpan?
  package var administration: TimeSpan?
  /// Whether the administrator also changes the mode; what a rate pool admits is then anybody's guess.
  package var changesModes: Bool
  /// Whether files are changed while the server is down, which it must notice.
  package var damages: Bool
  /// Whether the disk is lost now and then, so that the server begins anew and learns from its clients.
  package var losesState: Bool
  /// One way on the network.
  package var delay: ClosedRange<Int64>
  /// One write or one sync.
  package var diskDelay: ClosedRange<Int64>

  package static let start = Instant(nanoseconds: 1_800_000_000_000_000_000)

  package init(seed: UInt64, length: TimeSpan) {
    var random = SeededRandom(seed: seed).child("plan")
    self.seed = seed
    self.length = length
    settings = WorldPlan.settings(&random)
    journal = JournalLimits()
    journal.segmentBytes = random.pick([2048, 8192, 32_768])
    journal.chunkBytes = random.pick([2048, 16_384])
    clients = 4 + random.below(12)
    func sometimes(_ percent: Int, _ seconds: ClosedRange<Int64>) -> TimeSpan? {
      let span = TimeSpan.seconds(random.within(seconds))
      return random.chance(percent) ? span : nil
    }
    crashes = sometimes(85, 60...900)
    stops = sometimes(40, 300...1800)
    pauses = sometimes(40, 200...1200)
    networkFaults = sometimes(85, 5...120)
    diskFaults = sometimes(60, 100...900)
    clientFaults = sometimes(70, 20...300)
    administration = sometimes(60, 60...600)
    changesModes = random.chance(30)
    if changesModes, random.chance(70) {
      settings.mode = .simulateContention
      settings.contention = ContentionSettings(
        denyProbability: 0.2, queueProbability: 0.4, seed: random.next())
    }
    damages = random.chance(20)
    let slow: Int64 = random.pick([1, 1, 1, 10, 100])
    delay = 50_000...(1_000_000 * slow)
    diskDelay = 100_000...(5_000_000 * random.pick([1, 1, 4, 40, 400]))
    // Without limits to respect there is nothing to learn.
    losesState = !changesModes && random.chance(30)
    if losesState { settings.limits.learning = .seconds(random.pick([10, 60])) }
  }

  /// Pools, and what the coordinator does with them.
  private static func settings(_ random: inout SeededRandom) -> CoordinationSettings {
    var pools = PoolDefinition.builtIn
    pools[0].capacity = random.pick([8000, 24_000])
    if random.chance(30) { pools[0].lockDelay = .seconds(5) }
    pools.append(
      PoolDefinition(
        name: "tokens", kind: .rate,
        rate: RateRule(algorithm: .gcra, period: .seconds(60), burst: random.within(0...8)),
        capacity: random.pick([6, 30, 90])))
    pools.append(
      PoolDefinition(
        name: "daily", kind: .rate,
        rate: RateRule(algorithm: .calendar, period: .seconds(random.pick([60, 900]))),
        capacity: random.pick([5, 40])))
    var settings = CoordinationSettings(mode: .respectLimits, pools: pools)
    settings.preemption = PreemptionSettings(
      enabled: random.chance(30), grace: .seconds(random.pick([0, 5, 30])),
      minimumHold: .seconds(random.pick([0, 20])))
    if random.chance(30) { settings.componentDefaults.poolShare = 0.5 }
    if random.chance(20) { settings.componentDefaults.leases = 2 }
    settings.limits.historyEvents = random.pick([64, 1024])
    return settings
  }
}
