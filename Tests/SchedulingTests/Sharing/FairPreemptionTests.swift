import Model
import Scheduling
import Testing

@Suite struct FairPreemptionTests {
  private static let final: [FairShareRule] = [.lessThanOrEqualToFinalShare]
  private static let initial: [FairShareRule] = [.lessThanInitialShare]
  private static let both: [FairShareRule] = [.lessThanOrEqualToFinalShare, .lessThanInitialShare]

  private static func fair(
    _ name: String, _ nominal: Int64, parent: String = "all", weight: Int64 = 1000,
    within: WithinRule = .never, rules: [FairShareRule] = both
  ) -> QueueSettings {
    queue(
      name, nominal, parent: parent, weight: weight, within: within, reclaim: .any, rules: rules)
  }

  private static let pool = queue("pool", 12)

  static let cases: [PreemptionCase] = [
    .init(
      name: "the largest borrower gives", queues: [fair("a", 0), fair("b", 0), fair("c", 0), pool],
      running: [
        job(1, "b", 2, priority: -9), job(2, "b", 2), job(3, "c", 4, priority: 1),
        job(4, "c", 4, priority: 2),
      ], waiting: waiting("a", 3), expected: .victims([3])),
    .init(
      name: "between equal borrowers nothing moves",
      queues: [fair("a", 0), fair("b", 0), pool], running: [job(1, "a", 6), job(2, "b", 6)],
      waiting: waiting("a", 1, priority: 9), expected: .none),
    .init(
      name: "a borrower gives down to the other's share and not below",
      queues: [fair("a", 0, rules: final), fair("b", 0), pool],
      running: [
        job(1, "a", 4), job(2, "b", 2, admitted: 1), job(3, "b", 2, admitted: 2), job(4, "b", 2),
        job(5, "b", 2),
      ], waiting: waiting("a", 2), expected: .victims([3])),
    .init(
      name: "one step further it gives nothing",
      queues: [fair("a", 0, rules: final), fair("b", 0), pool],
      running: [job(1, "a", 6), job(2, "b", 2), job(3, "b", 2), job(4, "b", 2)],
      waiting: waiting("a", 2), expected: .none),
    .init(
      name: "a smaller job gives where the cheaper one would take too much",
      queues: [fair("a", 0, rules: final), fair("b", 0), pool],
      running: [
        job(1, "a", 3), job(2, "b", 6, priority: -9), job(3, "b", 2), job(4, "b", 1, priority: 9),
      ], waiting: waiting("a", 1), expected: .victims([3])),
    .init(
      name: "one huge job stays by the rule of the final share",
      queues: [fair("a", 0, rules: final), fair("b", 0), pool], running: [job(1, "b", 12)],
      waiting: waiting("a", 3), expected: .none),
    .init(
      name: "and gives by the rule of the initial share",
      queues: [fair("a", 0), fair("b", 0), pool], running: [job(1, "b", 12)],
      waiting: waiting("a", 3), expected: .victims([1])),
    .init(
      name: "by the rule of the initial share alone the lowest priority gives",
      queues: [fair("a", 0, rules: initial), fair("b", 0), pool],
      running: [job(1, "b", 9, priority: -9), job(2, "b", 3)], waiting: waiting("a", 3),
      expected: .victims([1])),
    .init(
      name: "a share above the other's initial one takes nothing",
      queues: [fair("a", 0, rules: initial), fair("b", 0), pool],
      running: [job(1, "a", 6), job(2, "b", 6, priority: -9)], waiting: waiting("a", 1),
      expected: .none),
    .init(
      name: "twice the weight is worth twice the share",
      queues: [fair("a", 0, weight: 2000), fair("b", 0), pool],
      running: [
        job(1, "a", 6), job(2, "b", 2, admitted: 1), job(3, "b", 2, admitted: 2),
        job(4, "b", 2, admitted: 3),
      ], waiting: waiting("a", 2), expected: .victims([4])),
    .init(
      name: "and no more than that",
      queues: [fair("a", 0, weight: 2000), fair("b", 0), pool],
      running: [job(1, "a", 8), job(2, "b", 2), job(3, "b", 2)], waiting: waiting("a", 2),
      expected: .none),
    .init(
      name: "a queue without weight gives first, however little it borrows",
      queues: [fair("a", 0), fair("b", 0, weight: 0), fair("c", 0), pool],
      running: [job(1, "b", 1, priority: 9), job(2, "c", 11)], waiting: waiting("a", 1),
      expected: .victims([1])),
    .init(
      name: "a queue without weight takes nothing from one with",
      queues: [fair("a", 0, weight: 0), fair("b", 0), pool],
      running: [job(1, "b", 12, priority: -9)], waiting: waiting("a", 1), expected: .none),
    .init(
      name: "of two without weight the one that borrows more gives",
      queues: [fair("a", 0, weight: 0), fair("b", 0, weight: 0), pool],
      running: [job(1, "a", 1), job(2, "b", 6), job(3, "b", 5)], waiting: waiting("a", 2),
      expected: .victims([3])),
    .init(
      name: "within its quota a queue takes back by no rule of shares",
      queues: [fair("a", 4, rules: final), fair("b", 2), queue("pool", 6)],
      running: [job(1, "b", 12)], waiting: waiting("a", 4), expected: .victims([1])),
    .init(
      name: "a queue within its quota gives nothing to one that borrows",
      queues: [fair("a", 0), fair("b", 6), fair("c", 0), queue("pool", 6)],
      running: [job(1, "b", 6, priority: -9), job(2, "c", 2, priority: -1), job(3, "c", 4)],
      waiting: waiting("a", 2), expected: .victims([2])),
    .init(
      name: "its own lower priorities give where the queue borrows most",
      queues: [fair("a", 0, within: .lower), fair("b", 0), pool],
      running: [job(1, "a", 8, priority: -1), job(2, "b", 4, priority: -9)],
      waiting: waiting("a", 8), expected: .victims([1])),
    .init(
      name: "what its own queue gives makes others' jobs fair to take",
      queues: [fair("a", 0, within: .lower, rules: final), fair("b", 0), pool],
      running: [
        job(1, "a", 3, priority: -1), job(2, "b", 5, admitted: 1), job(3, "b", 4, admitted: 2),
      ], waiting: waiting("a", 5), expected: .victims([1, 3])),
    .init(
      name: "the side that borrows most gives, in it the member that borrows most",
      queues: [
        fair("a", 0, parent: "one"), fair("b", 0, parent: "two"), fair("c", 0, parent: "two"),
        fair("d", 0, parent: "three"), queue("one", 0, parent: "top"),
        queue("two", 0, parent: "top"), queue("three", 0, parent: "top"),
        queue("pool", 12, parent: "top"),
      ],
      running: [
        job(1, "b", 2, priority: -9), job(2, "b", 1), job(3, "c", 2), job(4, "c", 2),
        job(5, "d", 5, priority: -9),
      ], waiting: waiting("a", 2), expected: .victims([4])),
    .init(
      name: "sides compare as wholes: a poor queue of a rich side takes nothing",
      queues: [
        fair("a", 0, parent: "one"), fair("b", 0, parent: "one"), fair("c", 0, parent: "two"),
        queue("one", 0, parent: "top"), queue("two", 0, parent: "top"),
        queue("pool", 12, parent: "top"),
      ], running: [job(1, "b", 6, isPreemptible: false), job(2, "c", 6)],
      waiting: waiting("a", 1), expected: .none),
    .init(
      name: "but from its richer sibling it does",
      queues: [
        fair("a", 0, parent: "one"), fair("b", 0, parent: "one"), fair("c", 0, parent: "two"),
        queue("one", 0, parent: "top"), queue("two", 0, parent: "top"),
        queue("pool", 12, parent: "top"),
      ], running: [job(1, "b", 2), job(2, "b", 4), job(3, "c", 6)],
      waiting: waiting("a", 2), expected: .victims([2])),
    .init(
      name: "several give until the job fits, none in vain",
      queues: [fair("a", 0), fair("b", 0), fair("c", 0), pool],
      running: [
        job(1, "b", 2, admitted: 1), job(2, "b", 2, admitted: 2), job(3, "b", 2, admitted: 3),
        job(4, "c", 2, admitted: 1), job(5, "c", 2, admitted: 2), job(6, "c", 2, admitted: 3),
      ], waiting: waiting("a", 4), expected: .victims([3, 6])),
    .init(
      name: "a fair share is no reason before the minimum run time",
      queues: [fair("a", 0), fair("b", 0), pool], running: [job(1, "b", 12, admitted: 900)],
      waiting: waiting("a", 3), expected: .none, limits: .standard),
    .init(
      name: "where no queue may fall below its quota the huge job stays",
      queues: [fair("a", 0), fair("b", 2), pool], running: [job(1, "b", 14)],
      waiting: waiting("a", 3), expected: .none,
      limits: {
        var limits = PreemptionLimits.rulesOnly
        limits.reclaimBound = .neverBelowNominal
        return limits
      }()),
    .init(
      name: "of equal sides a group gives before a queue",
      queues: [
        fair("a", 0, parent: "top"), fair("c", 0, parent: "top"), fair("b", 0, parent: "two"),
        queue("two", 0, parent: "top"), queue("pool", 8, parent: "top"),
      ], running: [job(1, "c", 2, priority: -9), job(2, "c", 2), job(3, "b", 2), job(4, "b", 2)],
      waiting: waiting("a", 2), expected: .victims([4])),
    .init(
      name: "a job whose loss leaves its queue's share as it is does not go between equals",
      queues: [
        queue("a", 0, 0, reclaim: .any, rules: final), queue("b", 0, 0), queue("pool", 10, 10),
      ], running: [job(1, "a", 5, 0), job(2, "b", 5, 0), job(3, "b", 0, 5), job(4, "pool", 0, 5)],
      waiting: waiting("a", 0, 5), expected: .none, columns: ["cpu", "gpu"]),
    .init(
      name: "where its queue's share is larger it goes although the share stays",
      queues: [
        queue("a", 0, 0, reclaim: .any, rules: final), queue("b", 0, 0), queue("pool", 10, 10),
      ], running: [job(1, "a", 4, 0), job(2, "b", 6, 0), job(3, "b", 0, 5), job(4, "pool", 0, 5)],
      waiting: waiting("a", 0, 5), expected: .victims([3]), columns: ["cpu", "gpu"]),
  ]

  @Test(arguments: cases)
  func `shares of what is borrowed`(_ testCase: PreemptionCase) throws {
    #expect(PreemptionCase.result(try testCase.outcome()) == testCase.expected)
  }
}
