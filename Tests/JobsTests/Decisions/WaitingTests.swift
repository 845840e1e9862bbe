import Model
import TestSupport
import Testing

@testable import Jobs

@Suite struct WaitingTests {
  private func id(_ key: JobKey, _ harness: BookHarness) -> Text {
    harness.book.jobs[key]?.identity.id ?? ""
  }

  @Test func `a job waits for others, and each sort of waiting ends as documented`() throws {
    for (kind, code, status) in [
      ("completion", 1, JobStatus.queued), ("success", 0, .queued), ("data", 0, .queued),
      ("success", 1, .cancelled), ("data", 1, .cancelled), ("checkpoint", 0, .cancelled),
    ] {
      var harness = BookHarness()
      let first = try harness.submit(#"{"scheduling_constraints": {"restart_policy": "never"}}"#)
      let second = try harness.submit(
        #"{"dependencies": [{"job_id": "\#(id(first, harness))", "dependency_type": "\#(kind)"}]}"#)
      let third = try harness.submit(#"{"dependencies": ["\#(id(second, harness))"]}"#)
      try harness.start(first)
      #expect(harness.status(second) == .pending)
      #expect(throws: JobRefusal.self) { try harness.place(second) }
      try harness.end(first, code: Int32(code))
      #expect(harness.status(second) == status, "\(kind)")
      // One that will never come true ends all that wait for it.
      #expect(harness.status(third) == (status == .queued ? .pending : .cancelled))
    }
  }

  @Test func `a failure that is tried again does not end those that wait`() throws {
    var harness = BookHarness()
    let first = try harness.submit()
    let second = try harness.submit(#"{"dependencies": ["\#(id(first, harness))"]}"#)
    try harness.start(first)
    try harness.end(first, code: 1)
    #expect(harness.status(second) == .pending)
    #expect(throws: JobRefusal.self) { try harness.run(.archive(first)) }
  }

  @Test func `a workflow is taken as a whole, in any order, and circles are named`() throws {
    var harness = BookHarness()
    func member(_ name: String, _ others: [String]) -> JobSubmission {
      var specification = harness.specification()
      specification.dependencies = others.map { JobDependency(jobID: $0) }
      return JobSubmission(specification, owner: "ann", project: "p", localName: name)
    }
    let circle = [member("a", ["b"]), member("b", ["c"]), member("c", ["a"]), member("d", ["a"])]
    let refusal = #expect(throws: JobRefusal.self) { try harness.run(.submitWorkflow(circle)) }
    #expect(refusal?.message == "Circular dependency detected: a -> b -> c -> a")
    #expect(harness.book.jobs.isEmpty)
    try harness.run(.submitWorkflow([member("a", ["b"]), member("b", ["c"]), member("c", [])]))
    #expect(harness.book.jobs.count == 3)
    for key in [JobKey(1), JobKey(2), JobKey(3)] {
      #expect(harness.book.placeableJobs.map(\.key) == [key])
      try harness.start(key)
      try harness.end(key)
    }
  }

  @Test func `windows open and close the way to a place`() throws {
    var harness = BookHarness()
    // The clock of the harness begins at 22:13:20.
    let key = try harness.submit(
      #"""
      {"scheduling_constraints": {"preferred_time_windows": [{"start": "22:15", "end": "22:20"}]}}
      """#)
    #expect(harness.book.placeableJobs.isEmpty)
    harness.wait(seconds: 100)
    #expect(harness.book.placeableJobs.map(\.key) == [key])
    harness.wait(seconds: 300)
    #expect(harness.book.placeableJobs.isEmpty)
    harness.wait(seconds: 86_400 - 300)
    #expect(harness.book.placeableJobs.map(\.key) == [key])
    let past = try harness.submit(
      #"{"scheduling_constraints": {"preferred_time_windows": [{"start": 1, "end": 2}]}}"#)
    #expect(harness.status(past) == .cancelled)
  }

  @Test func `deadlines and runtimes end what is late`() throws {
    var harness = BookHarness()
    let body = #"{"scheduling_constraints": {"deadline": 1700000100, "max_runtime_seconds": 50}}"#
    let waiting = try harness.submit(body)
    let slow = try harness.submit(body)
    try harness.start(slow)
    harness.wait(seconds: 50)
    #expect(harness.book.jobs[slow]?.phase.attempt?.stop?.purpose == .runtimeExceeded)
    try harness.end(slow, code: 143)
    #expect(harness.status(slow) == .failed)
    harness.wait(seconds: 50)
    #expect(harness.status(waiting) == .cancelled)
    let refusal = #expect(throws: JobRefusal.self) { try harness.submit(body) }
    #expect(refusal?.message == "Deadline cannot be in the past")
  }

  @Test func `alarms come in the order of their times, whatever is set, moved and cleared`() {
    for seed in TestSeed.all(20) {
      var random = SeededRandom(seed: seed)
      var alarms = AlarmQueue()
      var naive: [AlarmKey: Instant] = [:]
      for _ in 0..<500 {
        let key = AlarmKey.job(JobKey(random.within(1...40)))
        let at = random.chance(70) ? Instant(nanoseconds: random.within(0...50)) : nil
        alarms.set(key, to: at)
        naive[key] = at
        let first = naive.min { ($0.value, $0.key) < ($1.value, $1.key) }
        #expect(alarms.first?.key == first?.key, "seed \(seed)")
        #expect(alarms.count == naive.count)
      }
    }
  }
}
