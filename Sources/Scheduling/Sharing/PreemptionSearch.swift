import Model

/// Finds the jobs that make room for one that waits: few, cheap, and with a right to take them.
///
/// Candidates are ordered: jobs of other queues first, then by lowest priority, then the most
/// recently admitted, then the highest number. They are taken in that order until the job fits;
/// then, from the last but one back to the first, each that is not needed is given back, which
/// keeps the dear ones and leaves a set of which none can be left out.
///
/// **Rights.** In its own queue a job takes by ``WithinRule``. From another queue, by
/// ``ReclaimRule``, only while that queue and every group between it and the common group hold more
/// than their quota of something that is short and that the victim holds, and only
/// - where the preemptor's side (the queue or group just below the common group) stays within its
///   quota with the job, or
/// - where it borrows, by the ``FairShareRule``s of its queue.
///
/// **No way back.** After a preemption every victim's reason still holds: with the preemptor in and
/// the victim back, the preemptor's right would be the same. The reasons are strict: of two jobs of
/// one queue one outranks the other; a side within its quota is not one that borrows; the
/// preemptor's share is below what the victim's would be with the victim back. So none of them
/// gives the victim a right to the preemptor as long as nothing else changes. Something else does
/// change where a victim gives up other jobs of its own side, or where three queues take from each
/// other in a ring. So a job also never preempts one that preempted it, or that preempted that one,
/// and so on (``PreemptionMemory``). Then "who preempted whom" has no rings: the jobs stand in a
/// line in which each is preempted only by those before it. The first is never preempted, so it
/// starts once; each other one starts at most once more than it is preempted by those before it:
/// without new jobs, preemption comes to rest.
///
/// Source of the semantics: Kueue's classic and fair-sharing preemption, as its documents describe
/// them (KEP-1714), and the protection of young jobs of NVIDIA's KAI scheduler.
package struct PreemptionSearch {
  let limits: PreemptionLimits
  let preemptor: Preemptor
  let running: [RunningJob]
  /// Those whom the preemptor may not preempt.
  let superiors: Set<JobNumber>
  /// Of the preemptor, the top last.
  let path: [Int]
  /// Columns of which the preemptor asks something.
  let requested: [Int]
  /// Those of them that are short; all where only places are.
  let contested: [Int]
  /// By queue, for those that share a group with the preemptor's.
  let sides: [Sides?]
  /// By node: whether it holds less than its quota of all that is contested, before the preemptor
  /// comes.
  let hadQuotaLeft: [Bool]
  /// With the preemptor in and the victims out.
  var tree: QuotaTree
  var victims: [Preemption.Victim] = []

  /// Two queues seen from their common group: the member of it that each belongs to.
  struct Sides: Hashable {
    var preemptor: Int
    var victim: Int
    /// From the victim's queue up to its side.
    var victimPath: [Int]
  }

  /// - Parameters:
  ///   - running: all jobs that are counted in the tree, also those of other queues.
  ///   - memory: who preempted whom before.
  ///   - fits: whether the job finds places where the running jobs of these indexes are gone; asked
  ///     only where the quotas allow it.
  package static func search(
    for preemptor: Preemptor, running: [RunningJob], in tree: QuotaTree,
    memory: PreemptionMemory, at now: Instant, limits: PreemptionLimits,
    fits: (_ without: [Int]) -> Bool = { _ in true }
  ) -> PreemptionOutcome {
    precondition(tree.isLeaf(preemptor.queue), "jobs belong to queues without members")
    for column in tree.columns.indices
    where preemptor.amounts[column] > tree.ceiling(of: preemptor.queue, column) {
      return .neverFits(column: column)
    }
    if tree.canAdmit(preemptor.amounts, to: preemptor.queue) && fits([]) { return .notNeeded }
    var search = PreemptionSearch(
      preemptor, running, tree, superiors: memory.superiors(of: preemptor.number), limits)
    let (candidates, obstacles) = search.candidates(at: now)
    let isFound =
      tree.queues[preemptor.queue].fairShareRules.isEmpty
      ? search.findClassically(candidates, fits) : search.findFairly(candidates, fits)
    guard isFound else {
      return .impossible(obstacles: obstacles, candidates: candidates.count)
    }
    return .victims(
      Preemption(
        preemptor: preemptor.number, victims: search.victims, deadline: now + limits.grace))
  }

  private init(
    _ preemptor: Preemptor, _ running: [RunningJob], _ tree: QuotaTree,
    superiors: Set<JobNumber>, _ limits: PreemptionLimits
  ) {
    self.limits = limits
    self.superiors = superiors
    self.preemptor = preemptor
    self.running = running
    let path = tree.path(from: preemptor.queue)
    self.path = path
    let requested = tree.columns.indices.filter { preemptor.amounts[$0] > 0 }
    self.requested = requested
    let short = requested.filter {
      preemptor.amounts[$0] > tree.available(to: preemptor.queue, $0)
    }
    let contested = short.isEmpty ? requested : short
    self.contested = contested
    sides = tree.queues.indices.map { queue in
      guard tree.isLeaf(queue) && queue != preemptor.queue else { return nil }
      let other = tree.path(from: queue)
      guard let split = other.firstIndex(where: path.contains),
        let common = path.firstIndex(of: other[split])
      else { return nil }
      return Sides(
        preemptor: path[common - 1], victim: other[split - 1], victimPath: Array(other[..<split]))
    }
    hadQuotaLeft = tree.queues.indices.map { node in
      contested.allSatisfy { tree.held(by: node, $0) < tree.quota(of: node, $0) }
    }
    self.tree = tree
    self.tree.add(preemptor.amounts, to: preemptor.queue)
  }

  // MARK: - Candidates

  /// Indexes of the running jobs that might be taken, in order, and how many each obstacle keeps
  /// away.
  private func candidates(at now: Instant) -> ([Int], obstacles: [Int]) {
    var obstacles = PreemptionObstacle.allCases.map { _ in 0 }
    var candidates: [Int] = []
    for index in running.indices {
      if let obstacle = obstacle(to: running[index], at: now) {
        obstacles[obstacle.rawValue] += 1
      } else {
        candidates.append(index)
      }
    }
    candidates.sort { comesBefore(running[$0], running[$1]) }
    return (Array(candidates.prefix(limits.candidateLimit)), obstacles)
  }

  private func comesBefore(_ left: RunningJob, _ right: RunningJob) -> Bool {
    let (leftOwn, rightOwn) = (left.queue == preemptor.queue, right.queue == preemptor.queue)
    if leftOwn != rightOwn { return rightOwn }
    if left.priority != right.priority { return left.priority < right.priority }
    return (left.admitted, left.number) > (right.admitted, right.number)
  }

  private func obstacle(to job: RunningJob, at now: Instant) -> PreemptionObstacle? {
    if job.queue != preemptor.queue && sides[job.queue] == nil { return .unrelated }
    if !contested.contains(where: { job.amounts[$0] > 0 }) { return .holdsNothingNeeded }
    if !job.isPreemptible { return .notPreemptible }
    if job.preemptions >= limits.maximumPreemptions { return .preemptedTooOften }
    if now - job.admitted < limits.minimumRunTime { return .runsTooShortly }
    if superiors.contains(job.number) { return .preemptedThis }
    let rules = tree.queues[preemptor.queue]
    if job.queue == preemptor.queue {
      switch rules.within {
      case .never: return .ruleForbids
      case .lower: return isLower(job) ? nil : .priorityNotLower
      case .lowerOrNewerEqual: return isLower(job) || isNewer(job) ? nil : .priorityNotLower
      }
    }
    switch rules.reclaim {
    case .never: return .ruleForbids
    case .lower where !isLower(job): return .priorityNotLower
    case .lower, .any: return borrowedColumn(of: job) == nil ? .queueWithinQuota : nil
    }
  }

  private func isLower(_ job: RunningJob) -> Bool {
    Int64(preemptor.priority) - Int64(job.priority) >= limits.priorityThreshold
  }

  private func isNewer(_ job: RunningJob) -> Bool {
    job.priority <= preemptor.priority
      && (preemptor.created, preemptor.number) < (job.created, job.number)
  }

  /// A contested column that the job holds and that its queue, and all groups up to its side, now
  /// hold more of than their quota.
  func borrowedColumn(of job: RunningJob) -> Int? {
    guard let sides = sides[job.queue] else { return nil }
    return contested.first { column in
      job.amounts[column] > 0
        && sides.victimPath.allSatisfy { tree.borrowed(by: $0, column) > 0 }
    }
  }

  // MARK: - Taking and giving back

  func reason(toTakeOwn job: RunningJob) -> PreemptionReason {
    isLower(job) ? .lowerPriority : .newer
  }

  /// Takes a job of another queue if it may be taken now for this reason, and says whether it was.
  mutating func takeOther(_ index: Int, _ reason: PreemptionReason) -> Bool {
    let job = running[index]
    guard let sides = sides[job.queue] else { return false }
    take(index, reason)
    if limits.reclaimBound == .neverBelowNominal {
      let isBelow = requested.contains { column in
        job.amounts[column] > 0
          && sides.victimPath.contains { tree.held(by: $0, column) < tree.quota(of: $0, column) }
      }
      if isBelow {
        putBack(victims.count - 1)
        return false
      }
    }
    return true
  }

  mutating func take(_ index: Int, _ reason: PreemptionReason) {
    tree.remove(running[index].amounts, from: running[index].queue)
    victims.append(.init(index: index, number: running[index].number, reason: reason))
  }

  mutating func putBack(_ position: Int) {
    let victim = victims.remove(at: position)
    tree.add(running[victim.index].amounts, to: running[victim.index].queue)
  }

  mutating func putAllBack() {
    while !victims.isEmpty {
      putBack(victims.count - 1)
    }
  }

  /// Gives back every victim that is not needed, the last taken first.
  mutating func giveBackUnneeded(_ fits: ([Int]) -> Bool) {
    for position in victims.indices.dropLast().reversed() {
      let victim = victims[position]
      putBack(position)
      if !isEnough(fits) {
        tree.remove(running[victim.index].amounts, from: running[victim.index].queue)
        victims.insert(victim, at: position)
      }
    }
  }

  /// Whether the job fits now, by quotas, by the reasons for all that was taken, and by places.
  mutating func isEnough(_ fits: ([Int]) -> Bool) -> Bool {
    for column in requested where tree.available(to: preemptor.queue, column) < 0 {
      return false
    }
    return reasonsHold() && fits(victims.map(\.index))
  }

  /// Whether a node holds no more than its quota of all that the preemptor asks, the preemptor
  /// counted.
  func isWithinQuota(_ node: Int) -> Bool {
    requested.allSatisfy { tree.borrowed(by: node, $0) == 0 }
  }

  /// Whether every victim's reason holds in the state that the preemption leads to.
  mutating func reasonsHold() -> Bool {
    for victim in victims {
      let job = running[victim.index]
      guard let sides = sides[job.queue] else { continue }
      switch victim.reason {
      case .lowerPriority, .newer: continue
      case .reclaimed:
        guard isWithinQuota(sides.preemptor) else { return false }
      case .fairShare(let rule, _, _):
        guard shares(sides, without: job).satisfy(rule) else { return false }
      }
    }
    return true
  }

  /// The shares that a fair-share rule compares, for a victim that is out already.
  mutating func shares(_ sides: Sides, without victim: RunningJob) -> Shares {
    let preemptor = tree.borrowedShare(of: sides.preemptor)
    let final = tree.borrowedShare(of: sides.victim)
    tree.add(victim.amounts, to: victim.queue)
    let initial = tree.borrowedShare(of: sides.victim)
    tree.remove(victim.amounts, from: victim.queue)
    return Shares(preemptor: preemptor, initial: initial, final: final)
  }

  struct Shares {
    /// Of the preemptor's side, with the preemptor.
    var preemptor: DominantShare
    /// Of the victim's side, with the victim.
    var initial: DominantShare
    /// Of the victim's side, without it.
    var final: DominantShare

    /// Both rules are strict about the share with the victim back, so that it has no right to come
    /// back for the same reason.
    func satisfy(_ rule: FairShareRule) -> Bool {
      switch rule {
      case .lessThanOrEqualToFinalShare: preemptor <= final && preemptor < initial
      case .lessThanInitialShare: preemptor < initial
      }
    }

    func reason(_ rule: FairShareRule) -> PreemptionReason {
      switch rule {
      case .lessThanOrEqualToFinalShare:
        .fairShare(rule: rule, preemptor: preemptor, victim: final)
      case .lessThanInitialShare:
        .fairShare(rule: rule, preemptor: preemptor, victim: initial)
      }
    }
  }
}
