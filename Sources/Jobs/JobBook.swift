package import Model

/// What an installation decides for all jobs. It changes what is decided from then on, never what was.
package struct JobSettings: Hashable, Sendable {
  package var rules: JobRules
  /// How often the planner may take a job's place away.
  package var preemptionsMax: Int64

  package init(rules: JobRules = JobRules(), preemptionsMax: Int64 = 3) {
    self.rules = rules
    self.preemptionsMax = preemptionsMax
  }
}

/// All jobs, with their queues and what was said of their nodes.
///
/// `decide` looks and answers with decisions or a refusal; `evolve` applies one decision, and neither chooses, draws nor
/// reads a clock. Before a command, whoever owns the book applies what is ``due(by:)`` until nothing is. A decision costs
/// the logarithm of the number of jobs, times those that wait for the job that changes.
package struct JobBook: Sendable {
  package var settings: JobSettings

  // What decisions made.
  package internal(set) var jobs: [JobKey: JobRecord] = [:]
  package internal(set) var queues: [Text: JobQueue]
  package internal(set) var nodes: [Text: NodeOrders] = [:]
  package internal(set) var bookings: [Int64: NodeBooking] = [:]
  var nextJob: Int64 = 1
  var nextBooking: Int64 = 1
  /// How many decisions were applied.
  package internal(set) var revision: UInt64 = 0
  /// When the newest of them was made.
  package internal(set) var decidedAt = Instant(nanoseconds: .min)

  // What follows from the rest.
  var keysByID: [Text: JobKey] = [:]
  var keysByIdempotency: [IdempotencyKey: JobKey] = [:]
  var loads: [Text: QueueLoad] = [:]
  var placeable: Set<JobKey> = []
  var dependents: [JobKey: Set<JobKey>] = [:]
  var jobsByNode: [Text: Set<JobKey>] = [:]
  var bookingsByNode: [Text: [Int64]] = [:]
  var alarms = AlarmQueue()
  var changes = ChangeFeed()

  package init(settings: JobSettings = JobSettings()) {
    self.settings = settings
    queues = [JobQueue.standardName: JobQueue(name: JobQueue.standardName)]
  }

  /// When something is due next.
  package var nextDeadline: Instant? { alarms.first.map { max($0.at, decidedAt) } }

  // MARK: Looking things up

  package func find(_ id: Text) throws(JobRefusal) -> JobRecord {
    guard let key = keysByID[id], let record = jobs[key] else { throw .unknown("Job", id.string) }
    return record
  }

  /// The job of an owner's earlier submission with this key.
  package func job(submittedBy owner: Text, idempotencyKey: Text) -> JobRecord? {
    keysByIdempotency[IdempotencyKey(owner: owner, key: idempotencyKey)].flatMap { jobs[$0] }
  }

  /// The jobs that may be placed now, oldest submission first. Costs n log n for n of them: who follows the book uses
  /// ``changes(since:)``.
  package var placeableJobs: [JobRecord] {
    placeable.sorted().compactMap { jobs[$0] }.filter { record in
      queues[Text(record.specification.queueName)]?.status.placesJobs ?? false
    }
  }

  /// The jobs that hold a place on a node, oldest submission first.
  package func jobs(onNode node: Text) -> [JobKey] { (jobsByNode[node] ?? []).sorted() }

  /// Which jobs changed after a revision, in the order of their last changes, and which were forgotten; nil where so much
  /// changed that all must be read anew.
  package func changes(since revision: UInt64) -> [JobKey]? { changes.keys(since: revision) }

  func record(_ key: JobKey) throws(JobRefusal) -> JobRecord {
    guard let record = jobs[key] else { throw .unknown("Job", key.number) }
    return record
  }
}

/// A submission's key is its owner's: others may use the same.
struct IdempotencyKey: Hashable, Sendable {
  var owner: Text
  var key: Text
}

/// The jobs that changed, by revision: a ring of the newest ``JobLimits/changes``.
struct ChangeFeed: Sendable {
  private var ring: [(revision: UInt64, key: JobKey)] = []
  private var next = 0
  /// Everything after this revision is in the ring.
  private(set) var start: UInt64 = 0

  mutating func restart(at revision: UInt64) {
    self = ChangeFeed()
    start = revision
  }

  mutating func append(_ key: JobKey, at revision: UInt64) {
    guard ring.count == JobLimits.changes else { return ring.append((revision, key)) }
    start = ring[next].revision
    ring[next] = (revision, key)
    next = (next + 1) % ring.count
  }

  /// Each job once, at the place of its last change.
  func keys(since revision: UInt64) -> [JobKey]? {
    guard revision >= start else { return nil }
    var seen: Set<JobKey> = []
    var keys: [JobKey] = []
    for distance in 1...max(1, ring.count) where !ring.isEmpty {
      let entry = ring[(next + ring.count - distance) % ring.count]
      guard entry.revision > revision else { break }
      if seen.insert(entry.key).inserted { keys.append(entry.key) }
    }
    return keys.reversed()
  }
}
