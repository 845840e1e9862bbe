package import Model

extension PoolDefinition {
  /// The pool in one line, as `check-config` shows it: `rate gcra, 5 per 1 s, burst 4, tokens, number 5`.
  package var summary: String {
    var parts: [String] = []
    if let rate {
      parts.append("\(kind.name) \(rate.algorithm.name)")
      parts.append("\(capacity) per \(DecimalText.seconds(nanoseconds: rate.period.nanoseconds)) s")
      if rate.algorithm == .gcra { parts.append("burst \(rate.burst)") }
    } else {
      parts.append(kind.name)
      parts.append(String(capacity))
    }
    if !unit.isEmpty { parts.append(unit.string) }
    if number != 0 { parts.append("number \(number)") }
    if let safeCapacity { parts.append("safe \(safeCapacity)") }
    if let lockDelay {
      parts.append("lock delay \(DecimalText.seconds(nanoseconds: lockDelay.nanoseconds)) s")
    }
    if alwaysRespectsLimits { parts.append("always respects limits") }
    return parts.joined(separator: ", ")
  }
}

extension ComponentLimits {
  /// The limits that there are, by the names of their keys.
  var given: [(field: String, value: String)] {
    [
      ("leases", leases.map { String($0) }), ("queue_places", queuePlaces.map { String($0) }),
      ("pool_share", poolShare.map { String($0) }),
      ("calls_per_second", callsPerSecond.map { String($0) }), ("max_priority", maxPriority?.name),
    ].compactMap { field, value in value.map { (field, $0) } }
  }
}
