import Model
import TestSupport
import Testing

@testable import Coordination

/// The rate pools' arithmetic against simulations that keep every unit that was spent.
@Suite struct `Rates` {
  /// A leaky bucket in exact fractions: its level in units times the period, emptied at `limit` units a period.
  struct NaiveBucket {
    let period: Int128
    let limit: Int128
    let size: Int128
    /// Units times period.
    var level: Int128 = 0
    var at: Int128

    mutating func advance(to now: Int64) {
      level = max(0, level - (Int128(now) - at) * limit)
      at = Int128(now)
    }

    func fits(_ quantity: Int64) -> Bool { level + Int128(quantity) * period <= size * period }
  }

  @Test func `GCRA is a leaky bucket, exact to the nanosecond`() throws {
    for seed in TestSeed.all(60) {
      var random = SeededRandom(seed: seed)
      let limit = random.within(1...(random.chance(50) ? 10 : 1_000_000))
      let burst = random.within(0...20)
      let period = random.within(1...(random.chance(50) ? 50 : 3_600_000_000_000))
      let rule = RateRule(period: .nanoseconds(period), burst: burst)
      let meter = RateMeter(rule: rule, limit: limit)
      var state = RateState(rule)
      var now = 1_700_000_000_000_000_000 + random.within(0...1_000_000)
      var bucket = NaiveBucket(
        period: Int128(period), limit: Int128(limit), size: Int128(burst) + 1, at: Int128(now))
      for _ in 0..<200 {
        now += random.within(0...(period / limit * 3 + 2))
        bucket.advance(to: now)
        let instant = Instant(nanoseconds: now)
        let quantity = random.within(0...(burst + 2))
        let fits = meter.fits(quantity, state, at: instant) == instant
        #expect(fits == bucket.fits(quantity), "seed \(seed)")
        let remaining = meter.remaining(state, at: instant)
        #expect(bucket.fits(remaining) && !bucket.fits(remaining + 1), "seed \(seed)")
        if let due = meter.fits(quantity, state, at: instant) {
          #expect(quantity <= burst + 1)
          var later = bucket
          later.advance(to: due.nanoseconds)
          #expect(later.fits(quantity), "seed \(seed): refilled at the instant given")
          if due > instant {
            var early = bucket
            early.advance(to: due.nanoseconds - 1)
            #expect(!early.fits(quantity), "seed \(seed): not a nanosecond before it")
          }
        } else {
          #expect(quantity > burst + 1, "seed \(seed)")
        }
        var full = bucket
        full.advance(to: meter.reset(state, at: instant).nanoseconds)
        #expect(full.level == 0, "seed \(seed): all is refilled at reset")
        if fits {
          state = meter.spending(quantity, state, at: instant)
          bucket.level += Int128(quantity) * Int128(period)
        }
      }
    }
  }

  @Test func `any window admits at most its refill and burst + 1, returns counted`() {
    for seed in TestSeed.all(60) {
      var random = SeededRandom(seed: seed)
      let limit = random.within(1...20)
      let burst = random.within(0...10)
      let period: Int64 = 1000
      let rule = RateRule(period: .nanoseconds(period), burst: burst)
      let meter = RateMeter(rule: rule, limit: limit)
      var state = RateState(rule)
      var now: Int64 = 1_000_000
      // What was really used: a return takes off where the units were spent.
      var spent: [(at: Int64, units: Int64)] = []
      for _ in 0..<150 {
        now += random.within(0...(2 * period / limit))
        let instant = Instant(nanoseconds: now)
        let index = random.below(spent.count)
        if random.chance(30), index < spent.count, spent[index].units > 0 {
          let units = random.within(1...spent[index].units)
          let before = meter.remaining(state, at: instant)
          state = meter.returning(
            units, spentAt: Instant(nanoseconds: spent[index].at), state, at: instant)
          spent[index].units -= units
          let after = meter.remaining(state, at: instant)
          #expect(after >= before && after - before <= units, "seed \(seed)")
        } else {
          let quantity = random.within(1...(burst + 1))
          guard meter.fits(quantity, state, at: instant) == instant else { continue }
          state = meter.spending(quantity, state, at: instant)
          spent.append((now, quantity))
        }
      }
      for first in spent.indices {
        var sum: Int64 = 0
        for last in first..<spent.count {
          sum += spent[last].units
          let window = Int128(spent[last].at - spent[first].at)
          let allowed = window * Int128(limit) + Int128(burst + 1) * Int128(period)
          #expect(Int128(sum) * Int128(period) <= allowed, "seed \(seed), from \(first) to \(last)")
        }
      }
    }
  }

  @Test func `bug: a returned charge was given back though time had refilled it`() {
    let rule = RateRule(period: .seconds(1), burst: 4)
    let meter = RateMeter(rule: rule, limit: 1)
    let start = Instant(nanoseconds: 1_000_000_000_000)
    var state = meter.spending(5, RateState(rule), at: start)
    let later = start + .seconds(3)
    #expect(meter.remaining(state, at: later) == 3)
    state = meter.spending(2, state, at: later)
    state = meter.returning(5, spentAt: start, state, at: later)
    #expect(meter.remaining(state, at: later) == 3)
  }

  @Test func `bug: setting the limit again and again held the refill up`() {
    let rule = RateRule(period: .seconds(1), burst: 4)
    let meter = RateMeter(rule: rule, limit: 1)
    let start = Instant(nanoseconds: 1_000_000_000_000)
    var state = meter.spending(5, RateState(rule), at: start)
    for step in 1...100 {
      state = meter.rescaled(state, to: 1, at: start + .milliseconds(Int64(step) * 10))
    }
    #expect(meter.remaining(state, at: start + .seconds(1)) == 1)
  }

  @Test func `another limit keeps what is spent and refills it at the new pace`() {
    let rule = RateRule(period: .seconds(10), burst: 9)
    let meter = RateMeter(rule: rule, limit: 10)
    let start = Instant(nanoseconds: 5_000_000_000_000)
    let state = meter.spending(10, RateState(rule), at: start)
    let faster = RateMeter(rule: rule, limit: 20)
    let rescaled = meter.rescaled(state, to: 20, at: start)
    #expect(faster.spent(rescaled, at: start) == 10)
    #expect(faster.reset(rescaled, at: start) == start + .seconds(5))
    let stopped = faster.rescaled(rescaled, to: 0, at: start)
    #expect(RateMeter(rule: rule, limit: 0).remaining(stopped, at: start + .seconds(99)) == 0)
    #expect(RateMeter(rule: rule, limit: 0).fits(1, stopped, at: start) == nil)
    let again = RateMeter(rule: rule, limit: 0).rescaled(stopped, to: 10, at: start + .seconds(99))
    #expect(meter.spent(again, at: start + .seconds(99)) == 10)
  }

  @Test func `calendar windows are those of UTC and give all units at their start`() {
    for seed in TestSeed.all(20) {
      var random = SeededRandom(seed: seed)
      let period = random.within(1...5000)
      let limit = random.within(0...50)
      let rule = RateRule(algorithm: .calendar, period: .nanoseconds(period))
      let meter = RateMeter(rule: rule, limit: limit)
      var state = RateState(rule)
      var spent: [Int64: Int64] = [:]
      var now = random.within(0...1_000_000)
      for _ in 0..<300 {
        now += random.within(0...(period / 3 + 1))
        let window = now / period
        let instant = Instant(nanoseconds: now)
        let left = limit - spent[window, default: 0]
        #expect(meter.remaining(state, at: instant) == left, "seed \(seed)")
        #expect(meter.spent(state, at: instant) == spent[window, default: 0], "seed \(seed)")
        let quantity = random.within(1...60)
        let due = meter.fits(quantity, state, at: instant)
        let next = Instant(nanoseconds: (window + 1) * period)
        if quantity > limit { #expect(due == nil) }
        if quantity <= left {
          #expect(due == instant, "seed \(seed)")
          state = meter.spending(quantity, state, at: instant)
          spent[window, default: 0] += quantity
          if random.chance(30) {
            state = meter.returning(quantity, spentAt: instant, state, at: instant)
            spent[window, default: 0] -= quantity
          }
        } else if quantity <= limit {
          #expect(due == next, "seed \(seed)")
        }
        let isFull = spent[window, default: 0] == 0
        #expect(meter.reset(state, at: instant) == (isFull ? instant : next), "seed \(seed)")
      }
    }
  }

  @Test func `a charge of an ended calendar window is not returned into the next`() {
    let rule = RateRule(algorithm: .calendar, period: .seconds(60))
    let meter = RateMeter(rule: rule, limit: 10)
    let start = Instant(nanoseconds: 0)
    var state = meter.spending(10, RateState(rule), at: start)
    let next = start + .seconds(60)
    state = meter.spending(4, state, at: next)
    state = meter.returning(10, spentAt: start, state, at: next)
    #expect(meter.remaining(state, at: next) == 6)
  }

  @Test func `bug: what can never fit was given an expected start`() throws {
    let trial = Trial {
      $0.pools = [
        PoolDefinition(
          name: "tokens", kind: .rate, rate: RateRule(period: .seconds(1), burst: 4), capacity: 5)
      ]
    }
    let response = try trial.request("a", [("tokens", 6)])
    #expect(response.reason == .canNeverFit && response.explanation?.forecast == nil)
    let later = try trial.request("b", [("tokens", 5)])
    let next = try trial.request("c", [("tokens", 5)])
    #expect(later.status == .granted && next.explanation?.forecast != nil)
  }
}
