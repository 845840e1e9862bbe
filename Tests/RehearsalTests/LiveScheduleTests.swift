import Model
import Rehearsal
import Testing

@Suite struct LiveScheduleTests {
  /// At 0, 1, 2, … seconds a pod each, for ten seconds.
  static func schedule(pods: Int, speed: Double = 1, slack: Int64 = 60) throws -> LiveSchedule {
    let rows = (0..<pods).map { "p\($0),1,1,0,0,,LS,x,\($0),\($0 + 10),\n" }
    let plan = ReplayPlan(
      trace: try ReplayTests.trace(rows.joined()), mode: .respectLimits, wait: .seconds(100),
      seed: 1)
    return LiveSchedule(plan: plan, speed: speed, slack: .seconds(slack))
  }

  static func step(_ kind: LiveSchedule.Step.Kind, _ pod: Int) -> LiveSchedule.Next {
    .take(LiveSchedule.Step(kind: kind, pod: pod))
  }

  /// A grant at once, with its event.
  static func grant(_ pod: Int, in schedule: inout LiveSchedule) {
    schedule.answered(pod, .granted)
    schedule.saw(.granted, of: pod, amounts: [1, 1, 0])
  }

  @Test func `pods begin and end at their times`() throws {
    var schedule = try Self.schedule(pods: 2, speed: 10)
    #expect(schedule.next(at: .zero) == Self.step(.begin, 0))
    Self.grant(0, in: &schedule)
    #expect(schedule.next(at: .zero) == .wait(until: .milliseconds(100)))
    #expect(schedule.next(at: .milliseconds(100)) == Self.step(.begin, 1))
    Self.grant(1, in: &schedule)
    #expect(schedule.next(at: .milliseconds(999)) == .wait(until: .seconds(1)))
    #expect(schedule.next(at: .seconds(1)) == Self.step(.end, 0))
    #expect(schedule.next(at: .milliseconds(1100)) == Self.step(.end, 1))
    for pod in 0...1 {
      schedule.ended(pod, loss: nil)
      #expect(schedule.next(at: .seconds(2)) == .wait(until: nil))
      schedule.saw(.released, of: pod, amounts: [])
    }
    #expect(schedule.next(at: .seconds(2)) == .over)
    #expect(schedule.isComplete)
    #expect(schedule.outcome.total.granted == 2)
    #expect(!schedule.pace.isBehind)
  }

  @Test func `the trace's time waits for an answer that is late, and the delay is told`() throws {
    var schedule = try Self.schedule(pods: 9, speed: 1e9, slack: 2)
    #expect(schedule.next(at: .seconds(1)) == Self.step(.begin, 0))
    #expect(schedule.next(at: .seconds(1)) == Self.step(.begin, 1))
    #expect(schedule.next(at: .seconds(1)) == .wait(until: nil))
    // An answer is not enough: what it caused at the server may still be on its way.
    schedule.answered(0, .granted)
    #expect(schedule.next(at: .seconds(2)) == .wait(until: nil))
    schedule.saw(.granted, of: 0, amounts: [1, 1, 0])
    #expect(schedule.next(at: .seconds(3)) == Self.step(.begin, 2))
    #expect(schedule.pace.isBehind)
    #expect(schedule.pace.behind > .milliseconds(2999))
  }

  @Test func `no more than the bound are in flight`() throws {
    var schedule = try Self.schedule(
      pods: LiveSchedule.callsMax + 1, speed: 1e9, slack: 100_000)
    for pod in 0..<LiveSchedule.callsMax {
      #expect(schedule.next(at: .seconds(1)) == Self.step(.begin, pod))
    }
    #expect(schedule.next(at: .seconds(1)) == .wait(until: nil))
    Self.grant(0, in: &schedule)
    #expect(schedule.next(at: .seconds(1)) == Self.step(.end, 0))
  }

  @Test func `a grant out of the queue has the time of what made room for it`() throws {
    var schedule = try Self.schedule(pods: 2, speed: 1e9, slack: 0)
    #expect(schedule.next(at: .seconds(1)) == Self.step(.begin, 0))
    Self.grant(0, in: &schedule)
    #expect(schedule.next(at: .seconds(1)) == Self.step(.begin, 1))
    schedule.answered(1, nil)
    schedule.saw(.queued, of: 1, amounts: [])
    #expect(schedule.next(at: .seconds(1)) == Self.step(.end, 0))
    schedule.ended(0, loss: nil)
    schedule.saw(.released, of: 0, amounts: [])
    schedule.saw(.granted, of: 1, amounts: [1, 1, 0])
    #expect(schedule.next(at: .seconds(1)) == .wait(until: nil), "its owner has not got it yet")
    schedule.waited(1, nil)
    // Asked for at 1, granted at 10, and held for ten seconds from then on.
    #expect(schedule.outcome.waitTimes.longest == .seconds(9))
    #expect(schedule.next(at: .seconds(1)) == Self.step(.end, 1))
    schedule.saw(.released, of: 1, amounts: [])
    schedule.ended(1, loss: nil)
    #expect(schedule.next(at: .seconds(1)) == .over)
    #expect(schedule.outcome.tally.mean(1) == 2 * 10 * 10_000 / (2000 * 20))
  }

  @Test func `a pod that waits too long gives up, unless it was granted just then`() throws {
    var schedule = try Self.schedule(pods: 2, speed: 1e9, slack: 200)
    for pod in 0...1 {
      #expect(schedule.next(at: .seconds(1)) == Self.step(.begin, pod))
      schedule.answered(pod, nil)
      schedule.saw(.queued, of: pod, amounts: [])
    }
    #expect(schedule.next(at: .seconds(1)) == Self.step(.giveUp, 0))
    #expect(schedule.next(at: .seconds(1)) == Self.step(.giveUp, 1))
    schedule.waited(0, .timedOut)
    schedule.gaveUp(0, wasWaiting: true)
    schedule.saw(.cancelled, of: 0, amounts: [])
    schedule.saw(.granted, of: 1, amounts: [1, 1, 0])
    schedule.gaveUp(1, wasWaiting: false)
    schedule.waited(1, nil)
    #expect(schedule.outcome.total.timedOut == 1)
    #expect(schedule.outcome.total.grantedAfterWait == 1)
    #expect(schedule.next(at: .seconds(1)) == Self.step(.end, 1))
  }

  @Test func `without the events a replay still comes to its end`() throws {
    var schedule = try Self.schedule(pods: 2, speed: 1e9)
    #expect(schedule.next(at: .seconds(1)) == Self.step(.begin, 0))
    #expect(schedule.next(at: .seconds(1)) == Self.step(.begin, 1))
    schedule.answered(0, .granted)
    #expect(schedule.next(at: .seconds(1)) == .wait(until: nil))
    schedule.lostEvents()
    schedule.answered(1, .failed("no answer"))
    #expect(schedule.next(at: .seconds(1)) == Self.step(.end, 0))
    schedule.ended(0, loss: "lost")
    #expect(schedule.next(at: .seconds(1)) == .over)
    #expect(!schedule.isComplete)
    #expect(schedule.outcome.total.failed == 1)
    #expect(schedule.outcome.reasons["lease lost: lost"] == 1)
  }
}
