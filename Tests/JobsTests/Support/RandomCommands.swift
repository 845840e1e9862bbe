import Model

@testable import Jobs

/// Commands that make sense often and not always.
struct RandomCommands {
  var random: SeededRandom

  private static let bodies = [
    "{}", #"{"priority": 0}"#, #"{"scheduling_constraints": {"restart_policy": "never"}}"#,
    #"{"scheduling_constraints": {"max_runtime_seconds": 40, "restart_policy": "always"}}"#,
    #"{"distributed": {"is_distributed": true, "world_size": 2}}"#, #"{"resources": {"gpu": 1}}"#,
    #"{"scheduling_constraints": {"preemptible": false, "max_restart_count": 1}}"#,
    #"{"scheduling_constraints": {"blackout_windows": [{"start": "22:14", "end": "22:20"}]}}"#,
    #"{"queue_name": "small"}"#,
  ]

  mutating func next(_ harness: BookHarness) -> JobCommand {
    let book = harness.book
    if book.jobs.isEmpty || random.chance(15) { return submission(harness) }
    let keys = book.jobs.keys.sorted()
    let key = random.pick(keys)
    let id = AttemptID(key, max(0, harness.attempt(key).attempt - (random.chance(5) ? 1 : 0)))
    switch random.below(21) {
    case 0: return .cancel(key, reason: "")
    case 1: return .suspend(key)
    case 2: return .resume(key)
    case 3: return .retry(key)
    case 4: return .migrate(key)
    case 5: return .preempt(key, grace: .seconds(10), isForced: random.chance(30))
    case 6, 7, 8: return placement(random.pick(book.placeableJobs.map(\.key) + [key]), book)
    case 9, 10: return .start(id)
    case 11, 12, 13:
      return .attemptStarted(id, rank: random.below(2), identity: Text("i\(random.below(2))"))
    case 14: return progress(id, book)
    case 15: return .checkpointBegun(id)
    case 16: return .checkpointEnded(id, kept: random.chance(70) ? "c" : nil)
    case 17: return .attemptEnded(id, AttemptResult(exitCode: random.chance(50) ? 0 : 1))
    case 18: return random.chance(80) ? .attemptLost(id) : .recovered
    case 19: return random.chance(50) ? .attemptAlive(id) : .attemptGone(id)
    default: return administration(key, harness)
    }
  }

  private mutating func submission(_ harness: BookHarness) -> JobCommand {
    var specification = harness.specification(random.pick(RandomCommands.bodies))
    for key in harness.book.jobs.keys.sorted() where random.chance(8) {
      guard specification.dependencies.count < 2, let other = harness.book.jobs[key] else {
        continue
      }
      specification.dependencies.append(
        JobDependency(
          jobID: other.identity.id.string, kind: random.pick(DependencyKind.allCases)))
    }
    if random.chance(15) {
      specification.constraints.deadline = harness.now + .seconds(random.within(1...200))
    }
    return .submit(
      JobSubmission(
        specification, owner: random.pick(["ann", "bob"]), project: "p",
        idempotencyKey: random.chance(20) ? Text("k\(random.below(9))") : nil))
  }

  private mutating func placement(_ key: JobKey, _ book: JobBook) -> JobCommand {
    let resources = book.jobs[key]?.specification.resources
    let gpus = Array(0..<Int(resources?.gpuCount ?? 0))
    let size = book.jobs[key]?.specification.distribution.worldSize ?? 1
    let ranks = (0..<size).map { Rank(node: Text("n\($0)"), gpus: gpus) }
    return .place(
      PlacementProposal(
        job: key, revision: book.revision - (random.chance(10) ? 1 : 0), lease: "l", ranks: ranks))
  }

  private mutating func progress(_ id: AttemptID, _ book: JobBook) -> JobCommand {
    var usage = book.jobs[id.job]?.phase.attempt?.usage ?? AttemptUsage()
    usage.cpuNanoseconds += random.within(-1...1000)
    return .attemptProgress(id, usage)
  }

  private mutating func administration(_ key: JobKey, _ harness: BookHarness) -> JobCommand {
    let node = Text("n\(random.below(3))")
    switch random.below(12) {
    case 0: return .queue(.create(JobQueue(name: "small", sizeMax: 3)))
    case 1: return .queue(.pause("small"))
    case 2: return .queue(.resume("small"))
    case 3: return .queue(.drain("small"))
    case 4: return .queue(.close("small"))
    case 5: return .queue(.remove("small"))
    case 6: return .node(.cordon(node, reason: "r"))
    case 7: return .node(.uncordon(node))
    case 8: return .node(.label(node, [NamedValue(name: "a", value: "\(random.below(2))")]))
    case 9:
      return .node(
        .book(
          NodeBooking(
            node: node, start: harness.now + .seconds(5),
            end: harness.now + .seconds(random.within(6...60)), project: "p")))
    default: return .archive(key)
    }
  }
}
