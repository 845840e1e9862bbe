package import Model

/// What would come of a job's admission: what was decided, and what its submitter is to be told.
package struct AdmissionVerdict: Hashable, Sendable {
  package var decisions: [TenancyDecision]
  /// Limits that are passed although the job is admitted.
  package var warnings: [QuotaFinding]
}

extension TenancyState {
  /// Whether a job is admitted, on every account at once, and with which warnings; or every rule or limit in its way.
  /// Changes nothing: a dry run is this.
  ///
  /// The order of the looks: who asks, the project, the fields, the project's policies, the quotas.
  package func verdict(
    on demand: Demand, by caller: Caller, at now: Instant
  ) throws(TenancyRefusal) -> AdmissionVerdict {
    if case .user(let id) = caller, id != demand.user {
      throw TenancyRefusal(
        .accessDenied, "\(id) may not submit for \(demand.user)", field: "owner_id")
    }
    var decisions: [TenancyDecision] = []
    let settings = try projectSettings(for: demand, by: caller, &decisions)
    try check(demand)
    let violations = settings.violations(of: demand)
    guard violations.isEmpty else { throw .policy(violations) }
    let charge = try charge(for: demand, organization: settings.organization)
    let quotas = assess(charge, priority: demand.facts.priority, at: now)
    guard quotas.outcome != .refused else { throw .quota(quotas) }
    decisions += quotas.bursts.map { .burstBegun($0) }
    decisions.append(.jobAdmitted(charge))
    return AdmissionVerdict(decisions: decisions, warnings: quotas.warnings)
  }

  func admit(
    _ demand: Demand, by caller: Caller, at now: Instant
  ) throws(TenancyRefusal) -> [TenancyDecision] {
    try verdict(on: demand, by: caller, at: now).decisions
  }

  /// The settings of the project that a job is to belong to. One that is not known is made where nobody has to say
  /// who they are.
  private func projectSettings(
    for demand: Demand, by caller: Caller, _ decisions: inout [TenancyDecision]
  ) throws(TenancyRefusal) -> ProjectSettings {
    guard let project = projects[demand.project] else {
      guard !settings.authenticates else { throw .unknown("Project", demand.project) }
      try permit(.createProject, by: demand.user)
      try checkNew(demand.project)
      let settings = ProjectSettings()
      decisions.append(.projectCreated(demand.project, settings))
      return settings
    }
    // The platform submits for somebody, with their rights and no more.
    try permit(.submitJob, by: demand.user, in: demand.project)
    return project.settings
  }

  private func check(_ demand: Demand) throws(TenancyRefusal) {
    guard Identifier<Charge>(demand.job) != nil else {
      throw .invalid(
        "id",
        "a job's id is 1 to \(TenancyLimits.identifierBytesMax) letters, digits or . _ - @ : +")
    }
    guard charges[demand.job] == nil else { throw .taken("Job", demand.job) }
    guard demand.holdings.isInRange else {
      throw .invalid("resources", "a quantity is below 0 or above \(TenancyLimits.quantityMax)")
    }
    guard demand.expectedRuntime >= .zero, demand.expectedRuntime <= TenancyLimits.runtimeMax else {
      let seconds = TenancyLimits.runtimeMax.nanoseconds / 1_000_000_000
      throw .invalid("max_runtime_seconds", "expected 0 to \(seconds)")
    }
    guard (0...TenancyLimits.priorityMax).contains(demand.facts.priority) else {
      throw .invalid("priority", "expected 0 to \(TenancyLimits.priorityMax)")
    }
    try TenancyRefusal.check(demand.costCenter, field: "cost_center")
    try TenancyRefusal.check(demand.gpuType ?? .empty, field: "gpu_type")
    try TenancyRefusal.checkRoom(
      charges.count, TenancyLimits.chargesMax, "jobs that are not over", field: "")
  }

  private func charge(
    for demand: Demand, organization: Organization.ID?
  ) throws(TenancyRefusal) -> Charge {
    guard let rate = settings.prices.rate(of: demand.holdings) else {
      throw .limit(
        "resources",
        "the job would cost more than $\(TenancyLimits.nanodollarsPerHourMax / 1_000_000_000) an hour; ask for less"
      )
    }
    return Charge(
      job: demand.job, user: demand.user, project: demand.project, organization: organization,
      costCenter: demand.costCenter, holdings: demand.holdings,
      gpuType: demand.holdings.gpuThousandths > 0 ? demand.gpuType : nil, rate: rate,
      expectedRuntime: demand.expectedRuntime)
  }
}

extension ProjectSettings {
  /// Every rule of the project that a job breaks.
  func violations(of demand: Demand) -> [PolicyViolation] {
    let places = [
      violation(.cluster, demand.cluster), violation(.pool, demand.pool),
      violation(.queue, demand.queue),
    ]
    return places.compactMap(\.self) + policy.violations(of: demand.facts)
  }

  /// Why the project may not use a place; nil if it may. Whoever chooses a place for a job that named none asks too.
  package func violation(_ place: ProjectPlace, _ wanted: Text?) -> PolicyViolation? {
    let (rule, allowed): (PolicyViolation.Rule, [Text]) =
      switch place {
      case .cluster: (.cluster, allowedClusters)
      case .pool: (.pool, allowedPools)
      case .queue: (.queue, allowedQueues)
      }
    guard let wanted, !allowed.isEmpty, !allowed.contains(wanted) else { return nil }
    let names = allowed.map(\.string).joined(separator: ", ")
    return PolicyViolation(
      rule: rule, text: "\(wanted) is not among \(rule.rawValue); take one of \(names)")
  }
}

extension TenancyRefusal {
  static func policy(_ violations: [PolicyViolation]) -> TenancyRefusal {
    let texts = violations.map(\.text).joined(separator: "; ")
    var refusal = TenancyRefusal(.policyViolated, "Admission refused: \(texts)")
    refusal.violations = violations
    return refusal
  }

  static func quota(_ verdict: QuotaVerdict) -> TenancyRefusal {
    let texts = verdict.refusals.map(\.text).joined(separator: "; ")
    var refusal = TenancyRefusal(.quotaExceeded, "Quota exceeded: \(texts)")
    refusal.findings = verdict.refusals
    return refusal
  }
}
