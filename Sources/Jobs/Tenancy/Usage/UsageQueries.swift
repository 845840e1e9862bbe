package import Model

extension TenancyState {
  /// What the attempt used that a decision ends; to be asked before the decision is applied, and to be kept by
  /// whoever keeps the past.
  package func usage(endedBy decision: TenancyDecision, at now: Instant) -> UsageRecord? {
    switch decision {
    case .jobStopped(let job), .jobEnded(let job):
      charges[job].flatMap { UsageRecord($0, until: now) }
    default: nil
    }
  }

  /// What the attempts that run now used so far, by the job's id. Takes time in proportion to the scope's jobs.
  package func runningUsage(in scope: Scope, until now: Instant) -> [UsageRecord] {
    (chargesByScope[scope] ?? []).sorted().compactMap { job in
      charges[job].flatMap { UsageRecord($0, until: now) }
    }
  }
}

/// Use by job, user, project or cost centre.
package struct UsageBreakdown: Hashable, Sendable {
  /// What use is told apart by.
  package enum Dimension: String, CaseIterable, Hashable, Sendable {
    case job, user, project
    case costCenter = "cost_center"
  }

  package let dimension: Dimension
  /// By the name of the job, user, project or cost centre, which is empty where a job had none.
  package private(set) var groups: [Text: Usage] = [:]
  /// Use of those that came when there were ``TenancyLimits/usageGroupsMax`` groups already.
  package private(set) var others = Usage.zero
  package private(set) var total = Usage.zero

  package init(by dimension: Dimension) {
    self.dimension = dimension
  }

  /// Adds what an attempt used between two instants.
  package mutating func add(_ record: UsageRecord, from start: Instant, to end: Instant) {
    let usage = record.usage(from: start, to: end)
    guard usage != .zero else { return }
    total += usage
    let name = name(of: record)
    if groups[name] == nil, groups.count >= TenancyLimits.usageGroupsMax {
      others += usage
    } else {
      groups[name, default: .zero] += usage
    }
  }

  private func name(of record: UsageRecord) -> Text {
    switch dimension {
    case .job: record.job
    case .user: record.user.text
    case .project: record.project.text
    case .costCenter: record.costCenter
    }
  }
}
