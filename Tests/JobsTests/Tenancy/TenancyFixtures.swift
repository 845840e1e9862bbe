import Jobs
import Model
import Testing

/// An instant of 2026-11-27, which is a Friday, at hours, minutes and seconds UTC.
func friday(_ hours: Int64, _ minutes: Int64 = 0, _ seconds: Int64 = 0) -> Instant {
  Instant(nanoseconds: 1_795_737_600_000_000_000)
    + .seconds(hours * 3_600 + minutes * 60 + seconds)
}

/// A state with the records of all that was decided, as a journal would have them.
struct TenancyWorld {
  var state: TenancyState
  private(set) var records: [[UInt8]] = []
  private(set) var alerts: [(at: Instant, project: Project.ID, level: BudgetLevel)] = []

  init(authenticates: Bool = true) {
    state = TenancyState(TenancySettings(authenticates: authenticates))
  }

  /// Lets time pass, then decides and applies.
  @discardableResult
  mutating func run(
    _ command: TenancyCommand, by caller: Caller = .platform, at now: Instant = friday(9)
  ) throws(TenancyRefusal) -> [TenancyDecision] {
    pass(to: now)
    let decisions = try state.decide(command, by: caller, at: now)
    for decision in decisions { apply(decision, by: caller, at: now) }
    return decisions
  }

  /// Applies what is due by an instant.
  mutating func pass(to now: Instant) {
    while let due = state.nextDue, due.at <= now {
      if case .budgetAlerted(let project, let level) = due.decision {
        alerts.append((due.at, project, level))
      }
      apply(due.decision, by: .platform, at: due.at)
    }
  }

  private mutating func apply(_ decision: TenancyDecision, by caller: Caller, at now: Instant) {
    #expect(state.accepts(decision, at: now), "\(decision)")
    var sink = ByteSink()
    TenancyRecord(decision, by: caller, at: now).write(to: &sink, after: state.decidedAt)
    records.append(sink.bytes)
    state.evolve(decision, at: now)
  }

  /// The refusal of a command that must not be carried out.
  mutating func refusal(
    _ command: TenancyCommand, by caller: Caller = .platform, at now: Instant = friday(9),
    sourceLocation: SourceLocation = #_sourceLocation
  ) -> TenancyRefusal? {
    do throws(TenancyRefusal) {
      try run(command, by: caller, at: now)
      Issue.record("carried out: \(command)", sourceLocation: sourceLocation)
      return nil
    } catch {
      return error
    }
  }

  /// One of each role beside the admin `root`, and the project `apollo`, whose members they are with the same roles.
  static func staffed() throws -> TenancyWorld {
    var world = TenancyWorld()
    let wednesday = friday(-48)
    try world.run(.createUser(User(id: "root", role: .admin)), at: wednesday)
    try world.run(.createProject("apollo", ProjectSettings()), at: wednesday)
    for role in Role.allCases where role != .admin {
      let id = User.ID(stringLiteral: role.name)
      try world.run(.createUser(User(id: id, role: role)), at: wednesday)
      try world.run(.setMember("apollo", id, role), at: wednesday)
    }
    return world
  }

  func bytes() -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    state.write { chunks.append($0) }
    return chunks
  }
}

/// A hash as the shell would make it, one for each number.
func tokenHash(_ number: Int) -> Text {
  let digits = String(number, radix: 16)
  return Text(String(repeating: "0", count: 64 - digits.count) + digits)
}

/// A job of an hour in `apollo` that asks for little.
func demand(
  _ job: Text, by user: User.ID = "developer", in project: Project.ID = "apollo", cpus: Int64 = 1,
  gpus: Int64 = 0, type: Text? = nil, hours: Int64 = 1
) -> Demand {
  Demand(
    job: job, user: user, project: project,
    holdings: Holdings(
      cpuThousandths: cpus * 1_000, memoryMB: 1_024, storageMB: 1_024,
      gpuThousandths: gpus * 1_000), gpuType: type, expectedRuntime: .seconds(hours * 3_600))
}
