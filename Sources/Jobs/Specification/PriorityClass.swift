/// The named priorities of jobs; higher goes first. 0 is a priority like any other.
package enum PriorityClass: String, CaseIterable, Hashable, Sendable {
  case critical
  case urgent
  case high
  case normal
  case low
  case batch
  case scavenger

  package var priority: Int64 {
    switch self {
    case .critical: 1000
    case .urgent: 800
    case .high: 600
    case .normal: 400
    case .low: 200
    case .batch: 100
    case .scavenger: 0
    }
  }

  /// What a job may ask for: nothing stands above critical.
  package static let range: ClosedRange<Int64> = 0...1000
}
