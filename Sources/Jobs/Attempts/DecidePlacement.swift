import Model

extension JobBook {
  /// Takes a place for a job if all is still as the planner saw it; the lease is the caller's to give back otherwise.
  func decidePlacement(
    _ proposal: PlacementProposal, at now: Instant
  ) throws(JobRefusal) -> [JobDecision] {
    let record = try record(proposal.job)
    guard record.revision <= proposal.revision, proposal.revision <= revision else {
      throw JobRefusal(
        .stale, "Job \(record.identity.id) changed at revision \(record.revision); plan again")
    }
    guard record.isPlaceable else { throw .cannot("place", record.status) }
    let queue = try queue(Text(record.specification.queueName))
    guard queue.status.placesJobs else {
      throw JobRefusal(.conflict, "Queue \(queue.name) is \(queue.status.rawValue)")
    }
    try check(proposal, for: record, at: now)
    let attempt = Attempt(
      number: record.attempts + 1, lease: proposal.lease, ranks: proposal.ranks, placedAt: now)
    let phase: JobPhase =
      record.status == .migrating ? .migrating(.arriving(attempt)) : .scheduled(attempt)
    return [.moved(proposal.job, .placed, phase)]
  }

  private func check(
    _ proposal: PlacementProposal, for record: JobRecord, at now: Instant
  ) throws(JobRefusal) {
    let specification = record.specification
    let sizes = specification.distribution.worldSizes
    guard sizes.contains(Int64(proposal.ranks.count)) else {
      throw JobRefusal(
        .invalid, "has \(proposal.ranks.count) ranks; the job takes \(sizes)", field: "ranks")
    }
    guard (1...JobLimits.nameBytes).contains(proposal.lease.utf8Count) else {
      throw JobRefusal(.invalid, "must name the lease of the place", field: "lease")
    }
    var devices: Set<Device> = []
    for (number, rank) in proposal.ranks.enumerated() {
      let gpus = Int(specification.resources.gpuCount)
      guard rank.gpus.count == gpus, rank.gpus.allSatisfy({ $0 >= 0 }), rank.identity == nil,
        (1...JobLimits.nameBytes).contains(rank.node.utf8Count)
      else {
        throw JobRefusal(
          .invalid, "must name a node and \(gpus) of its GPUs", field: "ranks[\(number)]")
      }
      for gpu in rank.gpus
      where !devices.insert(Device(node: rank.node, index: gpu)).inserted {
        throw JobRefusal(
          .invalid, "GPU \(gpu) of \(rank.node) is named twice", field: "ranks[\(number)]")
      }
      if let obstacle = obstacle(onNode: rank.node, for: record.identity.project, at: now) {
        throw JobRefusal(.stale, obstacle, field: "ranks[\(number)]")
      }
    }
  }

  private struct Device: Hashable {
    var node: Text
    var index: Int
  }

  func decideStart(_ id: AttemptID) throws(JobRefusal) -> [JobDecision] {
    let (record, attempt) = try current(id)
    guard case .scheduled = record.phase else { throw .cannot("start", record.status) }
    return [.moved(id.job, .starting, .provisioning(attempt))]
  }

  /// The job's attempt, if it is the one that is meant.
  func current(_ id: AttemptID) throws(JobRefusal) -> (JobRecord, Attempt) {
    let record = try record(id.job)
    guard let attempt = record.phase.attempt, attempt.number == id.attempt else {
      throw JobRefusal(
        .stale, "Attempt \(id.attempt) of job \(record.identity.id) is over or never was")
    }
    return (record, attempt)
  }
}
