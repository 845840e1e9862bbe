import Model

/// Which unit is decided on next.
///
/// Most orders are scores that are given once. Those that look at who got something in between are asked anew after each
/// decision.
struct PlanOrder {
  private struct Entry {
    /// Of the order and of the secondary order; lowest first.
    var scores: (Double, Double)
    var unit: Int
    var number: Int
    var tenant: Int

    static func < (left: Entry, right: Entry) -> Bool {
      if left.scores.0 != right.scores.0 { return left.scores.0 < right.scores.0 }
      if left.scores.1 != right.scores.1 { return left.scores.1 < right.scores.1 }
      return left.number < right.number
    }
  }

  private let order: PlanPolicy.Order
  private let jobs: PlanJobs
  private let units: [PlanUnit]
  /// By tenant: its units that are left, the next one last. Orders that are given once have one tenant.
  private var waiting: [[Entry]]
  private var fairness: TenantFairness

  init(_ units: [PlanUnit], _ jobs: PlanJobs, _ snapshot: Snapshot, ranks: UserRanks, now: Instant)
  {
    order = snapshot.policy.order
    self.jobs = jobs
    self.units = units
    let fairness = TenantFairness(snapshot, jobs)
    let scorer = PlanScorer(snapshot.policy, jobs, ranks, fairness, now)
    var entries: [Entry] = []
    for (index, unit) in units.enumerated() {
      let scores = unit.jobs.map { (scorer.score($0, .first), scorer.score($0, .second)) }
      let best = scores.min { $0.0 != $1.0 ? $0.0 < $1.0 : $0.1 < $1.1 }
      let first = unit.jobs[0]
      let tenant =
        switch snapshot.policy.order {
        case .drf: fairness.tenant(of: first)
        case .queueShare: jobs.jobs[first].queue
        case .fifo, .priority, .fairShare, .deadline, .shortest, .wfp3, .unicep, .f1: 0
        }
      entries.append(
        Entry(
          scores: best ?? (0, 0), unit: index, number: first, tenant: tenant))
    }
    waiting = Array(
      repeating: [], count: (entries.lazy.map(\.tenant).max() ?? 0) + 1)
    for entry in entries.sorted(by: { $1 < $0 }) { waiting[entry.tenant].append(entry) }
    self.fairness = fairness
  }

  /// Takes the next unit; nil when all were taken.
  ///
  /// - Parameter quota: what queues hold now.
  mutating func next(_ quota: QuotaTree) -> Int? {
    let tenant: Int?
    switch order {
    case .drf:
      tenant = waiting.indices.filter { !waiting[$0].isEmpty }.min { left, right in
        let (first, second) = (fairness.turn(of: left), fairness.turn(of: right))
        if first != second { return first < second }
        return number(left) < number(right)
      }
    case .queueShare: tenant = nextQueue(quota)
    case .fifo, .priority, .fairShare, .deadline, .shortest, .wfp3, .unicep, .f1: tenant = 0
    }
    guard let tenant else { return nil }
    return waiting[tenant].popLast()?.unit
  }

  private func number(_ tenant: Int) -> Int { waiting[tenant].last?.number ?? .max }

  private func nextQueue(_ quota: QuotaTree) -> Int? {
    var heads: [QuotaTree.Head] = []
    for (queue, entries) in waiting.enumerated() {
      guard let entry = entries.last else { continue }
      let unit = units[entry.unit]
      let job = jobs.jobs[unit.jobs[0]]
      heads.append(
        QuotaTree.Head(
          number: JobNumber(entry.number), queue: queue,
          amounts: PlanMachine.sum(unit.request.variants[0], columns: quota.columns.count),
          priority: jobs.priorities[unit.jobs[0]], created: job.created))
    }
    return quota.nextToAdmit(heads).map { heads[$0].queue }
  }

  /// The unit got something.
  mutating func started(_ placement: PlanMachine.Placement) {
    guard order == .drf else { return }
    fairness.add(placement.tasks)
  }

  /// Puts those that are left in the order of their estimates; ties stay as they were.
  mutating func sortByEstimate() {
    let units = self.units
    var left = waiting.joined().sorted { $0 < $1 }
    left = left.enumerated().sorted { one, other in
      let (first, second) = (units[one.element.unit].estimate, units[other.element.unit].estimate)
      return first != second ? first < second : one.offset < other.offset
    }.map(\.element)
    waiting = [left.reversed()] + Array(repeating: [], count: waiting.count - 1)
  }

  /// Whether orders that look at who got something are asked for: ``sortByEstimate()`` is not for them.
  var isDynamic: Bool { order == .drf || order == .queueShare }
}

/// Scores of jobs, lowest first.
struct PlanScorer {
  enum Rank { case first, second }

  private let policy: PlanPolicy
  private let jobs: PlanJobs
  private let ranks: UserRanks
  /// Nil where no order asks for it.
  private let fairness: TenantFairness?
  private let now: Instant

  init(
    _ policy: PlanPolicy, _ jobs: PlanJobs, _ ranks: UserRanks, _ fairness: TenantFairness?,
    _ now: Instant
  ) {
    self.policy = policy
    self.jobs = jobs
    self.ranks = ranks
    self.fairness = fairness
    self.now = now
  }

  func score(_ number: Int, _ rank: Rank) -> Double {
    let order: PlanPolicy.Order
    switch rank {
    case .first: order = policy.order
    case .second:
      guard let secondary = policy.secondary else { return 0 }
      order = secondary
    }
    let facts = jobs.facts(of: number)
    switch order {
    case .fifo: return Double(facts.submit.nanoseconds)
    case .priority: return JobOrder.priority(policy.ageing).score(of: facts, at: now)
    case .fairShare: return ranks.score(of: jobs.jobs[number].user)
    case .deadline:
      return JobOrder.earliestDeadline.score(
        of: facts, at: jobs.earliestStart(of: number, at: now))
    case .drf:
      guard rank == .second, let fairness else { return 0 }
      return fairness.share(of: fairness.tenant(of: number)).value
    case .shortest: return JobOrder.shortestFirst.score(of: facts, at: now)
    case .wfp3: return JobOrder.wfp3.score(of: facts, at: now)
    case .unicep: return JobOrder.unicep.score(of: facts, at: now)
    case .f1: return JobOrder.f1.score(of: facts, at: now)
    case .queueShare: return 0
    }
  }
}

/// Dominant shares of users, or of queues where no job names a user.
struct TenantFairness {
  /// When a tenant is served: those with a weight first, then the smallest share.
  struct Turn: Comparable {
    var isWeightless: Bool
    var share: DominantShare

    static func < (left: Turn, right: Turn) -> Bool {
      if left.isWeightless != right.isWeightless { return right.isWeightless }
      return left.share < right.share
    }
  }

  private let columns = [
    SnapshotColumn(.cpu, name: "cpu", decimals: 3),
    SnapshotColumn(.memory, name: "memory_mb", decimals: 0),
    SnapshotColumn(.gpu(model: nil), name: "gpus", decimals: 3),
    SnapshotColumn(.storage, name: "storage_mb", decimals: 0),
    SnapshotColumn(.network, name: "network_mbps", decimals: 0),
  ]
  private let capacity: [Int64]
  private let tenants: [Int]
  private let weightsMilli: [Int64]
  private var held: [[Int64]]

  init(_ snapshot: Snapshot, _ jobs: PlanJobs) {
    let byUser = jobs.jobs.contains { $0.user != nil }
    let columns = self.columns
    capacity = columns.map { column in
      if let nodes = snapshot.nodes {
        return nodes.filter(\.state.takesTasks).reduce(0) { $0 + column.amount($1) }
      }
      guard let index = snapshot.columns.firstIndex(where: { $0.kind == column.kind }) else {
        return 0
      }
      return snapshot.queues.reduce(0) { sum, queue in
        queue.nominal[index] < QuotaTree.quantityLimit
          ? sum.addingSaturated(queue.nominal[index]) : sum
      }
    }
    // Jobs without a user are one more tenant.
    tenants = jobs.jobs.map { byUser ? $0.user ?? snapshot.shareNodes.count : $0.queue }
    weightsMilli =
      byUser
      ? snapshot.shareNodes.map { $0.shares.multipliedSaturated(by: 1000) } + [1000]
      : snapshot.queues.isEmpty ? [1000] : snapshot.queues.map(\.weightMilli)
    held = Array(
      repeating: Array(repeating: 0, count: columns.count), count: weightsMilli.count)
    for job in jobs.jobs.indices where jobs.jobs[job].run != nil {
      add(jobs.jobs[job].tasks, to: tenants[job])
    }
  }

  func tenant(of job: Int) -> Int { tenants[job] }

  func share(of tenant: Int) -> DominantShare {
    DominantShare(
      of: held[tenant], in: capacity,
      weightMilli: min(weightsMilli[tenant], QuotaTree.weightLimit))
  }

  func turn(of tenant: Int) -> Turn {
    Turn(isWeightless: weightsMilli[tenant] == 0, share: share(of: tenant))
  }

  mutating func add(_ tasks: [PlanMachine.PlannedTask]) {
    for task in tasks { add([task.request], to: tenants[task.job]) }
  }

  private mutating func add(_ tasks: [TaskRequest], to tenant: Int) {
    for task in tasks {
      for (index, column) in columns.enumerated() {
        held[tenant][index] = held[tenant][index].addingSaturated(column.amount(task))
      }
    }
  }
}

/// Where users stand by what they deserve and used.
struct UserRanks {
  /// By node of the tree, in 0...1 for users.
  let factors: [Double]
  /// By node: what counts as used, decayed, in unit-seconds.
  let usage: [Double]

  init(_ snapshot: Snapshot, now: Instant) throws(SnapshotError) {
    let nodes = snapshot.shareNodes
    let start = snapshot.charges.lazy.map(\.at).min() ?? now
    var history = UsageHistory(users: nodes.count, decay: snapshot.policy.decay, start: start)
    // In the order of time, so that the sums do not depend on that of the list.
    let charges = snapshot.charges.sorted {
      ($0.at, $0.user, $0.amount) < ($1.at, $1.user, $1.amount)
    }
    for charge in charges where charge.at <= now {
      history.charge(charge.user, amount: charge.amount, at: charge.at)
    }
    let decayed = history.usages(at: max(now, start))
    usage = nodes.indices.map { nodes[$0].usage + decayed[$0] }
    let tree: ShareTree
    do {
      tree = try ShareTree(
        nodes.map { ShareTree.Node($0.kind, parent: $0.parent, shares: $0.shares) })
    } catch {
      throw SnapshotError("shares: \(error)")
    }
    factors =
      switch snapshot.policy.fairShare {
      case .fairTree: FairTree(tree, usage: usage).factors
      case .classic: ClassicFairShare(tree, usage: usage).factors
      }
  }

  /// By node: the score of a user, lowest first.
  var scores: [Double] { factors.map { -$0 } }

  /// Lowest first; jobs without a user come last.
  func score(of user: Int?) -> Double { user.map { -factors[$0] } ?? .infinity }
}
