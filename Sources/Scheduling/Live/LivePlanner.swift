import Model

/// A planner that lives: it is told what changes and decides at once, without looking at all again.
///
/// ``pass(at:)`` decides what ``plan(_:at:)`` would decide on a snapshot of the same facts, a property of the tests. It keeps
/// the machine with what it knows of scores, the units and their order. A pass commits to nothing: what it tells to start
/// becomes a fact by ``LiveChange/started(job:_:)``.
///
/// Facts that reach across jobs are not carried from pass to pass: gangs, dependencies that are open, jobs that stop, rules of
/// preemption, random places and orders that look at who got something in between. Nor are those that hang on the time:
/// reservations and maintenance of nodes, bookings, active hours, and jobs that failed and are tried again later. While there
/// are such, a pass is a plan from the beginning; ``isCarried`` says which it is.
package struct LivePlanner: Sendable {
  /// The facts but for the jobs.
  var facts: Snapshot
  var jobs: [String: SnapshotJob]
  /// How many changes were told.
  package private(set) var revision: UInt64 = 0
  /// Jobs whose facts are not carried.
  private var foreign: Set<String> = []
  /// How many waiting jobs depend on a job.
  private var dependents: [String: Int] = [:]
  /// Nil where the facts changed so that it is made anew before the next pass.
  var carried: CarriedPlan?
  private let isPolicyCarried: Bool

  /// - Throws: ``SnapshotError`` for a snapshot that contradicts itself.
  package init(_ snapshot: Snapshot, at now: Instant) throws(SnapshotError) {
    facts = snapshot
    facts.jobs = []
    jobs = [:]
    jobs.reserveCapacity(snapshot.jobs.count)
    isPolicyCarried = CarriedPlan.carries(snapshot)
    for job in snapshot.jobs {
      guard jobs.updateValue(job, forKey: job.name) == nil else {
        throw SnapshotError("the job \"\(job.name)\" is there twice")
      }
      noteArrival(of: job)
    }
    if isCarried { carried = try CarriedPlan(snapshot, at: now) }
  }

  /// Whether the next pass goes on from the last one.
  package var isCarried: Bool { isPolicyCarried && foreign.isEmpty }

  /// The facts as they are now. O(jobs).
  package var snapshot: Snapshot {
    var snapshot = facts
    snapshot.jobs = Array(jobs.values)
    return snapshot
  }

  package var jobCount: Int { jobs.count }

  /// Takes a change for a fact. O(log jobs) usually; a node's change O(nodes) where queues share what nodes have.
  ///
  /// - Throws: ``SnapshotError`` for one that contradicts what is known; then nothing changed.
  package mutating func apply(_ change: LiveChange) throws(SnapshotError) {
    switch change {
    case .submitted(let job): try submit(job)
    case .started(let name, let run):
      var job = try job(name)
      guard job.run == nil else { throw SnapshotError("it runs already", path: "job \(name)") }
      job.run = run
      if isCarried, CarriedPlan.carries(job, facts.policy) { try carried?.start(job, facts) }
      replace(job)
    case .stopping(let name, let stopping):
      var job = try job(name)
      guard job.run != nil else { throw SnapshotError("it does not run", path: "job \(name)") }
      job.run?.stopping = stopping
      replace(job)
    case .ended(let name, let state):
      let job = try job(name)
      carried?.end(job, facts)
      noteDeparture(of: job)
      jobs[name] = nil
      if dependents[name] != nil { facts.finished[name] = state }
    case .node(let node, let state):
      guard facts.nodes?.indices.contains(node) == true else {
        throw SnapshotError("there is no node \(node)")
      }
      facts.nodes?[node].state = state
      carried?.setState(state, of: node, facts)
    case .promised(let promises): facts.promises = promises
    case .usage(let user, let usage):
      guard facts.shareNodes.indices.contains(user) else {
        throw SnapshotError("there is no user \(user)")
      }
      facts.shareNodes[user].usage = usage
    }
    revision += 1
    if carried?.isStale == true || !isCarried { carried = nil }
  }

  private mutating func submit(_ job: SnapshotJob) throws(SnapshotError) {
    guard jobs[job.name] == nil else {
      throw SnapshotError("the job \"\(job.name)\" is there twice")
    }
    guard job.run == nil else {
      throw SnapshotError("a job waits before it runs", path: "job \(job.name)")
    }
    jobs[job.name] = job
    noteArrival(of: job)
    if isCarried { carried?.submit(job, facts) }
  }

  private func job(_ name: String) throws(SnapshotError) -> SnapshotJob {
    guard let job = jobs[name] else { throw SnapshotError("there is no job \"\(name)\"") }
    return job
  }

  private mutating func replace(_ job: SnapshotJob) {
    if let old = jobs[job.name] { noteDeparture(of: old) }
    jobs[job.name] = job
    noteArrival(of: job)
  }

  private mutating func noteArrival(of job: SnapshotJob) {
    if !CarriedPlan.carries(job, facts.policy) { foreign.insert(job.name) }
    guard job.run == nil else { return }
    for dependency in job.dependencies { dependents[dependency.job, default: 0] += 1 }
  }

  private mutating func noteDeparture(of job: SnapshotJob) {
    foreign.remove(job.name)
    guard job.run == nil else { return }
    for dependency in job.dependencies {
      let left = (dependents[dependency.job] ?? 1) - 1
      dependents[dependency.job] = left > 0 ? left : nil
      if left == 0 { facts.finished[dependency.job] = nil }
    }
  }

  // MARK: Deciding

  /// Decides on what is known.
  ///
  /// - Parameter now: what is earlier has happened; not before the last pass.
  package mutating func pass(at now: Instant) throws(SnapshotError) -> LivePlan {
    guard isCarried else {
      return LivePlan(
        revision: revision, at: now, decisions: try plan(snapshot, at: now).decisions)
    }
    var current = try takeCarried(at: now)
    let decisions = try current.pass(at: now, facts)
    carried = current
    return LivePlan(revision: revision, at: now, decisions: decisions)
  }

  /// Why a job waits, as a plan at the same time would say; nil where it does not. Costs as much as a pass.
  package mutating func explain(
    _ name: String, at now: Instant
  ) throws(SnapshotError) -> (reasons: [String], remedies: [String])? {
    guard let job = jobs[name], job.run == nil else { return nil }
    // Which moves would make room for it only a whole plan says.
    guard isCarried, facts.policy.migration?.job != name, facts.policy.runShareMilli == nil else {
      return try plan(snapshot, at: now).waiting.first { $0.job == name }.map {
        ($0.reasons, $0.remedies)
      }
    }
    var current = try takeCarried(at: now)
    let answer = try current.explain(name, at: now, facts)
    carried = current
    return answer
  }

  /// What is carried, out of here while it changes, or it would be copied; made anew where it was given up.
  private mutating func takeCarried(at now: Instant) throws(SnapshotError) -> CarriedPlan {
    guard let current = carried else { return try CarriedPlan(snapshot, at: now) }
    carried = nil
    return current
  }
}
