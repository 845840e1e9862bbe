import Jobs
import Model

/// A second opinion on what is used: remembers every job with all its attempts and adds everything up anew for each
/// question.
struct NaiveLedger {
  struct Attempt {
    var start: Instant
    var end: Instant?
    var type: Text?
    /// How long the job had run before.
    var ranBefore: Int64
  }

  struct Job {
    var charge: Charge
    var admittedAt: Instant
    var endedAt: Instant?
    var attempts: [Attempt] = []

    var ran: Int64 {
      attempts.reduce(0) { sum, attempt in
        sum + (attempt.end.map { $0.nanoseconds - attempt.start.nanoseconds } ?? 0)
      }
    }
  }

  private(set) var jobs: [Job] = []
  private var quotas: [Quota] = []
  private var bursts: [(quota: Quota.ID, at: Instant)] = []

  mutating func note(_ decision: TenancyDecision, at now: Instant) {
    switch decision {
    case .jobAdmitted(let charge): jobs.append(Job(charge: charge, admittedAt: now))
    case .jobStarted(let job, let type):
      change(job) { found in
        found.attempts.append(Attempt(start: now, end: nil, type: type, ranBefore: found.ran))
      }
    case .jobStopped(let job): change(job) { Self.stop(&$0, at: now) }
    case .jobEnded(let job):
      change(job) { found in
        Self.stop(&found, at: now)
        found.endedAt = now
      }
    case .quotaSet(let quota):
      if quotas.contains(where: { $0.id == quota.id && $0.scope != quota.scope }) {
        bursts.removeAll { $0.quota == quota.id }
      }
      quotas = quotas.filter { $0.id != quota.id } + [quota]
    case .quotaRemoved(let id):
      quotas.removeAll { $0.id == id }
      bursts.removeAll { $0.quota == id }
    case .burstBegun(let id): bursts.append((id, now))
    default: break
    }
  }

  private mutating func change(_ job: Text, _ body: (inout Job) -> Void) {
    for place in jobs.indices where jobs[place].charge.job == job && jobs[place].endedAt == nil {
      body(&jobs[place])
    }
  }

  private static func stop(_ job: inout Job, at now: Instant) {
    for place in job.attempts.indices where job.attempts[place].end == nil {
      job.attempts[place].end = now
    }
  }

  // MARK: Questions

  private func jobs(_ scope: Scope) -> [Job] {
    jobs.filter { $0.charge.scopes.contains(scope) }
  }

  func used(_ measure: Measure, in scope: Scope, at now: Instant) -> Int128 {
    let all = jobs(scope)
    let live = all.filter { $0.endedAt == nil }
    func held(_ quantity: (Holdings) -> Int64) -> Int128 {
      live.reduce(0) { $0 + Int128(quantity($1.charge.holdings)) }
    }
    switch measure {
    case .cpus: return held(\.cpuThousandths)
    case .memory: return held(\.memoryMB)
    case .gpus: return held(\.gpuThousandths)
    case .storage: return held(\.storageMB)
    case .gpusOfType(let type):
      return live.filter { job in
        job.charge.gpuType == type || job.attempts.contains { $0.end == nil && $0.type == type }
      }.reduce(0) { $0 + Int128($1.charge.holdings.gpuThousandths) }
    case .concurrentJobs: return Int128(live.count)
    case .jobsPerDay:
      return Int128(all.count { Self.day($0.admittedAt) == Self.day(now) })
    case .priority: return 0
    case .jobHours: return taken(all, .month, now) { _ in 1 }
    case .gpuHours: return taken(all, .month, now) { $0.holdings.gpuThousandths }
    case .costPerHour: return taken(all, .hour, now) { $0.rate.nanodollars }
    case .costPerDay: return taken(all, .day, now) { $0.rate.nanodollars }
    case .costPerMonth: return taken(all, .month, now) { $0.rate.nanodollars }
    }
  }

  private static func day(_ instant: Instant) -> Instant { UTCWindow.day.start(of: instant) }

  /// What attempts used in the window that holds an instant.
  func accrued(_ scope: Scope, _ window: UTCWindow, _ now: Instant, _ rate: (Charge) -> Int64)
    -> Int128
  {
    let start = window.start(of: now)
    return jobs(scope).reduce(0) { sum, job in
      sum + job.attempts.reduce(0) { $0 + Self.overlap($1, start, now) * Int128(rate(job.charge)) }
    }
  }

  private func taken(
    _ all: [Job], _ window: UTCWindow, _ now: Instant, _ rate: (Charge) -> Int64
  ) -> Int128 {
    let start = window.start(of: now)
    let length: Int64 =
      switch window {
      case .hour: 3_600_000_000_000
      case .day: 86_400_000_000_000
      case .month: 31 * 86_400_000_000_000
      }
    var fact: Int128 = 0
    var planned: Int128 = 0
    for job in all {
      let rate = Int128(rate(job.charge))
      for attempt in job.attempts {
        fact += Self.overlap(attempt, start, now) * rate
        if attempt.end != nil { planned += Self.overlap(attempt, start, now) * rate }
      }
      guard job.endedAt == nil else { continue }
      planned +=
        rate * Int128(min(length, max(0, job.charge.expectedRuntime.nanoseconds - job.ran)))
    }
    return max(fact, planned)
  }

  private static func overlap(_ attempt: Attempt, _ start: Instant, _ now: Instant) -> Int128 {
    let from = max(attempt.start, start)
    let to = min(attempt.end ?? now, now)
    return from < to ? Int128(to.nanoseconds - from.nanoseconds) : 0
  }

  // MARK: Admission

  /// 0 for allowed, 1 for warned, 2 for refused.
  func severity(of charge: Charge, priority: Int64, at now: Instant) -> Int {
    var trial = self
    trial.jobs.append(Job(charge: charge, admittedAt: now))
    var severity = 0
    for quota in quotas where charge.scopes.contains(quota.scope) {
      if let end = quota.expiresAt, end <= now { continue }
      for (measure, limit) in quota.limits {
        let before = used(measure, in: quota.scope, at: now)
        let alone = NaiveLedger(charge, at: now).used(measure, in: quota.scope, at: now)
        let asked = measure == .priority ? Int128(priority) : alone
        let after = before + asked
        let plain = Int128(limit) * measure.unitsPerLimit
        guard asked > 0, after > plain else { continue }
        severity = max(severity, response(quota, measure, after, plain, now))
      }
    }
    return severity
  }

  private init(_ charge: Charge, at now: Instant) {
    jobs = [Job(charge: charge, admittedAt: now)]
  }

  init() {}

  private func response(
    _ quota: Quota, _ measure: Measure, _ after: Int128, _ plain: Int128, _ now: Instant
  ) -> Int {
    if quota.enforcement == .monitoring { return 0 }
    let most = quota.enforcement == .warning ? 1 : 2
    switch quota.kind {
    case .hard: return most
    case .soft: return min(most, 1)
    case .burst(let terms):
      let last = bursts.last { $0.quota == quota.id }?.at
      let age = last.map { now.nanoseconds - $0.nanoseconds }
      let isCooling = age.map {
        $0 >= terms.duration.nanoseconds
          && $0 < terms.duration.nanoseconds + terms.cooldown.nanoseconds
      }
      if isCooling ?? false || measure == .priority { return most }
      return after * 1_000 <= plain * Int128(terms.multiplierThousandths) ? min(most, 1) : most
    }
  }
}
