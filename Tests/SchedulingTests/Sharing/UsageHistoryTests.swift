import Foundation
import Model
import Scheduling
import TestSupport
import Testing

@Suite struct UsageHistoryTests {
  private let start = Instant(nanoseconds: 1_700_000_000_000_000_000)

  private func hours(_ count: Double) -> TimeSpan { .nanoseconds(Int64(count * 3600e9)) }

  @Test func `half of a charge is left after the window`() {
    var history = UsageHistory(users: 2, decay: .standard, start: start)
    history.charge(0, amount: 1000, at: start)
    #expect(history.usage(of: 0, at: start) == 1000)
    #expect(history.usage(of: 0, at: start + hours(168)) == 500)
    #expect(history.usage(of: 0, at: start + hours(336)) == 250)
    #expect(history.usage(of: 1, at: start) == 0)
  }

  @Test func `a decay factor holds for each window that passes`() {
    let decay = UsageDecay(window: hours(10), factor: 0.8)
    #expect(abs(decay.remainder(after: hours(10)) - 0.8) < 1e-15)
    #expect(abs(decay.remainder(after: hours(5)) - 0.8.squareRoot()) < 1e-15)
    #expect(UsageDecay(window: hours(10), factor: 1).remainder(after: hours(1e5)) == 1)
    #expect(UsageDecay(halfLife: hours(3)).remainder(after: hours(6)) == 0.25)
  }

  @Test func `charges at uneven times decay each by its own age`() {
    for seed in TestSeed.all(50) {
      var random = SeededRandom(seed: seed).child("charges")
      var history = UsageHistory(users: 1, decay: .standard, start: start)
      var charges: [(amount: Double, at: Instant)] = []
      var now = start
      for _ in 0..<100 {
        now = now + .nanoseconds(random.within(0...400_000_000_000_000))
        let amount = random.next().asUnitInterval
        history.charge(0, amount: amount, at: now)
        charges.append((amount, now))
      }
      let expected = charges.reduce(0.0) { sum, charge in
        sum + charge.amount * exp2(-(now - charge.at).seconds / (168 * 3600))
      }
      #expect(abs(history.usage(of: 0, at: now) - expected) < 1e-12 * expected, "seed \(seed)")
    }
  }

  @Test func `a span charged in pieces is charged as at once`() {
    for seed in TestSeed.all(50) {
      var random = SeededRandom(seed: seed).child("pieces")
      var whole = UsageHistory(users: 1, decay: .standard, start: start)
      var pieces = whole
      let end = start + .seconds(random.within(1...5_000_000))
      whole.charge(0, milliUnits: 4000, from: start, to: end)
      var at = start
      while at < end {
        let next = min(end, at + .nanoseconds(random.within(1...200_000_000_000_000)))
        pieces.charge(0, milliUnits: 4000, from: at, to: next)
        at = next
      }
      let later = end + hours(77)
      let expected = whole.usage(of: 0, at: later)
      #expect(abs(pieces.usage(of: 0, at: later) - expected) < 1e-11 * expected, "seed \(seed)")
    }
  }

  @Test func `a span is charged as its integral`() {
    var history = UsageHistory(users: 1, decay: UsageDecay(halfLife: hours(1)), start: start)
    history.charge(0, milliUnits: 1000, from: start, to: start + hours(2))
    // The integral of 1000 · 2^(−t/3600) over 7200 s.
    let expected = 1000 * 3600 / 0.6931471805599453 * 0.75
    #expect(abs(history.usage(of: 0, at: start + hours(2)) - expected) < 1e-9 * expected)
    var undecayed = UsageHistory(
      users: 1, decay: UsageDecay(window: hours(1), factor: 1), start: start)
    undecayed.charge(0, milliUnits: 1000, from: start, to: start + hours(2))
    #expect(undecayed.usage(of: 0, at: start + hours(900)) == 7_200_000)
  }

  @Test func `parts of a unit add up`() {
    var history = UsageHistory(
      users: 1, decay: UsageDecay(window: hours(1), factor: 1), start: start)
    for second in 0..<1000 {
      let at = start + .milliseconds(Int64(second))
      history.charge(0, milliUnits: 1, from: at, to: at + .milliseconds(1))
    }
    #expect(abs(history.usage(of: 0, at: start + hours(1)) - 1) < 1e-12)
  }

  @Test func `only a charge changes the order of two users`() {
    for seed in TestSeed.all(50) {
      var random = SeededRandom(seed: seed).child("order")
      var history = UsageHistory(users: 5, decay: .standard, start: start)
      var now = start
      for _ in 0..<40 {
        now = now + .seconds(random.within(0...1_000_000))
        history.charge(
          random.below(5), milliUnits: random.within(0...9), from: now, to: now + .seconds(60))
      }
      now = now + .seconds(60)
      func order(_ at: Instant) -> [Int] {
        let usages = history.usages(at: at)
        return usages.indices.sorted { (usages[$0], $0) < (usages[$1], $1) }
      }
      let first = order(now)
      for days in stride(from: 1, through: 100, by: 9) {
        #expect(order(now + hours(Double(24 * days))) == first, "seed \(seed)")
      }
    }
  }

  @Test func `years without a charge do not overflow`() {
    var history = UsageHistory(users: 2, decay: UsageDecay(halfLife: .seconds(60)), start: start)
    history.charge(0, amount: 8, at: start)
    // 525,600 half-lives later.
    let later = start + .seconds(365 * 86_400)
    history.charge(1, amount: 8, at: later)
    #expect(history.usage(of: 0, at: later) == 0)
    #expect(history.usage(of: 1, at: later) == 8)
    #expect(history.usage(of: 1, at: later + .seconds(120)) == 2)
  }

  @Test func `moving the landmark changes no usage`() {
    var history = UsageHistory(users: 1, decay: UsageDecay(halfLife: .seconds(60)), start: start)
    history.charge(0, amount: 1, at: start + .seconds(60 * 510))
    history.charge(0, amount: 1, at: start + .seconds(60 * 513))
    #expect(history.usage(of: 0, at: start + .seconds(60 * 513)) == 1.125)
    history.charge(0, amount: 1, at: start + .seconds(60 * 512))
    #expect(history.usage(of: 0, at: start + .seconds(60 * 513)) == 1.625)
  }

  @Test func `a penalty counts at once, undecayed, until it is settled`() {
    var history = UsageHistory(users: 1, decay: .standard, start: start)
    history.addPenalty(0, 3_600_000)
    history.addPenalty(0, 1000)
    #expect(history.usage(of: 0, at: start) == 3_601_000)
    #expect(history.usage(of: 0, at: start + hours(1000)) == 3_601_000)
    history.charge(0, amount: 500, at: start)
    history.settlePenalty(0, 3_600_000)
    #expect(history.usage(of: 0, at: start) == 1500)
    history.settlePenalty(0, 5000)
    #expect(history.usage(of: 0, at: start) == 500)
  }

  @Test func `a hundred jobs submitted together are not all admitted before the first is charged`()
  {
    // Two users with 100 jobs each; always the one with less usage is next. Without the penalty the
    // first has all.
    var history = UsageHistory(users: 2, decay: .standard, start: start)
    var admitted = [0, 0]
    for _ in 0..<50 {
      let usages = history.usages(at: start)
      let next = usages[0] <= usages[1] ? 0 : 1
      history.addPenalty(next, 1000)
      admitted[next] += 1
    }
    #expect(admitted == [25, 25])
  }

  @Test func `a user who joins later has used nothing`() {
    var history = UsageHistory(users: 0, decay: .standard, start: start)
    history.addUser()
    history.charge(0, amount: 5, at: start)
    history.addUser()
    #expect(history.usages(at: start) == [5, 0])
    #expect(history.userCount == 2)
  }
}

@Suite struct BillingTests {
  private let billing = Billing(prices: [
    .init(milliUnits: 1000, per: 1000),
    .init(milliUnits: 1000, per: 4096),
    .init(milliUnits: 250, per: 1, isGlobal: true),
    .init(milliUnits: 10, per: 1, isGlobal: true),
  ])

  @Test func `of what belongs to nodes only the dearest counts`() {
    #expect(billing.milliUnits(blocked: [2000, 4096, 0, 0]) == 2000)
    #expect(billing.milliUnits(blocked: [2000, 65_536, 0, 0]) == 16_000)
  }

  @Test func `what belongs to the cluster is added`() {
    #expect(billing.milliUnits(blocked: [2000, 4096, 3, 7]) == 2000 + 750 + 70)
    #expect(billing.milliUnits(blocked: [0, 0, 0, 0]) == 0)
  }

  @Test func `a bill is rounded up and never overflows`() {
    #expect(billing.milliUnits(blocked: [0, 1, 0, 0]) == 1)
    #expect(billing.milliUnits(blocked: [.max, .max, .max, .max]) == .max)
  }
}
