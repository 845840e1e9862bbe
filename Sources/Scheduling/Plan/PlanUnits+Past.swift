import Model

/// What keeps a job waiting because of what it did before, and because of what others did not do yet.
extension PlanUnits {
  /// Suspended jobs, and those that failed.
  func findPast(of number: Int, _ name: String, in unit: inout PlanUnit) {
    let job = jobs.jobs[number]
    if job.isSuspended {
      unit.obstacles.append("\(name)suspended")
      unit.remedies.append("resuming \(job.name)")
    }
    guard let failure = job.failure else { return }
    let failures = failure.count == 1 ? "once" : "\(failure.count) times"
    guard let retry = snapshot.retry(of: job) else {
      unit.obstacles.append(
        "\(name)it failed \(failures) and is tried \(snapshot.policy.retry.attempts) times at most")
      unit.remedies.append("letting \(job.name) fail more often")
      return
    }
    guard retry > now else { return }
    let wait = FixedDecimal.text((retry - now).nanoseconds, places: 9)
    unit.obstacles.append("\(name)it failed \(failures) and is tried again in \(wait) s")
  }

  func findDependencies(of number: Int, _ name: String, in unit: inout PlanUnit) {
    for dependency in jobs.jobs[number].dependencies {
      if let reason = reason(dependency) { unit.obstacles.append(name + reason) }
    }
    guard let circle = jobs.graph.circle(of: number) else { return }
    let chain = (circle + circle.prefix(1)).map { jobs.jobs[$0].name }.joined(separator: " → ")
    let what = circle.contains(number) ? "for itself" : "for jobs that wait for each other"
    unit.obstacles.append("\(name)it waits \(what): \(chain)")
  }

  private func reason(_ dependency: SnapshotDependency) -> String? {
    guard !snapshot.isMet(dependency) else { return nil }
    let job = dependency.job
    let state =
      jobs.numbers[job].map { jobs.jobs[$0].run == nil ? "waits" : "runs" }
      ?? snapshot.finished[job].map { $0 == .completed ? "ended" : $0.rawValue }
    if let artifact = dependency.artifact {
      let source = state.map { ", of job \(job), which \($0)" } ?? ""
      return "it depends on the data \(artifact), which are not there\(source)"
    }
    guard let state else { return "it depends on job \(job), which is not known" }
    switch snapshot.finished[job] {
    case .failed: return "it depends on job \(job), which failed: it can never start"
    case .cancelled: return "it depends on job \(job), which was cancelled: it can never start"
    case .completed, nil: break
    }
    switch dependency.kind {
    case .completion: return "it depends on the end of job \(job), which \(state)"
    case .success: return "it depends on the success of job \(job), which \(state)"
    case .checkpoint: return "it depends on a checkpoint of job \(job), which \(state)"
    case .data: return "it depends on data of job \(job), which \(state)"
    }
  }
}

extension Snapshot {
  /// Whether a dependency keeps nobody waiting any more.
  func isMet(_ dependency: SnapshotDependency) -> Bool {
    if dependency.isSatisfied { return true }
    if let artifact = dependency.artifact { return artifacts.contains(artifact) }
    if dependency.kind == .checkpoint, checkpoints.contains(dependency.job) { return true }
    switch (dependency.kind, finished[dependency.job]) {
    case (_, nil): return false
    case (.completion, _), (_, .completed?): return true
    case (.success, _), (.checkpoint, _), (.data, _): return false
    }
  }

  /// When a job that failed is tried again; nil where it did not fail, or too often.
  func retry(of job: SnapshotJob) -> Instant? {
    guard let failure = job.failure else { return nil }
    let random = SeededRandom(seed: policy.seed).child("retry").child(job.name)
    return policy.retry.delay(afterFailures: failure.count, random: random).map {
      failure.at + $0
    }
  }
}
