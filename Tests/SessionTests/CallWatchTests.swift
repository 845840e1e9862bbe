import Model
import Session
import TestSupport
import Testing

@Suite struct `The watch over slow calls` {
  private static func limits(_ change: (inout Limits) -> Void = { _ in }) -> Limits {
    var limits = Limits()
    limits.slowCall = .milliseconds(100)
    change(&limits)
    return limits
  }

  private static let start = Harness.start

  @Test func `tells of a call that took as long as the threshold, once, and of no faster one`() {
    var watch = CallWatch(limits: Self.limits())
    var told: [SlowCall] = []
    let trace = TraceParent(Traces.text)
    watch.arrived(.requestResource, "trainer", trace, at: Self.start)
    watch.arrived(.getMode, "", nil, at: Self.start)
    #expect(watch.takeNew() == 2)
    watch.arrived(.releaseResource, "eval", nil, at: Self.start + .milliseconds(60))
    #expect(watch.takeNew() == 1)
    let end = Self.start + .milliseconds(159)
    watch.answered(2, at: end) { told.append($0) }
    watch.answered(1, at: end) { told.append($0) }
    #expect(told.map(\.method) == [.requestResource, .getMode])
    #expect(told.map(\.component) == ["trainer", ""])
    #expect(told.map(\.duration) == [.milliseconds(159), .milliseconds(159)])
    #expect(told.map(\.trace) == [trace, nil])
  }

  @Test func `tells a limited number each second, and how many it left out`() {
    var watch = CallWatch(limits: Self.limits { $0.slowCallLines = 3 })
    var told: [SlowCall] = []
    func batch(_ count: Int, at now: Instant) {
      for _ in 0..<count { watch.arrived(.getMode, "", nil, at: now) }
      _ = watch.takeNew()
      watch.answered(count, at: now + .milliseconds(200)) { told.append($0) }
    }
    batch(8, at: Self.start)
    #expect(told.count == 3)
    batch(1, at: Self.start + .milliseconds(999))
    #expect(told.count == 3)
    batch(2, at: Self.start + .milliseconds(1000))
    #expect(told.map(\.untold) == [0, 0, 0, 6, 0])
  }

  @Test func `watches a limited number of calls, and goes on when they are answered`() {
    var watch = CallWatch(limits: Self.limits { $0.watchedCalls = 4 })
    var told = 0
    for round in 0..<50 as Range<Int64> {
      let now = Self.start + .seconds(2 * round)
      for _ in 0..<6 { watch.arrived(.getMode, "", nil, at: now) }
      #expect(watch.takeNew() == 4)
      watch.answered(3, at: now + .seconds(1)) { _ in told += 1 }
      watch.answered(1, at: now + .seconds(1)) { _ in told += 1 }
    }
    #expect(told == 200)
  }

  @Test func `is off where the threshold is zero`() {
    #expect(!CallWatch(limits: Self.limits { $0.slowCall = .zero }).isOn)
    #expect(CallWatch(limits: Limits()).isOn)
  }

  @Test func `sees calls of every kind but streams`() throws {
    let harness = Harness { $0.limits.slowCall = .nanoseconds(1) }
    var told: [SlowCall] = []
    harness.engine.slowCallTeller = { told.append($0) }
    let id = try harness.open()
    let messages: [RequestMessage] = [
      Harness.request("a"), Harness.awaitGrant("a"), .healthCheck, .watch(WatchRequest()),
      .streamStatus(StatusRequest()),
      .release(ReleaseRequest(requestID: "a", token: "wrong", component: "trainer")),
      // Refused calls take their time as well.
      .setMode(SetModeRequest(mode: 77)),
    ]
    for (number, message) in messages.enumerated() {
      try harness.send(UInt64(number + 1), message, on: id)
      harness.engine.answered(
        harness.engine.takeWatchedCalls(), at: harness.now + .milliseconds(3))
    }
    #expect(told.map(\.method) == [.requestResource, .healthCheck, .releaseResource, .setMode])
    #expect(told.map(\.component) == ["trainer", "", "trainer", ""])
    #expect(told.allSatisfy { $0.duration == .milliseconds(3) })
  }
}
