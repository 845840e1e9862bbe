import Model
import Session
import Testing

@Suite struct RetryTests {
  private let start = Instant.epoch

  private func pauses(
    _ error: CallError, mayRunTwice: Bool, deadline: TimeSpan = .seconds(60)
  ) -> [TimeSpan] {
    let rules = RetryRules()
    var random = SeededRandom(seed: 7)
    var budget = RetryBudget(rules: rules)
    var attempts = Attempts(rules: rules, mayRunTwice: mayRunTwice, deadline: start + deadline)
    var pauses: [TimeSpan] = []
    while let pause = attempts.pause(
      after: error, at: start, budget: &budget, random: &random)
    {
      pauses.append(pause)
    }
    return pauses
  }

  @Test func `pauses double within a fifth up or down`() {
    let pauses = pauses(CallError(.cannotConnect, ""), mayRunTwice: false)
    #expect(pauses.count == 3)
    for (pause, base) in zip(pauses, [50, 100, 200]) {
      #expect(pause >= .milliseconds(Int64(base * 8 / 10)))
      #expect(pause <= .milliseconds(Int64(base * 12 / 10)))
    }
  }

  @Test(arguments: [
    (CallError(.connectionLost, ""), true, 3), (CallError(.connectionLost, ""), false, 0),
    (CallError(.deadlineExceeded, ""), true, 3), (CallError(.deadlineExceeded, ""), false, 0),
    (CallError(.cannotConnect, ""), false, 3), (CallError(.draining, ""), false, 3),
    (CallError(.unknownPool, ""), true, 0), (CallError(.callCancelled, ""), true, 0),
    (CallError(.requestIDReused, ""), true, 0),
  ])
  func `only what is safe is repeated`(error: CallError, mayRunTwice: Bool, repeats: Int) {
    #expect(pauses(error, mayRunTwice: mayRunTwice).count == repeats)
  }

  @Test func `the server's advice on when to come back is kept`() {
    var error = CallError(.draining, "")
    error.details[0].retryAfter = .seconds(5)
    #expect(pauses(error, mayRunTwice: true).allSatisfy { $0 == .seconds(5) })
  }

  @Test func `nothing is repeated that could not end before the deadline`() {
    #expect(
      pauses(
        CallError(.cannotConnect, ""), mayRunTwice: true, deadline: .milliseconds(10)
      ).isEmpty)
  }

  @Test func `an exhausted budget stops repeating, and successes refill it`() {
    var budget = RetryBudget(rules: RetryRules())
    for _ in 0..<9 { budget.noteFailure() }
    #expect(budget.allowsRetry)
    budget.noteFailure()
    #expect(!budget.allowsRetry)
    for _ in 0..<11 { budget.noteSuccess() }
    #expect(budget.allowsRetry)
  }

  @Test func `a request without a secret is not repeated, for its token would be lost`() {
    var request = ResourceRequest(
      requestID: "r", component: "c",
      claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 1)))
    #expect(!RequestMessage.request(request).mayRunTwice)
    request.clientSecret = "s"
    #expect(RequestMessage.request(request).mayRunTwice)
  }
}

@Suite struct LeaseKeepingTests {
  private func at(_ seconds: Int64) -> Instant { .epoch + .seconds(seconds) }

  @Test func `a lease is renewed each third of its length`() {
    var keeping = LeaseKeeping(termStart: at(0), expiresAt: at(60))
    #expect(keeping.next(at: at(0)) == .sleep(until: at(20)))
    #expect(keeping.next(at: at(20)) == .renew)
    keeping.renewed(sentAt: at(20), expiresAt: at(80), isAtMaximum: false, preemptAt: nil)
    #expect(keeping.next(at: at(20)) == .sleep(until: at(40)))
  }

  @Test func `two renewals may fail before the lease is lost`() {
    var keeping = LeaseKeeping(termStart: at(0), expiresAt: at(60))
    keeping.renewFailed(CallError(.connectionLost, ""), at: at(20))
    #expect(keeping.next(at: at(20)) == .sleep(until: at(30)))
    keeping.renewFailed(CallError(.cannotConnect, ""), at: at(30))
    #expect(keeping.next(at: at(30)) == .sleep(until: at(40)))
    #expect(keeping.next(at: at(40)) == .renew)
    #expect(keeping.next(at: at(60)) == .lost(.leaseExpired))
  }

  @Test func `a refused renewal is the loss`() {
    var keeping = LeaseKeeping(termStart: at(0), expiresAt: at(60))
    keeping.renewFailed(CallError(.leaseEnded, ""), at: at(20))
    #expect(keeping.next(at: at(20)) == .lost(.leaseEnded))
  }

  @Test func `at the longest hold time nothing is renewed any more`() {
    var keeping = LeaseKeeping(termStart: at(0), expiresAt: at(60))
    keeping.renewed(sentAt: at(20), expiresAt: at(70), isAtMaximum: true, preemptAt: nil)
    #expect(keeping.next(at: at(50)) == .sleep(until: at(70)))
    #expect(keeping.next(at: at(70)) == .lost(.leaseExpired))
  }

  @Test func `a lease about to be taken is asked after when it is due`() {
    var keeping = LeaseKeeping(termStart: at(0), expiresAt: at(60))
    keeping.renewed(sentAt: at(20), expiresAt: at(80), isAtMaximum: false, preemptAt: at(25))
    #expect(keeping.next(at: at(20)) == .sleep(until: at(25)))
    #expect(keeping.next(at: at(25)) == .renew)
  }

  @Test func `a failing renewal never spins`() {
    var keeping = LeaseKeeping(
      termStart: .epoch, expiresAt: Instant(nanoseconds: 1000))
    keeping.renewFailed(CallError(.connectionLost, ""), at: .epoch)
    guard case .sleep = keeping.next(at: .epoch) else {
      Issue.record("it renews at once")
      return
    }
  }
}

@Suite struct OfflineBookTests {
  @Test func `the safe rule counts what is held already`() {
    var book = OfflineBook()
    #expect(!book.allows([("api", 1, .safe)]))
    book.learn(pool: "api", safeCapacity: 10)
    book.hold("a", [("api", 6)])
    #expect(book.allows([("api", 4, .safe)]))
    #expect(!book.allows([("api", 5, .safe)]))
    book.drop("a")
    #expect(book.allows([("api", 10, .safe)]))
  }

  @Test func `one pessimistic pool forbids all of a request`() {
    let book = OfflineBook()
    #expect(book.allows([("cpu", 100, .optimistic)]))
    #expect(!book.allows([("cpu", 100, .optimistic), ("gpu", 1, .pessimistic)]))
    #expect(!book.allows([]))
  }
}
