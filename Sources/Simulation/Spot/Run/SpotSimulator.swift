/// Runs tasks under one policy on a market of spot and on-demand instances.
///
///     let market = MarketModel().market(hours: 48, seed: 42)
///     var simulator = SpotSimulator(policy: GreedyPolicy(), market: market, seed: 42)
///     for task in TaskModel(count: 100).tasks(hours: 48, seed: 42) { try simulator.add(task) }
///     let metrics = try simulator.run(hours: 48)
///     print(metrics.totalCost, metrics.jsonText)
///
/// The same input gives the same result, to the bit; simulators that differ in the policy alone
/// face the same market, the same tasks and the same luck.
public struct SpotSimulator: Sendable {
  public let policy: any SpotPolicy
  public let market: SpotMarket
  public let settings: SpotSettings
  /// Names the draws of preemptions.
  public let seed: UInt64
  public private(set) var tasks: [SpotTask] = []

  /// How many tasks a simulation has at most.
  public static let tasksMax = 10_000_000

  public init(
    policy: any SpotPolicy, market: SpotMarket, settings: SpotSettings = SpotSettings(),
    seed: UInt64 = 42
  ) {
    self.policy = policy
    self.market = market
    self.settings = settings
    self.seed = seed
  }

  /// Adds a task, in any order of arrival. Fails where no instance has the memory for it.
  public mutating func add(_ task: SpotTask) throws(SpotError) {
    guard tasks.count < SpotSimulator.tasksMax else {
      throw SpotError("a simulation has at most \(SpotSimulator.tasksMax) tasks")
    }
    guard task.stateMegabytes <= settings.memoryMegabytes else {
      throw SpotError(
        "task \(task.id): its \(task.stateMegabytes) MB do not fit an instance's "
          + "\(settings.memoryMegabytes) MB")
    }
    tasks.append(task)
  }

  /// Simulates so many hours; what is unfinished then counts as such and is paid for.
  public func run(hours: Double) throws(SpotError) -> SpotMetrics {
    guard hours > 0, hours <= SpotUnits.hoursMax else {
      throw SpotError("a simulation lasts above 0 and at most \(SpotUnits.hoursMax) hours")
    }
    try settings.check()
    return try run(policy, horizon: SpotUnits.nanoseconds(hours: hours))
  }

  private func run(_ policy: some SpotPolicy, horizon: Int64) throws(SpotError) -> SpotMetrics {
    var run = SpotRun(
      policy: policy, market: market, tasks: tasks, settings: settings, horizon: horizon,
      seed: seed)
    let record = try run.run()
    return SpotMetrics(policyName: policy.name, record: record, horizon: horizon)
  }
}
