import Model
import Scheduling
import TestSupport
import Testing

@Suite struct PreemptionSearchTests {
  // MARK: - Places

  @Test func `where quotas suffice but no place is free a job makes room by its place`() throws {
    let testCase = PreemptionCase(
      name: "", queues: [queue("a", 9, within: .lower)],
      running: [job(1, "a", 2, priority: -2), job(2, "a", 2, priority: -1)],
      waiting: waiting("a", 2), expected: .victims([2]))
    // Only the second job stands on the node that the waiting one needs.
    let outcome = try testCase.outcome { $0.contains(1) }
    #expect(PreemptionCase.result(outcome) == testCase.expected)
    #expect(PreemptionCase.result(try testCase.outcome { _ in false }) == .none)
    #expect(PreemptionCase.result(try testCase.outcome { $0.count == 2 }) == .victims([1, 2]))
    #expect(PreemptionCase.result(try testCase.outcome()) == .notNeeded)
  }

  @Test func `places are asked for only where quotas and rights allow the set`() throws {
    let testCase = PreemptionCase(
      name: "", queues: [queue("a", 4, reclaim: .any), queue("b", 2)],
      running: [job(1, "b", 2), job(2, "b", 2), job(3, "b", 2)], waiting: waiting("a", 4),
      expected: .victims([3, 2]))
    var asked: [[Int]] = []
    let outcome = try testCase.outcome {
      asked.append($0)
      return true
    }
    #expect(PreemptionCase.result(outcome) == testCase.expected)
    #expect(asked == [[2, 1]])
  }

  // MARK: - Words

  private func texts(_ testCase: PreemptionCase) throws -> [String] {
    let tree = try testCase.tree()
    let jobs = testCase.jobs(tree)
    let preemptor = testCase.preemptor(tree)
    guard case .victims(let preemption) = try testCase.outcome() else {
      return try testCase.outcome().reasons(in: tree, preemptor)
    }
    return preemption.victims.map { $0.reason.text(for: jobs[$0.index], preemptor, in: tree) }
  }

  @Test func `every victim is told why`() throws {
    let lower = PreemptionCase(
      name: "", queues: [queue("prod", 2, within: .lowerOrNewerEqual)],
      running: [job(1, "prod", 1, priority: 100), job(2, "prod", 1, priority: 400, admitted: 900)],
      waiting: waiting("prod", 2, priority: 400), expected: .none)
    #expect(
      try texts(lower) == [
        "its priority 100 is below the 400 of job 1000 in the same queue prod",
        "it was created after job 1000, whose priority 400 is not lower than its 400, in the same "
          + "queue prod",
      ])
    let reclaimed = PreemptionCase(
      name: "", queues: [queue("a", 6, reclaim: .any), queue("b", 6)], running: [job(1, "b", 9)],
      waiting: waiting("a", 6), expected: .none)
    #expect(
      try texts(reclaimed) == [
        "queue b holds 3 gpu above its quota, and queue a takes back what is within its own for "
          + "job 1000"
      ])
    let fair = PreemptionCase(
      name: "",
      queues: [
        queue("a", 0, reclaim: .any, rules: [.lessThanOrEqualToFinalShare]), queue("b", 0),
        queue("pool", 12),
      ], running: [job(1, "b", 4), job(2, "b", 8)], waiting: waiting("a", 1), expected: .none)
    #expect(
      try texts(fair) == [
        "queue a borrows a share of 0.083 with job 1000; the side of queue b borrows 0.333 even "
          + "without this job"
      ])
    let huge = PreemptionCase(
      name: "",
      queues: [
        queue("a", 0, reclaim: .any, rules: [.lessThanInitialShare]), queue("b", 0, weight: 0),
        queue("pool", 12),
      ], running: [job(1, "b", 12)], waiting: waiting("a", 1), expected: .none)
    #expect(
      try texts(huge) == [
        "queue a borrows a share of 0.083 with job 1000; the side of queue b borrows any (it has "
          + "weight 0) with this job"
      ])
  }

  @Test func `a job that finds no room is told what stands in its way`() throws {
    let testCase = PreemptionCase(
      name: "", queues: [queue("a", 4, 4, within: .lower, reclaim: .lower), queue("b", 4, 4)],
      running: [
        job(1, "a", 1, 0, isPreemptible: false), job(2, "a", 1, 0, admitted: 900),
        job(3, "a", 1, 0, preemptions: 3), job(4, "a", 0, 4), job(5, "a", 1, 0, priority: 500),
        job(6, "b", 4, 0, priority: -500), job(7, "a", 0, 1), job(8, "a", 1, 0, priority: -500),
      ], waiting: waiting("a", 4, 0), expected: .none, limits: .standard,
      columns: ["cpu", "gpu"])
    #expect(
      try texts(testCase) == [
        "1 running job may not be preempted", "1 running job started too short a time ago",
        "1 running job had to make room too often before",
        "2 running jobs would free nothing that is short",
        "1 running job would need a lower priority",
        "1 running job in queues that hold no more than their quota",
        "1 running job that may be preempted frees too little",
      ])
    let large = PreemptionCase(
      name: "", queues: [queue("a", 4, borrow: 1)], running: [], waiting: waiting("a", 9),
      expected: .neverFits)
    #expect(try texts(large) == ["asks 9 gpu; queue a can hold at most 4"])
    #expect(PreemptionObstacle.unrelated.text(2).hasPrefix("2 running jobs in queues"))
  }

  @Test func `victims have the time of grace`() throws {
    let testCase = PreemptionCase(
      name: "", queues: [queue("a", 1, within: .lower)], running: [job(1, "a", 1)],
      waiting: waiting("a", 1, priority: 400), expected: .none, limits: .standard)
    guard case .victims(let preemption) = try testCase.outcome() else {
      Issue.record("a victim is found")
      return
    }
    #expect(preemption.deadline == PreemptionCase.now + .seconds(300))
    #expect(preemption.preemptor == JobNumber(1000))
    #expect(preemption.victims.map(\.reason) == [.lowerPriority])
  }

  @Test func `what victims give back is the preemptor's and no one else's`() throws {
    let testCase = PreemptionCase(
      name: "", queues: [queue("a", 6, reclaim: .any), queue("b", 0)], running: [job(1, "b", 6)],
      waiting: waiting("a", 5), expected: .victims([1]))
    var tree = try testCase.tree()
    guard case .victims(let preemption) = try testCase.outcome() else {
      Issue.record("a victim is found")
      return
    }
    var memory = PreemptionMemory()
    preemption.apply(
      to: &tree, &memory, testCase.preemptor(tree), running: testCase.jobs(tree))
    #expect(memory.superiors(of: JobNumber(1)) == [JobNumber(1000)])
    #expect(tree.available(to: 1, 0) == 1)
    #expect(tree.held(by: 0, 0) == 5)
  }

  @Test func `the memory of preemptions follows chains until a job ends`() {
    var memory = PreemptionMemory()
    func numbers(_ values: Int...) -> Set<JobNumber> { Set(values.map { JobNumber($0) }) }
    memory.record(JobNumber(1), preempted: JobNumber(2))
    memory.record(JobNumber(2), preempted: JobNumber(3))
    memory.record(JobNumber(4), preempted: JobNumber(1))
    #expect(memory.superiors(of: JobNumber(3)) == numbers(2, 1, 4))
    #expect(memory.superiors(of: JobNumber(4)) == [])
    memory.record(JobNumber(5), preempted: JobNumber(2))
    memory.record(JobNumber(1), preempted: JobNumber(2))
    #expect(memory.preemptors(of: JobNumber(2)) == [JobNumber(5), JobNumber(1)])
    memory.forget(JobNumber(2))
    #expect(memory.superiors(of: JobNumber(3)) == numbers(2))
    for number in 10..<(12 + PreemptionMemory.limitPerJob) {
      memory.record(JobNumber(number), preempted: JobNumber(6))
    }
    #expect(memory.preemptors(of: JobNumber(6)).first == JobNumber(12))
    #expect(memory.superiors(of: JobNumber(6)).count == PreemptionMemory.limitPerJob)
  }

  @Test func `no more candidates are looked at than the limit says`() throws {
    var testCase = PreemptionCase(
      name: "", queues: [queue("a", 4, within: .lower)],
      running: [job(1, "a", 1), job(2, "a", 1), job(3, "a", 1), job(4, "a", 1)],
      waiting: waiting("a", 3, priority: 1), expected: .victims([2, 3, 4]))
    #expect(PreemptionCase.result(try testCase.outcome()) == testCase.expected)
    testCase.limits.candidateLimit = 2
    #expect(PreemptionCase.result(try testCase.outcome()) == .none)
  }
}
