import Model
import Scheduling
import Testing

@Suite struct ClassicPreemptionTests {
  /// In one queue: who outranks whom, and which few suffice.
  static let withinQueue: [PreemptionCase] = [
    .init(
      name: "a job that fits preempts no one", queues: [queue("a", 6, within: .lower)],
      running: [job(1, "a", 4, priority: -9)], waiting: waiting("a", 2), expected: .notNeeded),
    .init(
      name: "a job larger than its queue ever is never fits",
      queues: [queue("a", 6, borrow: 1, within: .lower), queue("b", 6)],
      running: [job(1, "a", 4, priority: -9)], waiting: waiting("a", 8), expected: .neverFits),
    .init(
      name: "the lowest priority makes room", queues: [queue("a", 6, within: .lower)],
      running: [
        job(1, "a", 2, priority: 2), job(2, "a", 2, priority: 1), job(3, "a", 2, priority: 3),
      ], waiting: waiting("a", 2, priority: 9), expected: .victims([2])),
    .init(
      name: "of equal priorities the most recently admitted makes room",
      queues: [queue("a", 6, within: .lower)],
      running: [
        job(1, "a", 2, admitted: 30), job(2, "a", 2, admitted: 50), job(3, "a", 2, admitted: 40),
      ], waiting: waiting("a", 2, priority: 1), expected: .victims([2])),
    .init(
      name: "of all equals the highest number makes room",
      queues: [queue("a", 6, within: .lower)],
      running: [job(1, "a", 2), job(3, "a", 2), job(2, "a", 2)],
      waiting: waiting("a", 2, priority: 1), expected: .victims([3])),
    .init(
      name: "an equal priority is not lower", queues: [queue("a", 6, within: .lower)],
      running: [job(1, "a", 6, admitted: 900)], waiting: waiting("a", 1), expected: .none),
    .init(
      name: "a newer equal makes room where the rule says so",
      queues: [queue("a", 6, within: .lowerOrNewerEqual)],
      running: [job(1, "a", 3, admitted: 100), job(2, "a", 3, admitted: 900)],
      waiting: waiting("a", 1, created: 500), expected: .victims([2])),
    .init(
      name: "an older equal never makes room",
      queues: [queue("a", 6, within: .lowerOrNewerEqual)],
      running: [job(1, "a", 6, admitted: 900, created: 100)],
      waiting: waiting("a", 1, created: 500), expected: .none),
    .init(
      name: "a queue whose rule is never preempts no one", queues: [queue("a", 6)],
      running: [job(1, "a", 6, priority: -9)], waiting: waiting("a", 1, priority: 9),
      expected: .none),
    .init(
      name: "what is not needed is given back", queues: [queue("a", 6, within: .lower)],
      running: [job(1, "a", 1, priority: 1), job(2, "a", 5, priority: 2)],
      waiting: waiting("a", 5, priority: 9), expected: .victims([2])),
    .init(
      name: "several make room where one does not suffice, the dear one stays",
      queues: [queue("a", 9, within: .lower)],
      running: [
        job(1, "a", 2, priority: 1), job(2, "a", 2, priority: 2), job(3, "a", 2, priority: 3),
        job(4, "a", 3, priority: 4),
      ], waiting: waiting("a", 4, priority: 9), expected: .victims([1, 2])),
    .init(
      name: "the dearest is given back first", queues: [queue("a", 7, within: .lower)],
      running: [
        job(1, "a", 3, priority: 1), job(2, "a", 1, priority: 2), job(3, "a", 3, priority: 3),
      ], waiting: waiting("a", 6, priority: 9), expected: .victims([1, 3])),
    .init(
      name: "where all lower ones do not suffice none is harmed",
      queues: [queue("a", 6, within: .lower)],
      running: [job(1, "a", 3, priority: -1), job(2, "a", 3, priority: 9)],
      waiting: waiting("a", 4), expected: .none),
    .init(
      name: "with only its own jobs to take a queue may borrow",
      queues: [queue("a", 6, within: .lower), queue("b", 6)],
      running: [job(1, "a", 8, priority: -1), job(2, "b", 4)], waiting: waiting("a", 8),
      expected: .victims([1])),
    .init(
      name: "but not above its borrowing limit",
      queues: [queue("a", 6, borrow: 1, within: .lower), queue("b", 6)],
      running: [job(1, "a", 3, priority: -1), job(2, "a", 4)], waiting: waiting("a", 4),
      expected: .none),
    .init(
      name: "a job without what is short is left alone",
      queues: [queue("a", 8, 8, within: .lower)],
      running: [job(1, "a", 0, 8, priority: -9), job(2, "a", 8, 0, priority: -1)],
      waiting: waiting("a", 4, 0), expected: .victims([2]), columns: ["cpu", "gpu"]),
    .init(
      name: "two short columns may need two jobs", queues: [queue("a", 8, 8, within: .lower)],
      running: [job(1, "a", 0, 8, priority: -9), job(2, "a", 8, 0, priority: -1)],
      waiting: waiting("a", 4, 4), expected: .victims([1, 2]), columns: ["cpu", "gpu"]),
  ]

  /// Between queues: what was lent is taken back.
  static let reclaim: [PreemptionCase] = [
    .init(
      name: "a queue takes back what another borrows, whatever its priority",
      queues: [queue("a", 6, reclaim: .any), queue("b", 6)],
      running: [job(1, "b", 6, priority: 5), job(2, "b", 6, priority: 9)],
      waiting: waiting("a", 6), expected: .victims([1])),
    .init(
      name: "by the rule lower only from lower priorities",
      queues: [queue("a", 6, reclaim: .lower), queue("b", 6)],
      running: [job(1, "b", 6, priority: 0), job(2, "b", 6, priority: -1)],
      waiting: waiting("a", 6), expected: .victims([2])),
    .init(
      name: "by the rule lower not from equals",
      queues: [queue("a", 6, reclaim: .lower), queue("b", 6)], running: [job(1, "b", 12)],
      waiting: waiting("a", 6), expected: .none),
    .init(
      name: "by the rule never not at all", queues: [queue("a", 6), queue("b", 6)],
      running: [job(1, "b", 12, priority: -9)], waiting: waiting("a", 6), expected: .none),
    .init(
      name: "a queue within its quota gives nothing",
      queues: [queue("a", 6, reclaim: .any), queue("b", 6), queue("c", 0)],
      running: [job(1, "b", 6, priority: -9), job(2, "c", 6, priority: 9)],
      waiting: waiting("a", 6), expected: .victims([2])),
    .init(
      name: "a queue gives until it is back at its quota and no further",
      queues: [queue("a", 6, reclaim: .any), queue("b", 6)],
      running: [job(1, "a", 4), job(2, "b", 4, priority: -2), job(3, "b", 4, priority: -1)],
      waiting: waiting("a", 4), expected: .none),
    .init(
      name: "several queues give, the lowest priorities first",
      queues: [queue("a", 6, reclaim: .any), queue("b", 2), queue("c", 2)],
      running: [
        job(1, "b", 3, priority: 2), job(2, "b", 2, priority: 4), job(3, "c", 3, priority: 1),
        job(4, "c", 2, priority: 3),
      ], waiting: waiting("a", 6), expected: .victims([1, 3])),
    .init(
      name: "a borrower goes before a job of the own queue",
      queues: [queue("a", 6, within: .lower, reclaim: .any), queue("b", 6)],
      running: [
        job(1, "a", 3, priority: -9), job(2, "b", 3, priority: 9, admitted: 1),
        job(3, "b", 6, priority: 9),
      ], waiting: waiting("a", 3), expected: .victims([2])),
    .init(
      name: "a queue that holds its quota takes from itself alone",
      queues: [queue("a", 6, within: .lower, reclaim: .any), queue("b", 6)],
      running: [job(1, "a", 3, priority: -9), job(2, "a", 3), job(3, "b", 6, priority: -9)],
      waiting: waiting("a", 3), expected: .victims([1])),
    .init(
      name: "own and borrowers together, so that the queue ends within its quota",
      queues: [queue("a", 6, within: .lower, reclaim: .any), queue("b", 6)],
      running: [
        job(1, "a", 3, priority: -1), job(2, "a", 2), job(3, "b", 3, priority: -1), job(4, "b", 4),
      ], waiting: waiting("a", 4), expected: .victims([1, 3])),
    .init(
      name: "a queue that would borrow takes no other's job",
      queues: [queue("a", 6, reclaim: .any), queue("b", 6)],
      running: [job(1, "a", 4), job(2, "b", 8, priority: -9)], waiting: waiting("a", 4),
      expected: .none),
    .init(
      name: "a lender takes back although the borrower falls below its quota: jobs cannot be cut",
      queues: [queue("a", 6, lend: 4, reclaim: .any), queue("b", 6, lend: 2)],
      running: [job(1, "a", 3), job(2, "b", 3, priority: 1), job(3, "b", 4, priority: 2)],
      waiting: waiting("a", 3), expected: .victims([2])),
    .init(
      name: "unless no queue may ever fall below its quota",
      queues: [queue("a", 6, lend: 4, reclaim: .any), queue("b", 6, lend: 2)],
      running: [job(1, "a", 3), job(2, "b", 3, priority: 1), job(3, "b", 4, priority: 2)],
      waiting: waiting("a", 3), expected: .none, limits: strict),
    .init(
      name: "one huge job gives back what others own",
      queues: [queue("a", 6, reclaim: .any), queue("b", 4)], running: [job(1, "b", 10)],
      waiting: waiting("a", 1), expected: .victims([1])),
    .init(
      name: "without falling below its quota a queue gives a smaller job instead",
      queues: [queue("a", 6, reclaim: .any), queue("b", 6)],
      running: [job(1, "b", 7, priority: 1), job(2, "b", 5, priority: 2)],
      waiting: waiting("a", 5), expected: .victims([2]), limits: strict),
    .init(
      name: "a job is not taken for a column that its queue does not borrow",
      queues: [queue("a", 6, 6, reclaim: .any), queue("b", 6, 6), queue("c", 0, 0)],
      running: [
        job(1, "b", 8, 0), job(2, "b", 0, 6, priority: -9), job(3, "c", 4, 6, priority: 9),
      ], waiting: waiting("a", 0, 4), expected: .victims([3]), columns: ["cpu", "gpu"]),
    .init(
      name: "nor for the one that it borrows but the job does not hold",
      queues: [queue("a", 6, 6, reclaim: .any), queue("b", 6, 6), queue("c", 0, 0)],
      running: [
        job(1, "b", 8, 0), job(2, "b", 0, 6, priority: -9), job(3, "c", 4, 6, priority: 9),
      ], waiting: waiting("a", 4, 4), expected: .victims([3]), columns: ["cpu", "gpu"]),
    .init(
      name: "queues of different groups have nothing to take from each other",
      queues: [
        queue("a", 2, parent: "one", within: .lower, reclaim: .any), queue("b", 6, parent: "two"),
        queue("c", 6, parent: "two"), queue("d", 4, parent: "one"),
      ], running: [job(1, "b", 12, priority: -9), job(2, "d", 6)], waiting: waiting("a", 1),
      expected: .victims([2])),
    .init(
      name: "a queue alone in its group preempts within itself",
      queues: [queue("a", 2, parent: nil, within: .lower, reclaim: .any)],
      running: [job(1, "a", 2, priority: -1)], waiting: waiting("a", 1), expected: .victims([1])),
  ]

  /// In a tree of groups: who stands where.
  static let groups: [PreemptionCase] = [
    .init(
      name: "a queue above its quota takes back from outside what its group owns",
      queues: [
        queue("a", 2, parent: "one", reclaim: .any), queue("b", 4, parent: "one"),
        queue("c", 6, parent: "two"), queue("one", 0, parent: "top"),
        queue("two", 0, parent: "top"),
      ], running: [job(1, "a", 2), job(2, "c", 6), job(3, "c", 4, priority: 9)],
      waiting: waiting("a", 3), expected: .victims([2])),
    .init(
      name: "but not from its sibling, which owns what it holds",
      queues: [
        queue("a", 2, parent: "one", reclaim: .any), queue("b", 4, parent: "one"),
        queue("c", 6, parent: "two"), queue("one", 0, parent: "top"),
        queue("two", 0, parent: "top"),
      ], running: [job(1, "a", 2), job(2, "b", 4, priority: -9), job(3, "c", 6, priority: -9)],
      waiting: waiting("a", 3), expected: .none),
    .init(
      name: "a borrower inside a group within its quota is safe from outside",
      queues: [
        queue("a", 4, parent: "one", reclaim: .any), queue("b", 0, parent: "two"),
        queue("c", 6, parent: "two"), queue("d", 0, parent: "three"),
        queue("one", 0, parent: "top"), queue("two", 0, parent: "top"),
        queue("three", 0, parent: "top"),
      ], running: [job(1, "b", 6, priority: -9), job(2, "d", 4, priority: 9)],
      waiting: waiting("a", 4), expected: .victims([2])),
    .init(
      name: "a member takes back from its sibling that borrows",
      queues: [
        queue("a", 4, parent: "one", reclaim: .any), queue("b", 0, parent: "one"),
        queue("c", 6, parent: "top"), queue("one", 0, parent: "top"),
      ], running: [job(1, "b", 4), job(2, "c", 6)], waiting: waiting("a", 4),
      expected: .victims([1])),
  ]

  /// The limits, and what else keeps a job safe.
  static let protection: [PreemptionCase] = [
    .init(
      name: "a priority must be lower by the threshold",
      queues: [queue("a", 2, within: .lower)],
      running: [job(1, "a", 1, priority: 301), job(2, "a", 1, priority: 300)],
      waiting: waiting("a", 1, priority: 400), expected: .victims([2]), limits: .standard),
    .init(
      name: "below the threshold no one makes room", queues: [queue("a", 1, within: .lower)],
      running: [job(1, "a", 1, priority: 301)], waiting: waiting("a", 1, priority: 400),
      expected: .none, limits: .standard),
    .init(
      name: "extreme priorities do not overflow", queues: [queue("a", 1, within: .lower)],
      running: [job(1, "a", 1, priority: .min)], waiting: waiting("a", 1, priority: .max),
      expected: .victims([1]), limits: .standard),
    .init(
      name: "a job is safe until it ran for the minimum run time",
      queues: [queue("a", 2, within: .lower)],
      running: [job(1, "a", 1, admitted: 701), job(2, "a", 1, priority: 50, admitted: 700)],
      waiting: waiting("a", 1, priority: 400), expected: .victims([2]), limits: .standard),
    .init(
      name: "a borrower is safe until then too",
      queues: [queue("a", 6, reclaim: .any), queue("b", 0)],
      running: [job(1, "b", 6, admitted: 800)], waiting: waiting("a", 6), expected: .none,
      limits: .standard),
    .init(
      name: "a job that was preempted three times is safe",
      queues: [queue("a", 2, within: .lower)],
      running: [job(1, "a", 1, preemptions: 3), job(2, "a", 1, priority: 50, preemptions: 2)],
      waiting: waiting("a", 1, priority: 400), expected: .victims([2]), limits: .standard),
    .init(
      name: "a job that may not be preempted is safe", queues: [queue("a", 2, within: .lower)],
      running: [job(1, "a", 1, isPreemptible: false), job(2, "a", 1, priority: 50)],
      waiting: waiting("a", 1, priority: 400), expected: .victims([2])),
    .init(
      name: "a job does not preempt one that preempted it",
      queues: [queue("a", 2, within: .lower)],
      running: [job(1, "a", 1), job(2, "a", 1, priority: 50)],
      waiting: waiting("a", 1, priority: 400, preemptedBy: [1]), expected: .victims([2])),
    .init(
      name: "nor one that preempted that one, and so on",
      queues: [queue("a", 2, within: .lower)],
      running: [job(1, "a", 1), job(2, "a", 1, priority: 50)],
      waiting: waiting("a", 1, priority: 400, preemptedBy: [7, 8, 1]), expected: .victims([2])),
  ]

  private static let strict: PreemptionLimits = {
    var limits = PreemptionLimits.rulesOnly
    limits.reclaimBound = .neverBelowNominal
    return limits
  }()

  @Test(arguments: withinQueue)
  func `in one queue`(_ testCase: PreemptionCase) throws {
    #expect(PreemptionCase.result(try testCase.outcome()) == testCase.expected)
  }

  @Test(arguments: reclaim)
  func `between queues`(_ testCase: PreemptionCase) throws {
    #expect(PreemptionCase.result(try testCase.outcome()) == testCase.expected)
  }

  @Test(arguments: groups)
  func `in a tree of groups`(_ testCase: PreemptionCase) throws {
    #expect(PreemptionCase.result(try testCase.outcome()) == testCase.expected)
  }

  @Test(arguments: protection)
  func `protected jobs`(_ testCase: PreemptionCase) throws {
    #expect(PreemptionCase.result(try testCase.outcome()) == testCase.expected)
  }
}
