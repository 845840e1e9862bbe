package import Model

/// A limit that a job would pass.
package struct QuotaFinding: Hashable, Sendable {
  /// What comes of it.
  package enum Response: UInt8, Hashable, Comparable, Sendable {
    /// It can be read, and nobody is told.
    case note = 0
    case warn = 1
    case refuse = 2

    package static func < (left: Response, right: Response) -> Bool {
      left.rawValue < right.rawValue
    }
  }

  package var quota: Quota.ID
  package var scope: Scope
  package var measure: Measure
  package var response: Response
  // In the smallest units of the measure.
  package var limit: Int128
  package var used: Int128
  package var asked: Int128
  /// When there may be room, as far as that is known: other jobs' expected ends, the next window, the end of a
  /// cooldown.
  package var freesAt: Instant?

  /// Whether no end of another job and no other window makes room.
  package var canNeverFit: Bool { asked > limit }

  /// For people, with numbers in the measure's unit.
  package var text: String {
    let numbers = [used, limit, asked].map {
      QuotaFinding.decimal($0, per: measure.unitsPerLimit * measure.limitsPerShown)
    }
    return "\(measure.name) of \(scope.description): \(numbers[0]) of \(numbers[1]) used, "
      + "\(numbers[2]) asked"
  }

  /// A fraction with at most three digits behind the point, rounded half up.
  static func decimal(_ units: Int128, per unit: Int128) -> String {
    let thousandths = (units * 1_000 + unit / 2) / unit
    let whole = thousandths / 1_000
    let rest = Int(thousandths % 1_000)
    guard rest > 0 else { return "\(whole)" }
    var digits = String(String(1_000 + rest).dropFirst())
    while digits.hasSuffix("0") { digits.removeLast() }
    return "\(whole).\(digits)"
  }
}

/// What the quotas of all scopes together say of a job.
package struct QuotaVerdict: Hashable, Sendable {
  /// Every limit that would be passed: the user's first, then the project's, then the organisation's.
  package var findings: [QuotaFinding] = []
  /// The quotas of which a burst begins if the job is admitted.
  var bursts: [Quota.ID] = []

  /// The most severe of what comes of the findings.
  package var outcome: Outcome {
    switch findings.map(\.response).max() {
    case .refuse: .refused
    case .warn: .warned
    case .note, nil: .allowed
    }
  }

  package enum Outcome: Hashable, Sendable {
    case allowed, warned, refused
  }

  /// The findings that refuse.
  package var refusals: [QuotaFinding] { findings.filter { $0.response == .refuse } }
  /// The findings that callers are to be told of although the job is admitted.
  package var warnings: [QuotaFinding] { findings.filter { $0.response == .warn } }
}
