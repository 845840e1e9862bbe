import ArgumentParser
import Simulation

/// The market of a spot simulation.
struct SpotMarketOptions: ParsableArguments {
  enum Model: String, CaseIterable {
    case ou, simple
  }

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Mean price of a spot instance, in dollars an hour. Default: 0.30, and of recorded zones theirs.",
      valueName: "dollars"))
  var spotPrice: Double?

  @Option(
    name: .customLong("ondemand-price"), parsing: .unconditional,
    help: ArgumentHelp(
      "Price of an on-demand instance, in dollars an hour. Default: 1.00, and of recorded zones theirs.",
      valueName: "dollars"))
  var onDemandPrice: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Preemptions an hour, before the price has its say. Default: 0.05, and of recorded zones 0.",
      valueName: "rate"))
  var preemptionRate: Double?

  @Option(
    help: ArgumentHelp(
      "Recorded availability of zones with their prices, with commas between them, in place of a "
        + "drawn market; .gz is unpacked.", valueName: "files"))
  var trace: String?

  @Option(
    help: "ou: a mean-reverting price with a daily cycle; simple: always the same price and risk.",
    completion: .list(Model.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, Model.self) })
  var priceModel: Model = .ou

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How much the price wanders: dollars for √hour.", valueName: "sigma"))
  var volatility = 0.2

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How fast it comes back to its mean: a share an hour.", valueName: "theta"))
  var reversion = 0.5

  @Flag(help: "Read --volatility as a share of the mean price.")
  var relativeVolatility = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How far a week's cycle moves prices, as a share.", valueName: "share"))
  var weeklyAmplitude = 0.0

  @Flag(help: "Make a step's risk 1 - exp(-rate dt) and not rate dt.")
  var exponentialRate = false

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Take spot instances away, and sell none, while their price is above this.",
      valueName: "dollars"))
  var bid: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Zones, each a region with prices of its own.", valueName: "n"))
  var zones = 1

  private static let zonesMax = 100

  func validate() throws {
    if let spotPrice {
      try Self.check("--spot-price", spotPrice, 0...SpotUnits.dollarsPerHourMax, "dollars")
    }
    if let onDemandPrice {
      try Self.check(
        "--ondemand-price", onDemandPrice, 1e-9...SpotUnits.dollarsPerHourMax, "dollars")
    }
    if let preemptionRate {
      try Self.check("--preemption-rate", preemptionRate, 0...1e6, "preemptions an hour")
    }
    try Self.check("--volatility", volatility, 0...SpotUnits.dollarsPerHourMax, "")
    try Self.check("--reversion", reversion, 0...1e6, "an hour")
    try Self.check("--weekly-amplitude", weeklyAmplitude, 0...1, "as a share")
    if let bid { try Self.check("--bid", bid, 0...SpotUnits.dollarsPerHourMax, "dollars") }
    guard (1...Self.zonesMax).contains(zones) else {
      throw ValidationError("--zones: expected a number from 1 to \(Self.zonesMax), got \(zones)")
    }
  }

  /// Refuses a number outside of a range, and what is no number.
  static func check(
    _ flag: String, _ value: Double, _ range: ClosedRange<Double>, _ unit: String
  ) throws {
    guard range.contains(value) else {
      let bounds = "from \(number(range.lowerBound)) to \(number(range.upperBound))"
      throw ValidationError(
        "\(flag): expected a number \(bounds)\(unit.isEmpty ? "" : " " + unit), got \(value)")
    }
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() ? String(Int64(value)) : "\(value)"
  }

  /// Where markets come from; reads the recordings.
  func source(hours: Double) async throws -> SpotExperiment.Source {
    guard let trace else { return .model(model) }
    var traces: [AvailabilityTrace] = []
    for path in trace.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      let bytes = try await InputFile.bytes(path, flag: "--trace")
      do {
        traces.append(
          try TraceFile.trace(
            bytes, file: printable(path), spotDollarsPerHour: spotPrice,
            onDemandDollarsPerHour: onDemandPrice))
      } catch {
        throw Failure(.usage, "--trace \(error)")
      }
    }
    do {
      return .recorded(
        try SpotMarket.recorded(traces, hours: hours, ratePerHour: preemptionRate ?? 0))
    } catch {
      throw Failure(.usage, "--trace: \(error)")
    }
  }

  private var model: MarketModel {
    MarketModel(
      spotDollarsPerHour: spotPrice ?? MarketModel.usualSpotDollarsPerHour,
      onDemandDollarsPerHour: onDemandPrice ?? MarketModel.usualOnDemandDollarsPerHour,
      prices: priceModel == .simple
        ? .simple
        : .ornsteinUhlenbeck(
          volatility: volatility, reversion: reversion, isRelative: relativeVolatility),
      preemptions: PreemptionModel(
        ratePerHour: preemptionRate ?? PreemptionModel.usualRatePerHour,
        isExponential: exponentialRate, bidDollarsPerHour: bid),
      weeklyAmplitude: weeklyAmplitude, zones: zones)
  }
}

/// Instances of a spot simulation, and what happens to a task that loses one.
struct SpotInstanceOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "What each start of a task on an instance costs in time.", valueName: "hours"))
  var overheadHours = 0.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "How long before a preemption it is announced, so that the task can be saved.",
      valueName: "seconds"))
  var graceSeconds = 120.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Save running tasks after so much work. Default: never.", valueName: "hours")
  )
  var checkpointHours: Double?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Network of the instances, in turn, with commas between them.", valueName: "gbps"),
    transform: SpotInstanceOptions.numbers)
  var bandwidthGbps: [Double] = [10]

  @Option(
    parsing: .unconditional, help: ArgumentHelp("Memory of an instance.", valueName: "gb"))
  var memoryGb = 24.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("How many tasks share an instance at most.", valueName: "n"))
  var tasksPerInstance = 1

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Each further task of an instance makes all take longer by this share.", valueName: "share"))
  var slowdown = 0.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Keep instances without a task so long.", valueName: "hours"))
  var idleHours = 0.0

  @Option(
    help: "exact, second, tick or hour: what an instance's time is rounded up to.",
    completion: .list(BillingUnit.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, BillingUnit.self) })
  var billing: BillingUnit = .exact

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("What data cost that leave a region, a GB.", valueName: "dollars"))
  var egressPrice = 0.02

  func validate() throws {
    do {
      try settings.check()
    } catch {
      throw ValidationError(error.description)
    }
  }

  static func numbers(_ text: String) throws -> [Double] {
    try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let number = Double(part) else {
        throw ValidationError("expected numbers such as 1,10, got \"\(text)\"")
      }
      return number
    }
  }

  var settings: SpotSettings {
    SpotSettings(
      overheadHours: overheadHours, checkpointHours: checkpointHours, graceSeconds: graceSeconds,
      bandwidthsGigabits: bandwidthGbps, memoryGigabytes: memoryGb,
      tasksPerInstanceMax: tasksPerInstance, slowdown: slowdown, idleHours: idleHours,
      billing: billing, egressDollarsPerGigabyte: egressPrice)
  }
}
