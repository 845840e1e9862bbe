package import Model

extension TenancyState {
  /// What all quotas on a job's way say of it, of all scopes at one instant.
  ///
  /// Takes time in proportion to the limits; where one is in the way, also to the scope's jobs.
  func assess(_ charge: Charge, priority: Int64, at now: Instant) -> QuotaVerdict {
    verdict(on: charge, at: now) { measure in
      charge.asked(of: measure, priority: priority)
    }
  }

  /// What the quotas say of a job that named no type of GPU, once it is known where it is to run.
  func assess(_ charge: Charge, startingOn type: Text, at now: Instant) -> QuotaVerdict {
    verdict(on: charge, at: now) { measure in
      measure == .gpusOfType(type) ? Int128(charge.holdings.gpuThousandths) : 0
    }
  }

  private func verdict(
    on charge: Charge, at now: Instant, asked: (Measure) -> Int128
  ) -> QuotaVerdict {
    var verdict = QuotaVerdict()
    for scope in charge.scopes {
      for id in (quotasByScope[scope] ?? []).sorted() {
        guard let quota = quotas[id], quota.isInForce(at: now) else { continue }
        for (measure, limit) in quota.limits.sorted(by: { $0.key.rank < $1.key.rank }) {
          let asked = asked(measure)
          // Who asks for nothing of a sort is not held up by those who use too much of it.
          guard asked > 0 else { continue }
          examine(quota, measure, limit: limit, asked: asked, at: now, &verdict)
        }
      }
    }
    return verdict
  }

  private func examine(
    _ quota: Quota, _ measure: Measure, limit: Int64, asked: Int128, at now: Instant,
    _ verdict: inout QuotaVerdict
  ) {
    let used = used(measure, in: quota.scope, at: now)
    let plain = Int128(limit) * measure.unitsPerLimit
    guard used + asked > plain else { return }
    var finding = QuotaFinding(
      quota: quota.id, scope: quota.scope, measure: measure, response: .refuse, limit: plain,
      used: used, asked: asked)
    var cooledAt: Instant?
    switch quota.kind {
    case .hard: break
    case .soft: finding.response = .warn
    case .burst(let terms):
      guard measure.nature != .ofOneJob else { break }
      let raised = plain * Int128(terms.multiplierThousandths) / 1_000
      switch terms.phase(begun: bursts[quota.id], at: now) {
      case .ready, .bursting:
        finding.limit = raised
        guard used + asked <= raised else { break }
        finding.response = .warn
        if case .ready = terms.phase(begun: bursts[quota.id], at: now),
          !verdict.bursts.contains(quota.id)
        {
          verdict.bursts.append(quota.id)
        }
      case .cooling(let until):
        if used + asked <= raised { cooledAt = until }
      }
    }
    switch quota.enforcement {
    case .strict: break
    case .warning: finding.response = min(finding.response, .warn)
    case .monitoring: finding.response = .note
    }
    if finding.response == .refuse {
      finding.freesAt = [cooledAt, freesAt(finding, at: now)].compactMap(\.self).min()
    }
    verdict.findings.append(finding)
  }

  /// What a scope has used or taken of a measure at an instant, in its smallest units.
  package func used(_ measure: Measure, in scope: Scope, at now: Instant) -> Int128 {
    guard let account = accounts[scope] else { return 0 }
    return switch measure {
    case .cpus: Int128(account.held.cpuThousandths)
    case .memory: Int128(account.held.memoryMB)
    case .gpus: Int128(account.held.gpuThousandths)
    case .gpusOfType(let type): Int128(account.gpusByType[type] ?? 0)
    case .storage: Int128(account.held.storageMB)
    case .concurrentJobs: Int128(account.jobs)
    case .jobsPerDay: Int128(account.admitted(onDayOf: now))
    case .jobHours: account.taken(in: .month, at: now).jobTime
    case .gpuHours: account.taken(in: .month, at: now).gpuTime
    case .costPerHour: account.taken(in: .hour, at: now).cost
    case .costPerDay: account.taken(in: .day, at: now).cost
    case .costPerMonth: account.taken(in: .month, at: now).cost
    case .priority: 0
    }
  }

  /// When there may be room for what is asked.
  private func freesAt(_ finding: QuotaFinding, at now: Instant) -> Instant? {
    guard !finding.canNeverFit else { return nil }
    switch finding.measure.nature {
    case .ofOneJob: return nil
    case .counted(let window): return window.end(of: now)
    case .accrued(let window):
      // What is reserved stays so in the next window.
      let reserved = accounts[finding.scope]?.reserved[window] ?? .zero
      let kept = finding.measure.part(of: reserved)
      return kept + finding.asked <= finding.limit ? window.end(of: now) : nil
    case .held:
      return heldFreesAt(finding)
    }
  }

  /// When so many of the scope's running jobs are expected to be over that there is room; nil where that is not enough,
  /// or there are too many to look at.
  private func heldFreesAt(_ finding: QuotaFinding) -> Instant? {
    guard let jobs = chargesByScope[finding.scope], jobs.count <= TenancyLimits.jobsLookedAtMax
    else { return nil }
    var ends: [(at: Instant, freed: Int128)] = []
    for job in jobs {
      guard let charge = charges[job], let end = charge.expectedEnd else { continue }
      let freed = charge.held(of: finding.measure)
      if freed > 0 { ends.append((end, freed)) }
    }
    ends.sort { $0.at < $1.at }
    var missing = finding.used + finding.asked - finding.limit
    for end in ends {
      missing -= end.freed
      if missing <= 0 { return end.at }
    }
    return nil
  }
}

extension Charge {
  /// What the job adds to what is used of a measure when it is admitted.
  func asked(of measure: Measure, priority: Int64) -> Int128 {
    switch measure.nature {
    case .held: held(of: measure)
    case .counted: 1
    case .accrued(let window): measure.part(of: reserved[window])
    case .ofOneJob: Int128(priority)
    }
  }

  /// What the job holds of a measure.
  func held(of measure: Measure) -> Int128 {
    switch measure {
    case .cpus: Int128(holdings.cpuThousandths)
    case .memory: Int128(holdings.memoryMB)
    case .gpus: Int128(holdings.gpuThousandths)
    case .storage: Int128(holdings.storageMB)
    case .gpusOfType(let type):
      type == gpuType || type == run?.placedGPUType ? Int128(holdings.gpuThousandths) : 0
    case .concurrentJobs: 1
    case .jobsPerDay, .jobHours, .gpuHours, .costPerHour, .costPerDay, .costPerMonth, .priority: 0
    }
  }
}

extension Measure {
  /// The part of a consumption that the measure counts.
  func part(of consumption: Consumption) -> Int128 {
    switch self {
    case .jobHours: consumption.jobTime
    case .gpuHours: consumption.gpuTime
    case .costPerHour, .costPerDay, .costPerMonth: consumption.cost
    case .cpus, .memory, .gpus, .gpusOfType, .storage, .concurrentJobs, .jobsPerDay, .priority: 0
    }
  }
}
