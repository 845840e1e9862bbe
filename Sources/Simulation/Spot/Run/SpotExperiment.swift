import Model

/// Policies side by side: in each repeat all face one market, one set of tasks and one luck.
public struct SpotExperiment: Hashable, Sendable {
  /// Where the market of a repeat comes from.
  public enum Source: Hashable, Sendable {
    /// Drawn anew for each repeat.
    case model(MarketModel)
    /// The same in all; tasks and luck differ.
    case recorded(SpotMarket)
  }

  public var source: Source
  public var tasks: TaskModel
  public var settings: SpotSettings
  public var hours: Double
  public var seed: UInt64
  /// At least 1.
  public var repeats: Int

  public static let repeatsMax = 100_000

  public init(
    source: Source = .model(MarketModel()), tasks: TaskModel = TaskModel(),
    settings: SpotSettings = SpotSettings(), hours: Double = 48, seed: UInt64 = 42,
    repeats: Int = 1
  ) {
    self.source = source
    self.tasks = tasks
    self.settings = settings
    self.hours = hours
    self.seed = seed
    self.repeats = repeats
  }

  /// The seed of a repeat, from 0; the first one's is the experiment's.
  public func seed(ofRepeat number: Int) -> UInt64 {
    number == 0
      ? seed : SeededRandom(seed: seed).child("repeats").word(at: UInt64(number))
  }

  /// The market of a repeat.
  public func market(ofRepeat number: Int) -> SpotMarket {
    switch source {
    case .model(let model): model.market(hours: hours, seed: seed(ofRepeat: number))
    case .recorded(let market): market
    }
  }

  /// Runs the policies in one repeat. Only the first repeat keeps what happened.
  public func run(_ policies: [any SpotPolicy], repeat number: Int) throws(SpotError)
    -> SpotComparison.Repeat
  {
    let seed = seed(ofRepeat: number)
    let market = market(ofRepeat: number)
    let tasks = tasks.tasks(hours: hours, seed: seed)
    func metrics(_ policy: any SpotPolicy) throws(SpotError) -> SpotMetrics {
      var simulator = SpotSimulator(policy: policy, market: market, settings: settings, seed: seed)
      for task in tasks { try simulator.add(task) }
      let metrics = try simulator.run(hours: hours)
      return number == 0 ? metrics : metrics.withoutRecord()
    }
    var results: [SpotMetrics] = []
    for policy in policies { results.append(try metrics(policy)) }
    let baseline: SpotMetrics
    if let index = policies.firstIndex(where: { $0 is OnDemandOnlyPolicy }) {
      baseline = results[index]
    } else {
      baseline = try metrics(OnDemandOnlyPolicy())
    }
    return SpotComparison.Repeat(
      number: number, seed: seed, metrics: results, onDemandCost: baseline.cost)
  }

  /// Runs all repeats, one after the other.
  public func run(_ policies: [any SpotPolicy]) throws(SpotError) -> SpotComparison {
    var repeats: [SpotComparison.Repeat] = []
    for number in 0..<self.repeats { repeats.append(try run(policies, repeat: number)) }
    return SpotComparison(repeats: repeats)
  }
}
