import Model

extension SnapshotReader {
  private static let policyKeys = [
    "order", "primary", "primary_policy", "secondary", "secondary_policy", "ageing", "fair_share",
    "backfill", "enable_backfill", "preemption", "enable_preemption", "enable_gang_scheduling",
    "placement", "default_time_limit_seconds", "default_gpu_time_limit_seconds",
    "candidates_per_pass", "run_share", "scheduling_interval", "migration", "retry",
  ]

  /// The policy, or the scheduler's block of the configuration file, which has the same keys under longer names.
  mutating func readPolicy(_ field: JSONField) throws(FieldProblem) {
    if case .string = field.value {
      try readOrder(field)
      return
    }
    let members = try field.members(Self.policyKeys)
    if let field = try members.find("order", "primary", "primary_policy") { try readOrder(field) }
    if let field = try members.find("secondary", "secondary_policy") {
      let (order, _) = try order(field)
      snapshot.policy.secondary = order
    }
    if let field = try members.find("ageing") { try readAgeing(field) }
    if let field = try members.find("fair_share") { try readFairShare(field) }
    if let field = try members.find("enable_backfill"), try !field.bool() {
      snapshot.policy.backfill.depth = .none
    }
    if let field = try members.find("backfill") { try readBackfill(field) }
    if let field = try members.find("enable_preemption") {
      snapshot.policy.isPreemptionEnabled = try field.bool()
      snapshot.policy.preemptsWithoutQueues = try field.bool()
      snapshot.policy.preemption = .standard
    }
    if let field = try members.find("preemption") { try readPreemption(field) }
    if let field = try members.find("enable_gang_scheduling") {
      snapshot.policy.isGangEnabled = try field.bool()
    }
    if let field = try members.find("placement") {
      snapshot.policy.placement = try placement(field)
    }
    if let field = try members.find("retry") { try readRetry(field) }
    if let field = try members.find("migration") { try readMigration(field) }
    if let field = try members.find("default_time_limit_seconds") {
      snapshot.policy.defaultTimeLimit = try field.span()
      snapshot.policy.defaultGPUTimeLimit = snapshot.policy.defaultTimeLimit
    }
    if let field = try members.find("default_gpu_time_limit_seconds") {
      snapshot.policy.defaultGPUTimeLimit = try field.span()
    }
    if let field = try members.find("candidates_per_pass") {
      snapshot.policy.candidatesPerPass = try field.integer(0...PlanLimits.jobs)
    }
    if let field = try members.find("run_share") {
      snapshot.policy.runShareMilli = try field.decimal(places: 3, max: 1000)
    }
    // A plan is one pass: how often the live scheduler makes one changes nothing.
    if let field = try members.find("scheduling_interval") { _ = try field.span() }
  }

  private enum OrderName: String, CaseIterable {
    case fifo, fcfs, priority
    case fairShare = "fair_share"
    case fairTree = "fair_tree"
    case deadline, edf, drf, shortest, sjf, wfp3, unicep, f1
    case queueShare = "queue_share"
    case backfill, gang, preemptive
  }

  private mutating func readOrder(_ field: JSONField) throws(FieldProblem) {
    let (order, name) = try order(field)
    snapshot.policy.order = order
    if name == .preemptive {
      snapshot.policy.isPreemptionEnabled = true
      snapshot.policy.preemptsWithoutQueues = true
    }
  }

  private func order(
    _ field: JSONField
  ) throws(FieldProblem) -> (PlanPolicy.Order, OrderName) {
    let text = try field.string()
    guard
      let name = OrderName(rawValue: String(text.lowercased().map { $0 == "-" ? "_" : $0 }))
    else { throw field.unknown(text, PlanPolicy.Order.allCases.map(\.rawValue)) }
    let order: PlanPolicy.Order =
      switch name {
      case .fifo, .fcfs, .backfill, .gang: .fifo
      case .priority, .preemptive: .priority
      case .fairShare, .fairTree: .fairShare
      case .deadline, .edf: .deadline
      case .drf: .drf
      case .shortest, .sjf: .shortest
      case .wfp3: .wfp3
      case .unicep: .unicep
      case .f1: .f1
      case .queueShare: .queueShare
      }
    return (order, name)
  }

  private mutating func readAgeing(_ field: JSONField) throws(FieldProblem) {
    let members = try field.members(["points_per_hour", "ceiling"])
    snapshot.policy.ageing = .standard
    if let field = try members.find("points_per_hour") {
      snapshot.policy.ageing.pointsPerHour = try field.double(0...1e9)
    }
    if let field = try members.find("ceiling") {
      snapshot.policy.ageing.ceiling = Double(try priority(field))
    }
  }

  private mutating func readFairShare(_ field: JSONField) throws(FieldProblem) {
    let members = try field.members([
      "algorithm", "half_life_seconds", "window_hours", "decay_factor",
    ])
    if let field = try members.find("algorithm") {
      snapshot.policy.fairShare = try field.choice(PlanPolicy.FairShare.self)
    }
    let window = try members.find("window_hours")
    let factor = try members.find("decay_factor")
    if let field = try members.find("half_life_seconds") {
      if let other = window ?? factor {
        throw other.problem("`half_life_seconds` says the same; leave one of them out")
      }
      snapshot.policy.decay = UsageDecay(halfLife: try field.span())
    } else if window != nil || factor != nil {
      let hours = try window?.decimal(places: 3, max: 1_000_000_000) ?? 168_000
      guard hours > 0 else { throw members.owner.problem("`window_hours` is above 0") }
      let part = try factor?.double(0...1) ?? 0.5
      guard part > 0 else { throw members.owner.problem("`decay_factor` is above 0") }
      snapshot.policy.decay = UsageDecay(window: .milliseconds(hours * 3600), factor: part)
    }
  }

  private mutating func readBackfill(_ field: JSONField) throws(FieldProblem) {
    switch field.value {
    case .bool(let isOn): snapshot.policy.backfill.depth = isOn ? .first(1) : .none
    case .number, .string: snapshot.policy.backfill.depth = try depth(field)
    case .null, .array, .object:
      let members = try field.members(["depth", "candidates", "overdue_seconds"])
      if let field = try members.find("depth") {
        snapshot.policy.backfill.depth = try depth(field)
      }
      if let field = try members.find("candidates") {
        switch try field.choice(CandidateName.self) {
        case .queueOrder: snapshot.policy.backfill.candidates = .queueOrder
        case .shortestFirst: snapshot.policy.backfill.candidates = .shortestFirst
        }
      }
      if let field = try members.find("overdue_seconds") {
        snapshot.policy.backfill.overdueSpan = try field.span()
      }
    }
  }

  private enum CandidateName: String, CaseIterable {
    case queueOrder = "queue_order"
    case shortestFirst = "shortest_first"
  }

  private func depth(_ field: JSONField) throws(FieldProblem) -> BackfillSettings.Depth {
    if case .string(let text) = field.value {
      switch text {
      case "none": return .none
      case "easy": return .first(1)
      case "all", "conservative": return .all
      default: throw field.unknown(text, ["none", "easy", "all", "conservative"])
      }
    }
    let count = try field.integer(0...PlanLimits.jobs)
    return count == 0 ? .none : .first(count)
  }

  private mutating func readPreemption(_ field: JSONField) throws(FieldProblem) {
    if case .bool(let isOn) = field.value {
      snapshot.policy.isPreemptionEnabled = isOn
      snapshot.policy.preemptsWithoutQueues = isOn
      return
    }
    let members = try field.members([
      "enabled", "priority_threshold", "grace_seconds", "grace_period", "min_runtime_seconds",
      "max_preemptions", "reclaim_bound",
    ])
    let isOn = try members.find("enabled")?.bool() ?? snapshot.policy.isPreemptionEnabled
    snapshot.policy.isPreemptionEnabled = isOn
    snapshot.policy.preemptsWithoutQueues = isOn
    if let field = try members.find("priority_threshold") {
      snapshot.policy.preemption.priorityThreshold = try field.integer(1...Int64(UInt32.max))
    }
    if let field = try members.find("grace_seconds", "grace_period") {
      snapshot.policy.preemption.grace = try field.span(allowsZero: true)
    }
    if let field = try members.find("min_runtime_seconds") {
      snapshot.policy.preemption.minimumRunTime = try field.span(allowsZero: true)
    }
    if let field = try members.find("max_preemptions") {
      snapshot.policy.preemption.maximumPreemptions = try field.integer(0...Int(Int32.max))
    }
    if let field = try members.find("reclaim_bound") {
      snapshot.policy.preemption.reclaimBound = try field.choice(ReclaimBound.self)
    }
  }

  private enum PlacementName: String, CaseIterable {
    case bestFit = "best_fit"
    case bestfit, pack, spread, fgd
    case dotProduct = "dot_product"
    case dotprod
    case gpuPacking = "gpu_packing"
    case gpupacking
    case gpuClustering = "gpu_clustering"
    case gpuclustering, random
  }

  private func placement(_ field: JSONField) throws(FieldProblem) -> PlanPolicy.Placement {
    let text = try field.string()
    guard let name = PlacementName(rawValue: text) else {
      throw field.unknown(text, PlanPolicy.Placement.allCases.map(\.rawValue))
    }
    switch name {
    case .bestFit, .bestfit: return .bestFit
    case .pack: return .pack
    case .spread: return .spread
    case .fgd: return .fragmentationGradient
    case .dotProduct, .dotprod: return .dotProduct
    case .gpuPacking, .gpupacking: return .gpuPacking
    case .gpuClustering, .gpuclustering: return .gpuClustering
    case .random: return .random
    }
  }
}
