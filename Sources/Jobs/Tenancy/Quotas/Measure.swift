package import Model

/// Something that a quota can bound.
///
/// Each is counted exactly, in integers of the smallest unit; a limit is said in the unit named here.
package enum Measure: Hashable, Sendable {
  // Held by jobs from their admission to their end.
  /// Processor cores, in thousandths.
  case cpus
  /// Memory, in MB.
  case memory
  /// GPUs of any type, in thousandths.
  case gpus
  /// GPUs of one type, in thousandths. A job that names no type is counted where it is placed.
  case gpusOfType(Text)
  /// Storage, in MB.
  case storage
  /// Jobs that are admitted and not over.
  case concurrentJobs
  // Counted in a window.
  /// Jobs admitted on a day.
  case jobsPerDay
  // Accrued in a window while jobs run.
  /// Thousandths of an hour that jobs ran in a month.
  case jobHours
  /// Thousandths of a GPU-hour in a month.
  case gpuHours
  /// Nano-dollars.
  case costPerHour
  case costPerDay
  case costPerMonth
  // Of one job alone.
  /// The highest priority of a job.
  case priority

  /// How the measure comes about, which says how it is charged and returned.
  package enum Nature: Hashable, Sendable {
    case held
    case counted(UTCWindow)
    case accrued(UTCWindow)
    case ofOneJob
  }

  package var nature: Nature {
    switch self {
    case .cpus, .memory, .gpus, .gpusOfType, .storage, .concurrentJobs: .held
    case .jobsPerDay: .counted(.day)
    case .jobHours, .gpuHours, .costPerMonth: .accrued(.month)
    case .costPerHour: .accrued(.hour)
    case .costPerDay: .accrued(.day)
    case .priority: .ofOneJob
    }
  }

  /// The name in requests and answers.
  package var name: String {
    switch self {
    case .cpus: "max_cpus"
    case .memory: "max_memory_gb"
    case .gpus: "max_gpus"
    case .gpusOfType(let type): "max_gpus_per_type.\(type)"
    case .storage: "max_storage_gb"
    case .concurrentJobs: "max_concurrent_jobs"
    case .jobsPerDay: "max_jobs_per_day"
    case .jobHours: "max_job_hours"
    case .gpuHours: "max_gpu_hours"
    case .costPerHour: "max_hourly_cost"
    case .costPerDay: "max_daily_cost"
    case .costPerMonth: "max_monthly_cost"
    case .priority: "max_job_priority"
    }
  }

  /// How many of the smallest units make the unit in which limits are said.
  package var unitsPerLimit: Int128 {
    switch self {
    case .cpus, .memory, .gpus, .gpusOfType, .storage, .concurrentJobs, .jobsPerDay, .priority: 1
    // Nanoseconds in a thousandth of an hour; for GPUs by the thousandth.
    case .jobHours: 3_600_000_000
    case .gpuHours: 3_600_000_000_000
    // Nano-dollars an hour × nanoseconds in a nano-dollar.
    case .costPerHour, .costPerDay, .costPerMonth: 3_600_000_000_000
    }
  }

  /// How many of the units in which limits are said make the unit that people read.
  package var limitsPerShown: Int128 {
    switch self {
    case .cpus, .gpus, .gpusOfType, .jobHours, .gpuHours: 1_000
    case .memory, .storage: 1_024
    case .concurrentJobs, .jobsPerDay, .priority: 1
    case .costPerHour, .costPerDay, .costPerMonth: 1_000_000_000
    }
  }

  /// The order in which limits are looked at and told.
  package var rank: (Int, Text) {
    switch self {
    case .cpus: (0, .empty)
    case .memory: (1, .empty)
    case .gpus: (2, .empty)
    case .gpusOfType(let type): (3, type)
    case .storage: (4, .empty)
    case .concurrentJobs: (5, .empty)
    case .jobsPerDay: (6, .empty)
    case .jobHours: (7, .empty)
    case .gpuHours: (8, .empty)
    case .costPerHour: (9, .empty)
    case .costPerDay: (10, .empty)
    case .costPerMonth: (11, .empty)
    case .priority: (12, .empty)
    }
  }
}
