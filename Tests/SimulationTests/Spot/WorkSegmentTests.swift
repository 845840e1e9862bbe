import Model
import Simulation
import TestSupport
import Testing

@Suite struct WorkSegmentTests {
  @Test func `work without checkpoints ends after itself, and nothing of it is saved`() {
    let segment = WorkSegment(start: 100, done: 30, saved: 30)
    #expect(segment.progress(at: 50) == .init(done: 30, saved: 30))
    #expect(segment.progress(at: 110) == .init(done: 40, saved: 30))
    #expect(segment.end(total: 80) == 150)
  }

  @Test func `a checkpoint takes its time and counts when it is whole`() {
    let segment = WorkSegment(start: 0, done: 0, saved: 0, interval: 10, write: 3)
    #expect(segment.progress(at: 10) == .init(done: 10, saved: 0))
    #expect(segment.progress(at: 12) == .init(done: 10, saved: 0))
    #expect(segment.progress(at: 13) == .init(done: 10, saved: 10))
    #expect(segment.progress(at: 24) == .init(done: 20, saved: 10))
    // Two checkpoints, none at the end.
    #expect(segment.end(total: 30) == 36 && segment.end(total: 31) == 40)
  }

  @Test(arguments: TestSeed.all(50))
  func `the closed form is what a walk over the nanoseconds finds`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let saved = Int64(random.below(20))
    let interval = Int64(1 + random.below(15))
    let done = saved + Int64(random.below(Int(interval)))
    let write = Int64(random.below(6))
    let segment = WorkSegment(start: 7, done: done, saved: saved, interval: interval, write: write)
    var walk = WorkSegment.Progress(done: done, saved: saved)
    var writing: Int64 = 0
    var ends: [Int64: Int64] = [done: 7]
    for now in Int64(7)..<150 {
      if walk.done - walk.saved == interval, writing == write {
        walk.saved = walk.done
        writing = 0
      }
      #expect(segment.progress(at: now) == walk, "seed \(seed), at \(now)")
      if walk.done - walk.saved == interval {
        writing += 1
      } else {
        walk.done += 1
        ends[walk.done] = now + 1
      }
    }
    for (total, end) in ends {
      #expect(segment.end(total: total) == end, "seed \(seed), work \(total)")
    }
  }

  @Test(arguments: [Int64(1000), 999, 640, 333, 1])
  func `work is done at its end and not before, at every speed`(speed: Int64) {
    for total in Int64(1)...40 {
      let segment = WorkSegment(
        start: 5, done: 0, saved: 0, speedPermille: speed, interval: 9, write: 2)
      let end = segment.end(total: total)
      #expect(segment.progress(at: end).done >= total)
      #expect(segment.progress(at: end - 1).done < total)
    }
  }

  @Test func `spot defect 6: a grace period saves what passes the network, and the rest is lost`() {
    func plan(_ megabytes: Double, seconds: Int64) -> GracePlan {
      GracePlan(
        stateMegabytes: megabytes, gigabits: 10, windowNanoseconds: seconds * 1_000_000_000)
    }
    // 10 Gbit/s are 1250 MB/s: 120 s carry 150,000 MB.
    let usual = plan(8000, seconds: 120)
    #expect(usual.extent == .full && usual.keptShare == 1)
    #expect(usual.saveNanoseconds == 6_400_000_000)
    #expect(usual.kept(.init(done: 50, saved: 10)) == 50)
    let most = plan(8000, seconds: 6)
    #expect(most.extent == .full && most.keptShare == 0.9375)
    let half = plan(8000, seconds: 3)
    #expect(half.extent == .partial && half.saveNanoseconds == 3_000_000_000)
    #expect(half.kept(.init(done: 1010, saved: 10)) == 478)
    let none = plan(8000, seconds: 1)
    #expect(none.extent == .restart && none.saveNanoseconds == 0)
    #expect(none.kept(.init(done: 50, saved: 10)) == 10)
    #expect(plan(8000, seconds: 0).extent == .restart)
  }

  @Test func `bills are rounded up to their unit`() {
    let hour = SpotUnits.nanosecondsPerHour
    func billed(_ unit: BillingUnit, _ used: Int64) -> Int64 {
      unit.billedNanoseconds(used, stepNanoseconds: hour / 10)
    }
    #expect(billed(.exact, 1) == 1 && billed(.second, 1) == 1_000_000_000)
    #expect(billed(.tick, 1) == hour / 10 && billed(.hour, 1) == hour)
    for unit in BillingUnit.allCases { #expect(billed(unit, 0) == 0 && billed(unit, hour) == hour) }
  }

  @Test func `Student's quantiles are those of the tables, and join smoothly`() {
    #expect(StudentT.quantile975(freedom: 1) == 12.706205)
    #expect(StudentT.quantile975(freedom: 29) == 2.045230)
    #expect(abs(StudentT.quantile975(freedom: 31) - 2.039513) < 1e-5)
    #expect(abs(StudentT.quantile975(freedom: 60) - 2.000298) < 1e-5)
    #expect(abs(StudentT.quantile975(freedom: 1_000_000) - 1.959966) < 1e-6)
    let estimate = SpotEstimate([1, 2, 3, 4])
    #expect(estimate?.mean == 2.5)
    // t(3) × √(5/3) / 2.
    #expect(abs((estimate?.margin ?? 0) - 2.054260) < 1e-5)
    #expect(SpotEstimate([7])?.margin == nil && SpotEstimate([]) == nil)
  }
}
