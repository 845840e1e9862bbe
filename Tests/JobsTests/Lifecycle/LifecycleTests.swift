import Model
import TestSupport
import Testing

@testable import Jobs

@Suite struct LifecycleTests {
  @Test func `the table of transitions is the documented one`() {
    let table: [String: Set<String>] = [
      "pending": ["queued", "cancelled"], "queued": ["scheduled", "cancelled", "suspended"],
      "scheduled": ["provisioning", "cancelled", "preempted"],
      "provisioning": ["running", "failed", "cancelled"],
      "running": [
        "checkpointing", "completed", "failed", "cancelled", "suspended", "preempted", "migrating",
      ],
      "checkpointing": ["running", "suspended", "preempted"],
      "suspended": ["queued", "cancelled"], "preempted": ["queued", "cancelled"],
      "migrating": ["running", "failed"], "failed": ["queued"], "completed": [], "cancelled": [],
    ]
    #expect(JobStatus.allCases.count == 12)
    for status in JobStatus.allCases {
      #expect(Set(status.next.map(\.rawValue)) == table[status.rawValue])
    }
  }

  @Test func `job defect 1: a submitted job runs and completes`() throws {
    var harness = BookHarness()
    let key = try harness.submit()
    try harness.start(key)
    #expect(harness.book.jobs(onNode: "n1") == [key])
    try harness.end(key)
    #expect(
      harness.trace(key) == [.pending, .queued, .scheduled, .provisioning, .running, .completed])
    #expect(harness.events.map(\.sequence) == Array(1...UInt64(harness.events.count)))
    // job defect 8: its place is free.
    #expect(harness.book.jobs(onNode: "n1").isEmpty)
  }

  @Test func `failures are tried again with growing waits, up to the bound`() throws {
    var harness = BookHarness()
    let key = try harness.submit(
      #"{"scheduling_constraints": {"max_restart_count": 2, "backoff_seconds": 10}}"#)
    for wait: Int64 in [10, 20] {
      try harness.start(key)
      try harness.end(key, code: 1)
      #expect(harness.status(key) == .queued)
      harness.wait(seconds: wait - 1)
      #expect(harness.book.placeableJobs.isEmpty)
      harness.wait(seconds: 1)
      #expect(harness.book.placeableJobs.map(\.key) == [key])
    }
    try harness.start(key)
    try harness.end(key, code: 137)
    #expect(harness.status(key) == .failed)
    #expect(harness.book.jobs[key]?.phase.ending?.exitCode == 137)
    #expect(harness.book.jobs[key]?.attempts == 3)
  }

  @Test func `job defect 30: a retry is the same job with all that it asked for, and bounded`()
    throws
  {
    var harness = BookHarness()
    let key = try harness.submit(
      #"{"scheduling_constraints": {"restart_policy": "never", "node_selector": {"a": "b"}}}"#)
    let description = harness.book.jobs[key]?.description
    for _ in 0..<JobLimits.manualRetries {
      try harness.start(key)
      try harness.end(key, code: 1)
      try harness.run(.retry(key))
    }
    try harness.start(key)
    try harness.end(key, code: 1)
    #expect(throws: JobRefusal.self) { try harness.run(.retry(key)) }
    #expect(harness.book.jobs.count == 1)
    #expect(harness.book.jobs[key]?.description == description)
  }

  @Test func `job defect 10: jobs are cancelled in every state that is not an end`() throws {
    var harness = BookHarness()
    let scheduled = try harness.submit()
    try harness.place(scheduled)
    try harness.run(.cancel(scheduled, reason: ""))
    #expect(harness.status(scheduled) == .cancelled)
    #expect(harness.book.jobs(onNode: "n1").isEmpty)
    let suspended = try harness.submit()
    try harness.run(.suspend(suspended))
    try harness.run(.resume(suspended))
    try harness.run(.suspend(suspended))
    try harness.run(.cancel(suspended, reason: "enough"))
    #expect(
      harness.trace(suspended) == [
        .pending, .queued, .suspended, .queued, .suspended, .cancelled,
      ])
    let starting = try harness.submit()
    try harness.place(starting)
    try harness.run(.start(harness.attempt(starting)))
    try harness.run(.cancel(starting, reason: ""))
    // Its processes may exist: the place is kept until they are gone.
    #expect(harness.status(starting) == .provisioning)
    try harness.end(starting, code: 143)
    #expect(harness.status(starting) == .cancelled)
    #expect(throws: JobRefusal.cannot("cancel", .cancelled)) {
      try harness.run(.cancel(starting, reason: ""))
    }
  }

  @Test func `job defect 17: an attempt that ends well after a cancel does not complete the job`()
    throws
  {
    var harness = BookHarness()
    let key = try harness.submit()
    try harness.start(key)
    try harness.run(.cancel(key, reason: ""))
    let id = harness.attempt(key)
    try harness.end(key, code: 0)
    #expect(harness.status(key) == .cancelled)
    #expect(throws: JobRefusal.self) {
      try harness.run(.attemptEnded(id, AttemptResult(exitCode: 0)))
    }
    #expect(throws: JobRefusal.self) { try harness.run(.retry(key)) }
  }

  @Test func `job defects 11 and 12: preemption has its own bound and never becomes a cancel`()
    throws
  {
    var harness = BookHarness()
    let key = try harness.submit()
    for _ in 0..<3 {
      try harness.start(key)
      try harness.run(.preempt(key, grace: .seconds(30), isForced: false), by: .planner)
      harness.wait(seconds: 30)
      #expect(harness.book.jobs[key]?.phase.attempt?.stop?.isForced == true)
      try harness.end(key, code: 143)
      #expect(harness.trace(key).suffix(2) == [.preempted, .queued])
    }
    #expect(harness.book.jobs[key]?.restarts == 0)
    try harness.start(key)
    #expect(throws: JobRefusal.self) {
      try harness.run(.preempt(key, grace: .zero, isForced: false), by: .planner)
    }
    try harness.run(.preempt(key, grace: .zero, isForced: true))
  }

  @Test func `job defect 16: after a doubt no second attempt begins before the first is gone`()
    throws
  {
    var harness = BookHarness()
    let key = try harness.submit()
    try harness.start(key)
    let first = harness.attempt(key)
    try harness.run(.recovered)
    #expect(harness.book.jobs[key]?.phase.attempt?.inDoubtSince == harness.now)
    #expect(harness.book.placeableJobs.isEmpty)
    #expect(throws: JobRefusal.self) { try harness.place(key) }
    try harness.run(.attemptAlive(first))
    #expect(throws: JobRefusal.self) { try harness.run(.attemptGone(first)) }
    try harness.run(.attemptLost(first))
    try harness.run(.attemptGone(first))
    #expect(harness.trace(key).suffix(2) == [.failed, .queued])
    harness.wait(seconds: 60)
    try harness.start(key)
    #expect(harness.attempt(key).attempt == 2)
    #expect(throws: JobRefusal.self) { try harness.run(.attemptGone(first)) }
  }

  @Test func `an end before the start counts as a failure`() throws {
    var harness = BookHarness()
    let key = try harness.submit(#"{"scheduling_constraints": {"restart_policy": "never"}}"#)
    try harness.place(key)
    try harness.run(.start(harness.attempt(key)))
    try harness.end(key)
    #expect(harness.status(key) == .failed)
    #expect(harness.book.jobs[key]?.phase.ending?.cause == .processFailed)
  }

  @Test func `a migration leaves, is placed anew and runs on`() throws {
    var harness = BookHarness()
    let key = try harness.submit()
    try harness.start(key)
    try harness.run(.migrate(key))
    try harness.end(key, code: 143)
    #expect(harness.book.placeableJobs.map(\.key) == [key])
    try harness.place(key, on: ["n2"])
    try harness.run(
      .attemptStarted(harness.attempt(key), rank: 0, identity: "q"), by: .executor)
    #expect(harness.trace(key).suffix(4) == [.migrating, .migrating, .migrating, .running])
    #expect(harness.book.jobs(onNode: "n2") == [key])
    try harness.run(.migrate(key))
    try harness.end(key, code: 143)
    try harness.run(.cancel(key, reason: ""))
    #expect(harness.trace(key).suffix(3) == [.failed, .queued, .cancelled])
  }

  @Test func `a gang runs when the last of its ranks has started, and not later than its hold`()
    throws
  {
    var harness = BookHarness()
    let body = #"{"distributed": {"is_distributed": true, "world_size": 2}}"#
    let key = try harness.submit(body)
    #expect(throws: JobRefusal.self) { try harness.place(key, on: ["n1"]) }
    try harness.place(key, on: ["n1", "n2"])
    let id = harness.attempt(key)
    try harness.run(.start(id))
    try harness.run(.attemptStarted(id, rank: 1, identity: "b"))
    #expect(harness.status(key) == .provisioning)
    #expect(throws: JobRefusal.self) {
      try harness.run(.attemptStarted(id, rank: 1, identity: "c"))
    }
    harness.wait(seconds: 600)
    #expect(harness.book.jobs[key]?.phase.attempt?.stop?.purpose == .holdExpired)
    try harness.end(key, code: 143)
    #expect(harness.status(key) == .queued)
    harness.wait(seconds: 60)
    try harness.start(key, on: ["n1", "n2"])
    #expect(harness.status(key) == .running)
  }

  @Test func `checkpoints are kept, and one that is being made does not hide the end`() throws {
    var harness = BookHarness()
    let key = try harness.submit()
    let waiting = try harness.submit(
      #"{"dependencies": [{"job_id": "\#(id(key, harness))", "dependency_type": "checkpoint"}]}"#)
    try harness.start(key)
    try harness.run(.checkpointBegun(harness.attempt(key)))
    try harness.run(.checkpointEnded(harness.attempt(key), kept: "c1"))
    #expect(harness.status(waiting) == .queued)
    try harness.run(.checkpointBegun(harness.attempt(key)))
    try harness.end(key)
    #expect(harness.trace(key).suffix(3) == [.checkpointing, .running, .completed])
    #expect(harness.book.jobs[key]?.checkpoint == "c1")
  }

  private func id(_ key: JobKey, _ harness: BookHarness) -> Text {
    harness.book.jobs[key]?.identity.id ?? ""
  }
}
