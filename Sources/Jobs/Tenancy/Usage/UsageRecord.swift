package import Model

/// What one attempt of a job used: what usage reports are made of, and what is kept of a job's use when it is over.
package struct UsageRecord: Hashable, Sendable {
  package var job: Text
  package var user: User.ID
  package var project: Project.ID
  package var organization: Organization.ID?
  package var costCenter: Text
  package var start: Instant
  package var end: Instant
  package var holdings: Holdings
  package var rate: CostRate

  /// The attempt that runs, up to `now`; nil where none does.
  package init?(_ charge: Charge, until now: Instant) {
    guard let run = charge.run else { return nil }
    job = charge.job
    user = charge.user
    project = charge.project
    organization = charge.organization
    costCenter = charge.costCenter
    start = run.since
    end = now
    holdings = charge.holdings
    rate = charge.rate
  }

  /// What the attempt used between two instants.
  package func usage(from: Instant, to: Instant) -> Usage {
    let first = max(from, start)
    let last = min(to, end)
    guard first < last else { return .zero }
    return Usage(holdings, rate, over: last - first)
  }
}

/// Exact sums of use, for reports.
package struct Usage: Hashable, Sendable {
  /// Attempts × nanoseconds.
  package var jobTime: Int128 = 0
  /// Thousandths of cores × nanoseconds.
  package var cpuTime: Int128 = 0
  /// MB × nanoseconds.
  package var memoryTime: Int128 = 0
  package var storageTime: Int128 = 0
  /// Thousandths of GPUs × nanoseconds.
  package var gpuTime: Int128 = 0
  /// Nano-dollars an hour × nanoseconds.
  package var computeCost: Int128 = 0
  package var storageCost: Int128 = 0

  package init() {}

  init(_ holdings: Holdings, _ rate: CostRate, over span: TimeSpan) {
    let time = Int128(span.nanoseconds)
    jobTime = time
    cpuTime = Int128(holdings.cpuThousandths) * time
    memoryTime = Int128(holdings.memoryMB) * time
    storageTime = Int128(holdings.storageMB) * time
    gpuTime = Int128(holdings.gpuThousandths) * time
    computeCost = Int128(rate.computeNanodollars) * time
    storageCost = Int128(rate.storageNanodollars) * time
  }

  package static let zero = Usage()

  package static func += (left: inout Usage, right: Usage) {
    left.jobTime += right.jobTime
    left.cpuTime += right.cpuTime
    left.memoryTime += right.memoryTime
    left.storageTime += right.storageTime
    left.gpuTime += right.gpuTime
    left.computeCost += right.computeCost
    left.storageCost += right.storageCost
  }

  package var cost: Int128 { computeCost + storageCost }

  // For people: each divided once.
  package var jobHours: Double { Usage.hours(jobTime) }
  package var cpuCoreHours: Double { Usage.hours(cpuTime) / 1_000 }
  package var memoryGBHours: Double { Usage.hours(memoryTime) / 1_024 }
  package var storageGBHours: Double { Usage.hours(storageTime) / 1_024 }
  package var gpuHours: Double { Usage.hours(gpuTime) / 1_000 }
  package var computeDollars: Double { Usage.hours(computeCost) / 1e9 }
  package var storageDollars: Double { Usage.hours(storageCost) / 1e9 }
  package var dollars: Double { Usage.hours(cost) / 1e9 }

  private static func hours(_ sum: Int128) -> Double {
    Double(sum) / Double(UTCWindow.nanosecondsPerHour)
  }
}
