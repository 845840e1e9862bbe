import Model

// Quotas and what is used of them as bytes. Each writer stands beside its reader.

extension ByteSink {
  /// Sixteen bytes.
  mutating func append(_ number: Int128) {
    append(word: UInt64(truncatingIfNeeded: number))
    append(word: UInt64(truncatingIfNeeded: number >> 64))
  }

  mutating func append(_ scope: Scope) {
    switch scope {
    case .user(let id):
      append(byte: 0)
      append(id)
    case .project(let id):
      append(byte: 1)
      append(id)
    case .organization(let id):
      append(byte: 2)
      append(id)
    }
  }

  mutating func append(_ measure: Measure) {
    append(byte: UInt8(measure.rank.0))
    if case .gpusOfType(let type) = measure { append(type) }
  }

  mutating func append(_ quota: Quota) {
    append(quota.id)
    append(quota.scope)
    switch quota.kind {
    case .hard: append(byte: 0)
    case .soft: append(byte: 1)
    case .burst(let terms):
      append(byte: 2)
      append(terms.multiplierThousandths)
      append(terms.duration)
      append(terms.cooldown)
    }
    append(byte: quota.enforcement.rawValue)
    append(list: quota.limits.sorted { $0.key.rank < $1.key.rank }) { sink, limit in
      sink.append(limit.key)
      sink.append(limit.value)
    }
    append(optional: quota.expiresAt) { $0.append($1) }
  }

  mutating func append(_ holdings: Holdings) {
    append(holdings.cpuThousandths)
    append(holdings.memoryMB)
    append(holdings.storageMB)
    append(holdings.gpuThousandths)
  }

  mutating func append(_ charge: Charge) {
    append(charge.job)
    append(charge.user)
    append(charge.project)
    append(optional: charge.organization) { $0.append($1) }
    append(charge.costCenter)
    append(charge.holdings)
    append(optional: charge.gpuType) { $0.append($1) }
    append(charge.rate.computeNanodollars)
    append(charge.rate.storageNanodollars)
    append(charge.expectedRuntime)
    append(charge.ran)
    append(optional: charge.run) { sink, run in
      sink.append(run.since)
      sink.append(optional: run.placedGPUType) { $0.append($1) }
    }
  }

  /// What does not follow from the charges.
  mutating func append(_ account: Account) {
    append(account.day)
    append(account.admittedOnDay)
    append(account.accrued)
    append(account.settled)
  }

  private mutating func append(_ sums: WindowSums) {
    append(sums.until)
    for window in UTCWindow.allCases {
      append(sums.values[window].jobTime)
      append(sums.values[window].gpuTime)
      append(sums.values[window].cost)
    }
  }
}

extension ByteSource {
  mutating func int128() throws(Malformed) -> Int128 {
    let low = try word()
    return Int128(low) | Int128(Int64(bitPattern: try word())) << 64
  }

  mutating func scope() throws(Malformed) -> Scope {
    switch try byte() {
    case 0: return .user(try identifier())
    case 1: return .project(try identifier())
    case 2: return .organization(try identifier())
    default: throw malformed("a scope before this")
    }
  }

  mutating func measure() throws(Malformed) -> Measure {
    switch try byte() {
    case 0: return .cpus
    case 1: return .memory
    case 2: return .gpus
    case 3: return .gpusOfType(try text())
    case 4: return .storage
    case 5: return .concurrentJobs
    case 6: return .jobsPerDay
    case 7: return .jobHours
    case 8: return .gpuHours
    case 9: return .costPerHour
    case 10: return .costPerDay
    case 11: return .costPerMonth
    case 12: return .priority
    default: throw malformed("a measure before this")
    }
  }

  mutating func quota() throws(Malformed) -> Quota {
    let id: Quota.ID = try identifier()
    let scope = try scope()
    let kind = try quotaKind()
    let enforcement = try value(Quota.Enforcement.self)
    var limits: [Measure: Int64] = [:]
    var last: Measure?
    for _ in 0..<(try boundedCount()) {
      let measure = try measure()
      guard last.map({ $0.rank < measure.rank }) ?? true else { throw malformed("a later measure") }
      limits[measure] = try signed()
      last = measure
    }
    let quota = Quota(
      id: id, scope: scope, kind: kind, enforcement: enforcement, limits: limits,
      expiresAt: try optionalInstant())
    guard quota.isValid else { throw malformed("a quota in its ranges before this") }
    return quota
  }

  private mutating func quotaKind() throws(Malformed) -> Quota.Kind {
    switch try byte() {
    case 0: return .hard
    case 1: return .soft
    case 2:
      var terms = BurstTerms()
      terms.multiplierThousandths = try signed()
      terms.duration = try span()
      terms.cooldown = try span()
      return .burst(terms)
    default: throw malformed("a kind of quota before this")
    }
  }

  mutating func holdings() throws(Malformed) -> Holdings {
    Holdings(
      cpuThousandths: try signed(), memoryMB: try signed(), storageMB: try signed(),
      gpuThousandths: try signed())
  }

  mutating func charge() throws(Malformed) -> Charge {
    let job = try text()
    let user: User.ID = try identifier()
    let project: Project.ID = try identifier()
    let organization: Organization.ID? = try optional { source throws(Malformed) in
      try source.identifier()
    }
    let costCenter = try text()
    let holdings = try holdings()
    let gpuType = try optionalText()
    let rate = CostRate(computeNanodollars: try signed(), storageNanodollars: try signed())
    var charge = Charge(
      job: job, user: user, project: project, organization: organization, costCenter: costCenter,
      holdings: holdings, gpuType: gpuType, rate: rate, expectedRuntime: try span())
    charge.ran = try span()
    charge.run = try optional { source throws(Malformed) in
      Charge.Run(since: try source.instant(), placedGPUType: try source.optionalText())
    }
    guard charge.isInRange else { throw malformed("a charge in its ranges before this") }
    return charge
  }

  mutating func account() throws(Malformed) -> Account {
    var account = Account(at: try instant())
    account.admittedOnDay = try signed()
    guard (0...Account.admittedOnDayMax).contains(account.admittedOnDay) else {
      throw malformed("a number of jobs before this")
    }
    account.accrued = try windowSums()
    account.settled = try windowSums()
    return account
  }

  private mutating func windowSums() throws(Malformed) -> WindowSums {
    let until = try instant()
    var all: [Consumption] = []
    for _ in UTCWindow.allCases {
      let consumption = Consumption(
        jobTime: try int128(), gpuTime: try int128(), cost: try int128())
      guard consumption.isInRange else { throw malformed("sums in their ranges before this") }
      all.append(consumption)
    }
    return WindowSums(
      until: until, values: WindowValues(hour: all[0], day: all[1], month: all[2]))
  }
}

extension Quota {
  fileprivate var isValid: Bool {
    do throws(TenancyRefusal) {
      try check()
      return true
    } catch {
      return false
    }
  }
}

extension Charge {
  /// Whether sums over charges stay numbers.
  var isInRange: Bool {
    let prices = 0...TenancyLimits.nanodollarsPerHourMax
    return Identifier<Charge>(job) != nil && holdings.isInRange
      && prices.contains(rate.computeNanodollars) && prices.contains(rate.storageNanodollars)
      && prices.contains(rate.nanodollars) && expectedRuntime >= .zero
      && expectedRuntime <= TenancyLimits.runtimeMax && ran >= .zero
      && (gpuType == nil || holdings.gpuThousandths > 0 && run?.placedGPUType == nil)
      && (run?.placedGPUType == nil || holdings.gpuThousandths > 0)
  }
}

extension Consumption {
  /// What accrues in a month is far below this.
  private static let sumMax = Int128.max / 4

  fileprivate var isInRange: Bool {
    [jobTime, gpuTime, cost].allSatisfy { (0...Consumption.sumMax).contains($0) }
  }
}
