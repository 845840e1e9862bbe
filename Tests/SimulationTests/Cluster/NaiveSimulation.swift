import Model
import Scheduling
import Simulation

/// A second opinion on simulations of whole seconds: plain lists, everything computed anew for
/// every pass, and backfill by its purpose, not by shadow times.
struct NaiveSimulation {
  struct Job {
    let index: Int
    let submit: Int
    let run: Int
    let estimate: Int
    let processors: Int
    let priority: Int
    let deadline: Int?
  }

  struct Started {
    let job: Job
    let start: Int
    var expectedEnd: Int { start + job.estimate }
    var end: Int { start + job.run }
  }

  let processors: Int
  let order: JobOrder
  let backfill: BatchPolicy.Backfill
  let tieRule: TieRule
  private var waiting: [Job] = []
  private var running: [Started] = []
  private var starts: [Int: Int] = [:]

  init(processors: Int, order: JobOrder, backfill: BatchPolicy.Backfill, tieRule: TieRule) {
    self.processors = processors
    self.order = order
    self.backfill = backfill
    self.tieRule = tieRule
  }

  /// The start of each job, by index.
  mutating func run(_ jobs: [Job]) -> [Int] {
    var coming = jobs
    while !coming.isEmpty || !running.isEmpty {
      let now = (coming.prefix(1).map(\.submit) + running.map(\.end)).min() ?? 0
      let ending = running.filter { $0.end == now }
      if tieRule == .second {
        for job in ending { remove(job) }
        while coming.first?.submit == now { waiting.append(coming.removeFirst()) }
        pass(now)
        continue
      }
      for job in ending where job.expectedEnd <= now { remove(job) }
      while coming.first?.submit == now {
        waiting.append(coming.removeFirst())
        pass(now)
      }
      for job in ending {
        remove(job)
        pass(now)
      }
    }
    return jobs.map { starts[$0.index] ?? -1 }
  }

  private mutating func remove(_ job: Started) {
    running.removeAll { $0.job.index == job.job.index }
  }

  // MARK: Order

  private func isBefore(_ left: Job, _ right: Job, at now: Int) -> Bool {
    let scores = (score(left, at: now), score(right, at: now))
    return scores.0 != scores.1
      ? scores.0 < scores.1 : (left.submit, left.index) < (right.submit, right.index)
  }

  private func score(_ job: Job, at now: Int) -> Double {
    let wait = Double(now - job.submit)
    let estimate = Double(job.estimate)
    let processors = Double(job.processors)
    switch order {
    case .firstComeFirstServed: return 0
    case .shortestFirst: return estimate
    case .priority(let ageing):
      // In 3600ths of a point, so that nothing is rounded.
      let points = Double(job.priority) * 3600 + wait * ageing.pointsPerHour
      return -min(points, ageing.ceiling * 3600)
    case .wfp3: return -(wait / estimate) * (wait / estimate) * (wait / estimate) * processors
    case .unicep:
      let logarithm =
        job.processors == 1 ? ExactMath.log2(1.0.nextUp) : ExactMath.log2(processors)
      return -wait / (logarithm * estimate)
    case .f1:
      return ExactMath.log10(estimate) * processors
        + 870 * ExactMath.log10(job.submit > 0 ? Double(job.submit) : 0.1)
    case .earliestDeadline:
      guard let deadline = job.deadline, now + job.estimate <= deadline else { return .infinity }
      return Double(deadline)
    }
  }

  // MARK: Backfill

  private mutating func pass(_ now: Int) {
    waiting = waiting.sorted { isBefore($0, $1, at: now) }
    var reserved: [(job: Job, start: Int)] = []
    var index = 0
    while index < waiting.count, reserved.count < max(1, backfill.reservationDepth) {
      let job = waiting[index]
      let start = earliestStart(job, now, reserved)
      if start == now {
        begin(job, now)
      } else if backfill.reservationDepth == 0 {
        return
      } else {
        reserved.append((job, start))
        index += 1
      }
    }
    var candidates = Array(waiting.dropFirst(index))
    if backfill.isShortestFirst {
      candidates = candidates.enumerated().sorted {
        ($0.element.estimate, $0.offset) < ($1.element.estimate, $1.offset)
      }.map(\.element)
    }
    for job in candidates where canStart(job, now, reserved) { begin(job, now) }
  }

  private mutating func begin(_ job: Job, _ now: Int) {
    waiting.removeAll { $0.index == job.index }
    running.append(Started(job: job, start: now))
    starts[job.index] = now
  }

  /// A job may start if it fits and every reservation still holds: placed again one after the
  /// other, none is later.
  private func canStart(_ job: Job, _ now: Int, _ reserved: [(job: Job, start: Int)]) -> Bool {
    guard fits(job, now, now, []) else { return false }
    var trial = self
    trial.running.append(Started(job: job, start: now))
    var again: [(job: Job, start: Int)] = []
    for (held, start) in reserved {
      guard trial.fits(held, start, now, again) else { return false }
      again.append((held, start))
    }
    return true
  }

  private func earliestStart(_ job: Job, _ now: Int, _ reserved: [(job: Job, start: Int)]) -> Int {
    let ends =
      running.map { max($0.expectedEnd, now + 1) } + reserved.map { $0.start + $0.job.estimate }
    return ([now] + ends.sorted()).first { fits(job, $0, now, reserved) } ?? -1
  }

  /// Whether the job fits from `start` on for as long as its estimate.
  private func fits(_ job: Job, _ start: Int, _ now: Int, _ reserved: [(job: Job, start: Int)])
    -> Bool
  {
    let end = start + job.estimate
    let instants = [start] + reserved.map(\.start).filter { $0 > start && $0 < end }
    return instants.allSatisfy { instant in
      let used =
        running.filter { max($0.expectedEnd, now + 1) > instant }.map(\.job.processors)
        + reserved.filter { $0.start <= instant && instant < $0.start + $0.job.estimate }
        .map(\.job.processors)
      return used.reduce(0, +) + job.processors <= processors
    }
  }
}
