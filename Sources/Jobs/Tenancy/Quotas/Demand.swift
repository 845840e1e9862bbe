package import Model

/// Quantities that a job holds.
package struct Holdings: Hashable, Sendable {
  package var cpuThousandths: Int64 = 0
  package var memoryMB: Int64 = 0
  package var storageMB: Int64 = 0
  package var gpuThousandths: Int64 = 0

  package init(
    cpuThousandths: Int64 = 0, memoryMB: Int64 = 0, storageMB: Int64 = 0, gpuThousandths: Int64 = 0
  ) {
    self.cpuThousandths = cpuThousandths
    self.memoryMB = memoryMB
    self.storageMB = storageMB
    self.gpuThousandths = gpuThousandths
  }

  package static let zero = Holdings()

  static func += (left: inout Holdings, right: Holdings) {
    left.cpuThousandths += right.cpuThousandths
    left.memoryMB += right.memoryMB
    left.storageMB += right.storageMB
    left.gpuThousandths += right.gpuThousandths
  }

  static func -= (left: inout Holdings, right: Holdings) {
    left.cpuThousandths -= right.cpuThousandths
    left.memoryMB -= right.memoryMB
    left.storageMB -= right.storageMB
    left.gpuThousandths -= right.gpuThousandths
  }

  /// Whether every quantity is within 0...``TenancyLimits/quantityMax``.
  var isInRange: Bool {
    [cpuThousandths, memoryMB, storageMB, gpuThousandths].allSatisfy {
      (0...TenancyLimits.quantityMax).contains($0)
    }
  }
}

/// What a job that wants to be admitted asks for, on whose account.
package struct Demand: Hashable, Sendable {
  /// The job's id.
  package var job: Text
  package var user: User.ID
  package var project: Project.ID
  /// Whom the job's cost is told to; empty for nobody.
  package var costCenter: Text = .empty
  package var holdings: Holdings
  /// Nil for a job without GPUs, or one that takes any type.
  package var gpuType: Text?
  /// How long the job will run at most, or is thought to: 0...``TenancyLimits/runtimeMax``. What it may cost and
  /// the hours it may take are reserved by it.
  package var expectedRuntime: TimeSpan
  /// Where the job wants to run and wait; nil where it does not say.
  package var cluster: Text?
  package var pool: Text?
  package var queue: Text?
  package var facts: JobFacts

  package init(
    job: Text, user: User.ID, project: Project.ID, holdings: Holdings, gpuType: Text? = nil,
    expectedRuntime: TimeSpan, facts: JobFacts = JobFacts()
  ) {
    self.job = job
    self.user = user
    self.project = project
    self.holdings = holdings
    self.gpuType = gpuType
    self.expectedRuntime = expectedRuntime
    self.facts = facts
  }
}

/// What the quantities cost.
///
/// The defaults are the prices of the compute platform's first simulator: $0.0001 for a core's second, $0.001 for a
/// GPU's and $0.01 for an hour of a GB of memory. Storage costs nothing.
package struct Prices: Hashable, Sendable {
  /// Nano-dollars, 0...``TenancyLimits/nanodollarsPerHourMax``.
  package var nanodollarsPerCoreHour: Int64 = 360_000_000
  package var nanodollarsPerGPUHour: Int64 = 3_600_000_000
  package var nanodollarsPerMemoryGBHour: Int64 = 10_000_000
  package var nanodollarsPerStorageGBHour: Int64 = 0

  package init() {}

  /// Throws which price is below 0 or above ``TenancyLimits/nanodollarsPerHourMax``.
  package func check() throws(TenancyRefusal) {
    let all = [
      ("core", nanodollarsPerCoreHour), ("gpu", nanodollarsPerGPUHour),
      ("memory_gb", nanodollarsPerMemoryGBHour), ("storage_gb", nanodollarsPerStorageGBHour),
    ]
    let most = TenancyLimits.nanodollarsPerHourMax
    for (field, price) in all where !(0...most).contains(price) {
      throw .invalid(field, "expected a price of 0 to \(most / 1_000_000_000) dollars an hour")
    }
  }

  /// What holdings cost an hour, each sort rounded half up to the nano-dollar once; nil above
  /// ``TenancyLimits/nanodollarsPerHourMax``.
  package func rate(of holdings: Holdings) -> CostRate? {
    func part(_ quantity: Int64, _ price: Int64, per unit: Int128) -> Int128 {
      (Int128(quantity) * Int128(price) + unit / 2) / unit
    }
    let compute =
      part(holdings.cpuThousandths, nanodollarsPerCoreHour, per: 1_000)
      + part(holdings.gpuThousandths, nanodollarsPerGPUHour, per: 1_000)
      + part(holdings.memoryMB, nanodollarsPerMemoryGBHour, per: 1_024)
    let storage = part(holdings.storageMB, nanodollarsPerStorageGBHour, per: 1_024)
    guard compute + storage <= Int128(TenancyLimits.nanodollarsPerHourMax) else { return nil }
    return CostRate(computeNanodollars: Int64(compute), storageNanodollars: Int64(storage))
  }
}

/// What a job costs an hour while it runs.
package struct CostRate: Hashable, Sendable {
  package var computeNanodollars: Int64
  package var storageNanodollars: Int64

  package init(computeNanodollars: Int64, storageNanodollars: Int64) {
    self.computeNanodollars = computeNanodollars
    self.storageNanodollars = storageNanodollars
  }

  package static let zero = CostRate(computeNanodollars: 0, storageNanodollars: 0)

  package var nanodollars: Int64 { computeNanodollars + storageNanodollars }
}

/// An admitted job that is not over, as the accounts know it.
package struct Charge: Hashable, Sendable {
  package var job: Text
  package var user: User.ID
  package var project: Project.ID
  /// The project's at admission, so that what was charged there is returned there.
  package var organization: Organization.ID?
  package var costCenter: Text
  package var holdings: Holdings
  package var gpuType: Text?
  package var rate: CostRate
  package var expectedRuntime: TimeSpan
  /// How long earlier attempts ran.
  package var ran = TimeSpan.zero
  /// Nil while no attempt runs.
  package var run: Run?

  /// An attempt that runs.
  package struct Run: Hashable, Sendable {
    package var since: Instant
    /// The type of GPU where it runs, for a job that named none.
    package var placedGPUType: Text?

    package init(since: Instant, placedGPUType: Text? = nil) {
      self.since = since
      self.placedGPUType = placedGPUType
    }
  }

  /// The accounts that the job is charged to.
  package var scopes: [Scope] {
    [.user(user), .project(project)] + (organization.map { [.organization($0)] } ?? [])
  }

  /// What accrues in a nanosecond while the job runs.
  var flow: Flow {
    Flow(jobs: 1, gpuThousandths: holdings.gpuThousandths, nanodollarsPerHour: rate.nanodollars)
  }

  /// What is reserved for the attempts to come, or for the one that runs; nothing once the job took longer than was
  /// expected.
  ///
  /// Of a window, no more than fits in it.
  var reserved: WindowValues {
    let left = max(.zero, expectedRuntime - ran)
    func part(_ window: UTCWindow) -> Consumption { flow.over(min(left, window.longest)) }
    return WindowValues(hour: part(.hour), day: part(.day), month: part(.month))
  }

  /// When the job is expected to be over; nil while it does not run.
  package var expectedEnd: Instant? {
    run.map { $0.since + max(.zero, expectedRuntime - ran) }
  }
}
