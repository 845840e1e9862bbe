package import Model

/// A quota with what is used of it, for those who read it.
package struct QuotaStatus: Hashable, Sendable {
  /// One limit of the quota.
  package struct Line: Hashable, Sendable {
    package var measure: Measure
    // In the smallest units of the measure.
    package var limit: Int128
    package var used: Int128

    /// Whether nothing more fits, which a quota that is only monitored says nowhere else.
    package var isReached: Bool { used >= limit }
  }

  package var quota: Quota
  /// In the order of the measures.
  package var lines: [Line]
  /// Nil for a quota that knows no bursts.
  package var burst: BurstTerms.Phase?
}

extension TenancyState {
  /// The quotas of a scope with their use at an instant, by id; those that expired too.
  package func quotas(of scope: Scope, at now: Instant) -> [QuotaStatus] {
    (quotasByScope[scope] ?? []).sorted().compactMap { id in
      quotas[id].map { status(of: $0, at: now) }
    }
  }

  private func status(of quota: Quota, at now: Instant) -> QuotaStatus {
    let lines = quota.limits.sorted { $0.key.rank < $1.key.rank }.map { measure, limit in
      QuotaStatus.Line(
        measure: measure, limit: Int128(limit) * measure.unitsPerLimit,
        used: used(measure, in: quota.scope, at: now))
    }
    var status = QuotaStatus(quota: quota, lines: lines)
    if case .burst(let terms) = quota.kind {
      status.burst = terms.phase(begun: bursts[quota.id], at: now)
    }
    return status
  }
}
