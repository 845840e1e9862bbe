import Model

extension JobBook {
  func decideSubmission(
    _ submission: JobSubmission, at now: Instant, entropy: inout Entropy
  ) throws(JobRefusal) -> [JobDecision] {
    let description = submission.description
    if let key = submission.idempotencyKey,
      let earlier = job(submittedBy: submission.owner, idempotencyKey: key)
    {
      guard earlier.description == description, earlier.identity.project == submission.project
      else {
        throw JobRefusal(
          .alreadyExists, "the key \(key) was used for another job", field: "idempotency_key")
      }
      return []
    }
    try check(submission, at: now)
    var dependencies: [KnownDependency] = []
    for dependency in submission.specification.dependencies {
      dependencies.append(try known(dependency, for: submission))
    }
    guard !submission.specification.dryRun else { return [] }
    return enter(submission, dependencies, JobKey(nextJob), at: now, &entropy)
  }

  // MARK: Workflows

  /// Jobs in an order in which each comes behind those that it waits for; the order of the submission otherwise.
  func decideWorkflow(
    _ submissions: [JobSubmission], at now: Instant, entropy: inout Entropy
  ) throws(JobRefusal) -> [JobDecision] {
    guard submissions.count <= JobLimits.jobsPerWorkflow else {
      throw .limit("jobs", "has \(submissions.count) jobs; at most \(JobLimits.jobsPerWorkflow)")
    }
    let places = try places(of: submissions)
    let waitsFor = submissions.map { submission in
      submission.specification.dependencies.compactMap { places[$0.jobID] }
    }
    let graph = DependencyGraph(waitsFor)
    for job in submissions.indices {
      guard let circle = graph.circle(of: job) else { continue }
      let names = (circle + circle.prefix(1)).map { submissions[$0].localName ?? "" }
      throw JobRefusal(
        .invalid, "Circular dependency detected: \(names.joined(separator: " -> "))",
        field: "dependencies")
    }
    var decisions: [JobDecision] = []
    var keys: [Int: JobKey] = [:]
    var earlier: [JobSubmission] = []
    for job in JobBook.order(waitsFor) {
      let submission = submissions[job]
      try check(submission, beside: earlier, at: now)
      var dependencies: [KnownDependency] = []
      for dependency in submission.specification.dependencies {
        if let key = places[dependency.jobID].flatMap({ keys[$0] }) {
          dependencies.append(KnownDependency(job: key, kind: dependency.kind))
        } else {
          dependencies.append(try known(dependency, for: submission))
        }
      }
      let key = JobKey(nextJob + Int64(earlier.count))
      decisions += enter(submission, dependencies, key, at: now, &entropy)
      keys[job] = key
      earlier.append(submission)
    }
    return submissions.contains { $0.specification.dryRun } ? [] : decisions
  }

  /// The places of jobs by their names.
  private func places(of submissions: [JobSubmission]) throws(JobRefusal) -> [String: Int] {
    var places: [String: Int] = [:]
    for (place, submission) in submissions.enumerated() {
      guard let name = submission.localName, !name.isEmpty else {
        throw JobRefusal(
          .invalid, "each job of a workflow has a name", field: "jobs[\(place)].name")
      }
      guard places.updateValue(place, forKey: name) == nil else {
        throw JobRefusal(.invalid, "\(name) is named twice", field: "jobs[\(place)].name")
      }
      guard submission.idempotencyKey == nil else {
        throw JobRefusal(
          .invalid, "is for jobs alone; leave it out", field: "jobs[\(place)].idempotency_key")
      }
    }
    return places
  }

  /// Each job behind those that it waits for. Costs the square of how many there are at worst.
  private static func order(_ waitsFor: [[Int]]) -> [Int] {
    var order: [Int] = []
    var isDone = Array(repeating: false, count: waitsFor.count)
    while order.count < waitsFor.count {
      let before = order.count
      for job in waitsFor.indices where !isDone[job] && waitsFor[job].allSatisfy({ isDone[$0] }) {
        isDone[job] = true
        order.append(job)
      }
      precondition(order.count > before, "what waits in a circle was refused")
    }
    return order
  }

  // MARK: One job

  private func check(
    _ submission: JobSubmission,
    beside others: [JobSubmission] = [], at now: Instant
  ) throws(JobRefusal) {
    do throws(SpecificationError) {
      try submission.specification.validate(settings.rules)
    } catch {
      throw JobRefusal(.invalid, error.message, field: error.path)
    }
    let bytes = submission.description.text.utf8Count
    guard bytes <= JobLimits.specificationBytes else {
      throw .limit("job", "has \(bytes) bytes; at most \(JobLimits.specificationBytes) are taken")
    }
    if let deadline = submission.specification.constraints.deadline, deadline <= now {
      throw JobRefusal(.invalid, "Deadline cannot be in the past", field: "deadline")
    }
    for text in [submission.owner, submission.project, submission.idempotencyKey ?? "-"]
    where !(1...JobLimits.nameBytes).contains(text.utf8Count) {
      throw JobRefusal(.invalid, "an owner, project or key has 1 to \(JobLimits.nameBytes) bytes")
    }
    guard jobs.count + others.count < JobLimits.jobs else {
      throw .limit("jobs", "there are \(jobs.count) jobs, the most; archive those that ended")
    }
    try admit(
      submission.specification, owner: submission.owner, project: submission.project,
      beside: others)
  }

  /// Only jobs of the same project are waited for: others are not known to exist.
  private func known(
    _ dependency: JobDependency, for submission: JobSubmission
  ) throws(JobRefusal) -> KnownDependency {
    guard let key = keysByID[Text(dependency.jobID)], let other = jobs[key],
      other.identity.project == submission.project
    else { throw .unknown("Job", dependency.jobID) }
    guard (dependents[key] ?? []).count < JobLimits.dependents else {
      throw .limit(
        "dependencies", "\(JobLimits.dependents) jobs wait for \(dependency.jobID) already")
    }
    return KnownDependency(job: key, kind: dependency.kind)
  }

  private func enter(
    _ submission: JobSubmission, _ dependencies: [KnownDependency], _ key: JobKey, at now: Instant,
    _ entropy: inout Entropy
  ) -> [JobDecision] {
    let identity = JobIdentity(
      key: key, id: JobBook.newID(&entropy), owner: submission.owner,
      project: submission.project, idempotencyKey: submission.idempotencyKey)
    let entry = JobDecision.submitted(identity, submission.description, dependencies)
    guard dependencies.isEmpty else { return [entry] }
    let record = JobRecord(
      identity: identity, description: submission.description, dependencies: [], submittedAt: now)
    return [entry] + queue(record, .submitted, at: now)
  }

  /// A UUID of version 4, as RFC 9562 writes it.
  private static func newID(_ entropy: inout Entropy) -> Text {
    let high = entropy.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = entropy.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    let digits = [high, low].map { word in
      let text = String(word, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }.joined()
    var id = ""
    for (place, digit) in digits.enumerated() {
      if [8, 12, 16, 20].contains(place) { id += "-" }
      id.append(digit)
    }
    return Text(id)
  }
}
