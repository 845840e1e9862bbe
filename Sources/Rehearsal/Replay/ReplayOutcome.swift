package import Model

/// How one pod fared.
package enum PodOutcome: Hashable, Sendable {
  case granted
  case grantedAfterWait(TimeSpan)
  /// With the reason of the catalogue.
  case denied(String)
  case timedOut
  /// The call was not decided.
  case failed(String)
}

/// What a replay found: the same for a virtual and a live one.
package struct ReplayOutcome: Sendable {
  /// Counts of one group of pods.
  package struct Counts: Hashable, Sendable {
    package var pods = 0
    package var granted = 0
    package var grantedAfterWait = 0
    package var denied = 0
    package var timedOut = 0
    package var failed = 0
  }

  package private(set) var total = Counts()
  /// By the phase that the trace tells.
  package private(set) var phases: [String: Counts] = [:]
  /// Denials by reason, and failures by message.
  package private(set) var reasons: [String: Int] = [:]
  /// Of the pods that waited and were granted.
  private var waits: [Int64] = []
  package var tally: ReplayTally

  package init(tally: ReplayTally) {
    self.tally = tally
  }

  package mutating func note(_ outcome: PodOutcome, phase: String) {
    add(outcome, to: &total)
    add(outcome, to: &phases[phase, default: Counts()])
    switch outcome {
    case .granted, .timedOut: break
    case .grantedAfterWait(let wait): waits.append(wait.nanoseconds)
    case .denied(let reason), .failed(let reason): reasons[reason, default: 0] += 1
    }
  }

  /// A lease that was granted and then not there any more for its whole time: nothing that a sound replay has.
  package mutating func noteLoss(_ reason: String) {
    reasons["lease lost: \(reason)", default: 0] += 1
  }

  private func add(_ outcome: PodOutcome, to counts: inout Counts) {
    counts.pods += 1
    switch outcome {
    case .granted: counts.granted += 1
    case .grantedAfterWait: counts.grantedAfterWait += 1
    case .denied: counts.denied += 1
    case .timedOut: counts.timedOut += 1
    case .failed: counts.failed += 1
    }
  }

  /// The waits of the pods that waited and were granted.
  package struct Waits: Hashable, Sendable {
    package var count: Int
    package var mean: TimeSpan
    package var median: TimeSpan
    package var p99: TimeSpan
    package var longest: TimeSpan
  }

  /// Percentiles by nearest rank; all zero where nobody waited.
  package var waitTimes: Waits {
    let sorted = waits.sorted()
    guard let longest = sorted.last else {
      return Waits(count: 0, mean: .zero, median: .zero, p99: .zero, longest: .zero)
    }
    let sum = sorted.reduce(Int128(0)) { $0 + Int128($1) }
    let rank = { (percent: Int) in
      TimeSpan(nanoseconds: sorted[max(0, (sorted.count * percent + 99) / 100 - 1)])
    }
    return Waits(
      count: sorted.count, mean: TimeSpan(nanoseconds: Int64(sum / Int128(sorted.count))),
      median: rank(50), p99: rank(99), longest: TimeSpan(nanoseconds: longest))
  }
}
