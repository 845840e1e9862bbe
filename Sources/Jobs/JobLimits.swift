package import Model

/// Every bound of the job book, by name. At a bound the answer is a refusal that names it.
package enum JobLimits {
  // What a job asks for
  package static let nameBytes = 255
  package static let textBytes = 4096
  /// The text of a field whose shape is free, such as an affinity.
  package static let freeFormBytes = 16_384
  /// Entries of one list or map.
  package static let entries = 256
  package static let commandWords = 1024
  /// All of a specification, written as JSON without what has its usual value.
  package static let specificationBytes = 131_072
  package static let cpus: Int64 = 4096
  package static let gpus: Int64 = 1024
  package static let gigabytes: Int64 = 1_048_576
  package static let worldSize: Int64 = 1024
  /// One year.
  package static let runtimeSeconds: Int64 = 366 * 86_400
  package static let backoffSeconds: Int64 = 86_400
  package static let restarts: Int64 = 100
  package static let windows = 32

  // State
  /// Jobs in the book, those that ended and are not archived counted.
  package static let jobs = 1_000_000
  package static let jobsPerWorkflow = 256
  package static let dependencies = 64
  package static let dependents = 1024
  /// How often people may try a failed job again.
  package static let manualRetries = 16
  package static let queues = 1024
  package static let jobsPerQueue = 1_000_000
  package static let nodes = 16_384
  package static let bookings = 4096
  /// Changes that are remembered for those who follow them.
  package static let changes = 65_536

  // Times
  /// How long a placed job whose processes all run on one node waits for its start.
  package static let startHold = TimeSpan.seconds(1800)
  /// How long a gang waits for the last of its ranks: `gang_timeout` of the first platform.
  package static let gangHold = TimeSpan.seconds(600)
  /// How long a job that is migrated may be without a place.
  package static let migrationHold = TimeSpan.seconds(600)
  /// The grace after which a stop is forced, where nobody names one: `preemption.grace_period`.
  package static let grace = TimeSpan.seconds(300)
  package static let graceMaximum = TimeSpan.seconds(3600)
  /// The shortest time between two reports of an attempt's use that are kept.
  package static let progressInterval = TimeSpan.seconds(5)
  /// The longest wait between two attempts.
  package static let backoffMaximum = TimeSpan.seconds(3600)
}
