/// The twelve states of a job, by their names outside.
package enum JobStatus: String, CaseIterable, Hashable, Sendable {
  /// It waits for other jobs.
  case pending
  /// It waits for a place.
  case queued
  /// A lease holds its place; nothing was started.
  case scheduled
  /// Its processes are being started.
  case provisioning
  case running
  case checkpointing
  case completed
  case failed
  case cancelled
  case suspended
  case preempted
  /// It leaves its place, is without one, or is being started at the next one.
  case migrating

  /// The only table of transitions.
  package var next: [JobStatus] {
    switch self {
    case .pending: [.queued, .cancelled]
    case .queued: [.scheduled, .cancelled, .suspended]
    case .scheduled: [.provisioning, .cancelled, .preempted]
    case .provisioning: [.running, .failed, .cancelled]
    case .running:
      [.checkpointing, .completed, .failed, .cancelled, .suspended, .preempted, .migrating]
    case .checkpointing: [.running, .suspended, .preempted]
    case .suspended: [.queued, .cancelled]
    case .preempted: [.queued, .cancelled]
    case .migrating: [.running, .failed]
    case .failed: [.queued]
    case .completed, .cancelled: []
    }
  }

  package func mayBecome(_ other: JobStatus) -> Bool { next.contains(other) }

  /// Whether the job is over unless somebody tries it again.
  package var isEnded: Bool { self == .completed || self == .failed || self == .cancelled }
}
