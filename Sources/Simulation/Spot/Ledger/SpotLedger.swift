/// How the end of an instance's time is rounded for its bill. The price of the added time is the
/// market's at that time.
public enum BillingUnit: String, CaseIterable, Hashable, Sendable {
  /// To the nanosecond.
  case exact
  case second
  /// Whole steps of the market, counted from the launch.
  case tick
  case hour

  /// How much time is billed for a time that was used.
  package func billedNanoseconds(_ used: Int64, stepNanoseconds: Int64) -> Int64 {
    let unit: Int64 =
      switch self {
      case .exact: 1
      case .second: Seconds.nanoseconds
      case .tick: stepNanoseconds
      case .hour: SpotUnits.nanosecondsPerHour
      }
    return (used + unit - 1) / unit * unit
  }
}

/// One line of the ledger: what an instance cost from its launch to its end, or what a task's move
/// between regions cost.
public struct LedgerEntry: Hashable, Sendable {
  public enum Subject: Hashable, Sendable {
    case instance(id: Int, kind: InstanceKind)
    case egress(task: Int)
  }

  public let subject: Subject
  public let zone: Int
  package let startNanoseconds: Int64
  /// When the billed time ends; the start where no time is billed.
  package let endNanoseconds: Int64
  public let charge: Charge

  public var startHours: Double { SpotUnits.hours(startNanoseconds) }
  public var endHours: Double { SpotUnits.hours(endNanoseconds) }
}

/// All that a run cost. Every instance stands in it once, idle, preempted and unfinished ones too.
public struct SpotLedger: Hashable, Sendable {
  public private(set) var entries: [LedgerEntry] = []
  public private(set) var total = Charge.zero

  mutating func add(_ entry: LedgerEntry) {
    entries.append(entry)
    total += entry.charge
  }
}
