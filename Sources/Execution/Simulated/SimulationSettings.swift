package import Model

/// How simulated jobs behave: the `simulation` block of a configuration.
///
/// The numbers of the formulas are those that the first platform's documents state; `default_job_duration` scales what it
/// calls the base and the variation, which at 60 s are 30 s and 10 to 60 s.
package struct SimulationSettings: Hashable, Sendable {
  /// Above 0.
  package var jobDuration = TimeSpan.seconds(60)
  /// Of attempts, from 0 to 1.
  package var failureRate = 0.1
  /// Of attempts at each look at their health, from 0 to 1.
  package var healthFailureRate = 0.02
  package var healthInterval = TimeSpan.seconds(30)
  /// Between two reports of usage.
  package var reportInterval = TimeSpan.seconds(5)
  package var tracksCost = true
  package var seed: UInt64 = 1
  /// The first that fits an attempt counts; at most ``scenariosMax``.
  package var scenarios: [FailureScenario] = []

  package static let scenariosMax = 256

  package init() {}
}

/// A failure that is wanted: what goes wrong, when, and for whom.
package struct FailureScenario: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case outOfMemory = "out_of_memory"
    case cudaOutOfMemory = "cuda_out_of_memory"
    case networkTimeout = "network_timeout"
    case imagePull = "image_pull"
    case permissionDenied = "permission_denied"
    case diskFull = "disk_full"
    case killed = "killed"
    /// Memory above what was given: found at the next look at its health.
    case highMemory = "high_memory"
    case unhealthy = "unhealthy"
    /// It goes on for ever, unless it is stopped.
    case hang = "hang"

    /// What the end says.
    var reason: String {
      switch self {
      case .outOfMemory: "Out of memory error"
      case .cudaOutOfMemory: "CUDA out of memory"
      case .networkTimeout: "Network timeout"
      case .imagePull: "Container image pull failed"
      case .permissionDenied: "Permission denied"
      case .diskFull: "Disk space exhausted"
      case .killed: "Process killed by OOM killer"
      case .highMemory: "High memory usage detected"
      case .unhealthy: "Process not responding"
      case .hang: ""
      }
    }

    /// The exit code; nil where one is drawn.
    var exitCode: Int32? {
      switch self {
      case .killed, .highMemory: 137
      case .imagePull: 125
      case .permissionDenied: 126
      case .outOfMemory, .cudaOutOfMemory, .networkTimeout, .diskFull, .unhealthy, .hang: nil
      }
    }
  }

  package var kind: Kind
  /// After the attempt has started. One that would be over by then ends as it would without the scenario.
  package var after: TimeSpan
  /// From 0 to 1: the part of the attempts that fit which it strikes.
  package var probability: Double
  package var selector: Selector

  package init(
    _ kind: Kind, after: TimeSpan = .zero, probability: Double = 1, selector: Selector = Selector()
  ) {
    self.kind = kind
    self.after = after
    self.probability = probability
    self.selector = selector
  }

  /// Whom a scenario strikes: all that is said must fit, and what is nil or empty fits everybody.
  package struct Selector: Hashable, Sendable {
    package var name: Text?
    package var project: Text?
    package var node: Text?
    package var gpuModel: Text?
    package var labels: [Text: Text] = [:]
    /// Attempts up to this number, so that a retry succeeds.
    package var attemptMost: Int32?

    package init() {}

    func fits(_ subject: SimulatedAttempt.Subject) -> Bool {
      func same(_ wanted: Text?, _ actual: Text) -> Bool { wanted.map { $0 == actual } ?? true }
      return same(name, subject.name) && same(project, subject.project)
        && (node.map { subject.nodes.contains($0) } ?? true)
        && (gpuModel.map { $0 == subject.gpuModel } ?? true)
        && labels.allSatisfy { subject.labels[$0.key] == $0.value }
        && (attemptMost.map { subject.id.number <= $0 } ?? true)
    }
  }
}
