import Model
import TestSupport
import Testing

@testable import Jobs

@Suite struct BookCommandTests {
  @Test func `job defect 9: a repeated submission is the same job, other content is refused`()
    throws
  {
    var harness = BookHarness()
    let key = try harness.submit(key: "k")
    _ = try harness.submit(key: "k")
    #expect(harness.book.jobs.count == 1)
    #expect(harness.book.job(submittedBy: "ann", idempotencyKey: "k")?.key == key)
    let refusal = #expect(throws: JobRefusal.self) {
      try harness.submit(#"{"priority": 1}"#, key: "k")
    }
    #expect(refusal?.sort == .alreadyExists)
    _ = try harness.submit(owner: "bob", key: "k")
    #expect(harness.book.jobs.count == 2)
  }

  @Test func `a dry run checks all and changes nothing`() throws {
    var harness = BookHarness()
    _ = try harness.submit(#"{"dry_run": true}"#)
    #expect(harness.book.jobs.isEmpty)
    #expect(throws: JobRefusal.self) {
      try harness.submit(#"{"dry_run": true, "queue_name": "none"}"#)
    }
  }

  @Test func `a plan that is stale is refused`() throws {
    var harness = BookHarness()
    let key = try harness.submit()
    let old = harness.book.revision
    try harness.run(.suspend(key))
    try harness.run(.resume(key))
    let refusal = #expect(throws: JobRefusal.self) {
      try harness.run(
        .place(
          PlacementProposal(
            job: key, revision: old, lease: "l", ranks: [Rank(node: "n1", gpus: [])])))
    }
    #expect(refusal?.sort == .stale)
  }

  @Test func `queues refuse by their bounds and in their states`() throws {
    var harness = BookHarness()
    try harness.run(.queue(.create(JobQueue(name: "q", sizeMax: 2, jobsPerUserMax: 1))))
    let body = #"{"queue_name": "q"}"#
    let key = try harness.submit(body)
    #expect(throws: JobRefusal.self) { try harness.submit(body) }
    _ = try harness.submit(body, owner: "bob")
    #expect(throws: JobRefusal.self) { try harness.submit(body, owner: "cat") }
    try harness.run(.queue(.pause("q")))
    #expect(harness.book.placeableJobs.isEmpty)
    #expect(throws: JobRefusal.self) { try harness.place(key) }
    #expect(throws: JobRefusal.self) { try harness.run(.queue(.close("q"))) }
    try harness.run(.queue(.resume("q")))
    try harness.run(.queue(.drain("q")))
    try harness.start(key)
    try harness.end(key)
    #expect(throws: JobRefusal.self) { try harness.submit(body) }
  }

  @Test func `job defect 29: nodes are uncordoned and undrained, and bookings never overlap`()
    throws
  {
    var harness = BookHarness()
    let key = try harness.submit()
    for (close, open) in [
      (NodeCommand.cordon("n1", reason: "r"), NodeCommand.uncordon("n1")),
      (.drain("n1", grace: .seconds(60), reason: "r"), .undrain("n1")),
    ] {
      try harness.run(.node(close))
      #expect(throws: JobRefusal.self) { try harness.place(key) }
      try harness.run(.node(open))
      #expect(harness.book.nodes.isEmpty)
    }
    let booking = NodeBooking(
      node: "n1", start: harness.now, end: harness.now + .seconds(60), project: "other")
    try harness.run(.node(.book(booking)))
    #expect(throws: JobRefusal.self) { try harness.run(.node(.book(booking))) }
    #expect(throws: JobRefusal.self) { try harness.place(key) }
    harness.wait(seconds: 60)
    #expect(harness.book.bookings.isEmpty)
    try harness.place(key)
  }

  @Test func `job defects 27 and 28: debug mode changes no decision, and security fields are kept`()
    throws
  {
    var traces: [[JobStatus]] = []
    for isDebug in [false, true] {
      var harness = BookHarness()
      let key = try harness.submit(
        #"{"debug_mode": \#(isDebug), "security": {"privileged": true, "seccomp_profile": "s"}}"#)
      try harness.start(key)
      try harness.end(key)
      traces.append(harness.trace(key))
      let security = harness.book.jobs[key]?.specification.security
      #expect(security?.privileged == true)
      #expect(security?.seccompProfile == "s")
    }
    #expect(traces[0] == traces[1])
  }

  @Test func `reports of use are sparse, never fall, and are summed over attempts`() throws {
    var harness = BookHarness()
    let key = try harness.submit(#"{"scheduling_constraints": {"backoff_seconds": 0}}"#)
    var usage = AttemptUsage()
    usage.cpuNanoseconds = 100
    for _ in 0..<2 {
      try harness.start(key)
      harness.wait(seconds: 5)
      try harness.run(.attemptProgress(harness.attempt(key), usage))
      #expect(try harness.run(.attemptProgress(harness.attempt(key), usage)).isEmpty)
      #expect(throws: JobRefusal.self) {
        try harness.run(.attemptProgress(harness.attempt(key), AttemptUsage()))
      }
      try harness.end(key, code: 1)
    }
    #expect(harness.book.jobs[key]?.usage.cpuNanoseconds == 200)
  }

  @Test func `thousands of jobs come and go, and those that ended are forgotten when asked`() throws
  {
    var harness = BookHarness()
    for _ in 0..<3000 {
      let key = try harness.submit()
      try harness.start(key)
      try harness.end(key)
    }
    #expect(harness.book.jobs.count == 3000)
    for number in 1...3000 { try harness.run(.archive(JobKey(Int64(number)))) }
    #expect(harness.book.jobs.isEmpty)
    #expect(harness.book.keysByID.isEmpty)
    #expect(harness.book.alarms.count == 0)
  }
}
