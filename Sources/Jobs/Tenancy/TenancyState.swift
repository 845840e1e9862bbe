package import Model

/// What the configuration says about tenancy.
package struct TenancySettings: Hashable, Sendable {
  /// Whether callers have to say who they are. If not, everybody is the built-in admin `local`, and a project that is
  /// not known is made at its first use.
  package var authenticates: Bool
  package let prices: Prices

  /// Throws what is wrong with the prices.
  package init(authenticates: Bool, prices: Prices) throws(TenancyRefusal) {
    try prices.check()
    self.authenticates = authenticates
    self.prices = prices
  }

  /// With the prices of ``Prices``.
  package init(authenticates: Bool) {
    self.authenticates = authenticates
    prices = Prices()
  }
}

/// Who there is, what belongs to whom, and how much is used of what is allowed.
///
/// A value: ``decide(_:by:at:)`` looks and answers, ``evolve(_:at:)`` changes, ``nextDue`` says what time brings.
/// Everything in it is bounded by ``TenancyLimits``, and nothing that is looked up needs a walk over all there is.
package struct TenancyState: Sendable {
  /// Not part of what decisions make: it may be another at the next start.
  package let settings: TenancySettings
  /// When the last decision was made.
  package internal(set) var decidedAt = Instant(nanoseconds: .min)

  package internal(set) var organizations: [Organization.ID: Organization] = [:]
  package internal(set) var users: [User.ID: User] = [:]
  package internal(set) var tokens: [APIToken.ID: APIToken] = [:]
  package internal(set) var projects: [Project.ID: Project] = [:]
  package internal(set) var secrets: [Secret.ID: Secret] = [:]
  /// The other projects that a checkpoint is shared with; none of the sets is empty.
  package internal(set) var checkpointShares: [CheckpointID: Set<Project.ID>] = [:]
  package internal(set) var quotas: [Quota.ID: Quota] = [:]
  /// When the last burst of a quota began.
  var bursts: [Quota.ID: Instant] = [:]
  /// By the job's id.
  package internal(set) var charges: [Text: Charge] = [:]
  package internal(set) var accounts: [Scope: Account] = [:]
  /// The last alert about each project's budget.
  var alerts: [Project.ID: BudgetAlert] = [:]

  // What follows from the rest.
  var tokensByHash: [Text: APIToken.ID] = [:]
  var tokensByUser: [User.ID: Set<APIToken.ID>] = [:]
  var secretsByProject: [Project.ID: Int] = [:]
  var quotasByScope: [Scope: Set<Quota.ID>] = [:]
  var chargesByScope: [Scope: Set<Text>] = [:]
  /// How many active users are admins.
  var admins = 0
  /// When which budget will be crossed if nothing changes.
  var alarms = Agenda()

  package init(_ settings: TenancySettings) {
    self.settings = settings
  }
}

/// The highest level of a budget that was told of in a month.
struct BudgetAlert: Hashable, Sendable {
  var month: UTCMonth
  var level: BudgetLevel
}

/// When budgets will be crossed, earliest first; one entry for each project at most.
struct Agenda: Hashable, Sendable {
  /// A crossing to come.
  struct Entry: Hashable, Comparable, Sendable {
    var at: Instant
    var project: Project.ID
    var level: BudgetLevel

    static func < (left: Entry, right: Entry) -> Bool {
      left.at == right.at ? left.project < right.project : left.at < right.at
    }
  }

  private var entries: [Entry] = []
  private var times: [Project.ID: Entry] = [:]

  var first: Entry? { entries.first }

  /// Finds the place in logarithmic time, and moves what stands behind it.
  mutating func set(_ entry: Entry?, for project: Project.ID) {
    if let old = times.removeValue(forKey: project) { entries.remove(at: place(of: old)) }
    guard let entry else { return }
    entries.insert(entry, at: place(of: entry))
    times[project] = entry
  }

  private func place(of entry: Entry) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle] < entry { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
