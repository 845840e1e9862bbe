package import Model

/// The bounds of all that the tenancy keeps. At a bound the answer is a refusal that names it.
package enum TenancyLimits {
  package static let identifierBytesMax = 128
  /// The longest name for people, description or pattern, in bytes.
  package static let textBytesMax = 256
  package static let organizationsMax = 1_000
  package static let usersMax = 100_000
  package static let projectsMax = 10_000
  package static let membersPerProjectMax = 1_000
  /// The longest list of clusters, pools, queues, patterns or capabilities.
  package static let listedMax = 64
  package static let tokensPerUserMax = 32
  /// The longest life of a token.
  package static let tokenLifeMax = TimeSpan.seconds(366 * 86_400)
  package static let secretsPerProjectMax = 1_000
  /// How many projects a secret or a checkpoint is granted to.
  package static let grantsMax = 64
  package static let sharedCheckpointsMax = 100_000
  package static let quotasMax = 10_000
  package static let quotasPerScopeMax = 16
  package static let measuresPerQuotaMax = 32
  /// The most jobs that are admitted and not over.
  package static let chargesMax = 100_000
  /// The most jobs that are looked at to say when a quota frees.
  package static let jobsLookedAtMax = 10_000
  /// The largest quantity of processors, memory, storage or GPUs that one job asks for, in thousandths or megabytes.
  package static let quantityMax: Int64 = 1_000_000_000
  /// The longest run that is planned for.
  package static let runtimeMax = TimeSpan.seconds(10 * 366 * 86_400)
  /// The largest price of a job, $90,000 an hour: the sum over the most jobs fits 64 bits, and over time 128.
  package static let nanodollarsPerHourMax: Int64 = 90_000 * 1_000_000_000
  /// A snapshot's chunk is closed once it has this many bytes.
  package static let chunkBytes = 65_536
  /// The most points of one answer about usage over time.
  package static let timelinePointsMax = 1_000
  /// The most names that one answer tells use apart by.
  package static let usageGroupsMax = 1_000
  package static let retentionDaysMax: Int64 = 3_650
  /// The highest priority there is, CRITICAL.
  package static let priorityMax: Int64 = 1_000
}
