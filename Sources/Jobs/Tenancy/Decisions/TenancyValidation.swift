import Model

extension TenancyRefusal {
  static func check(_ text: Text, field: String) throws(TenancyRefusal) {
    guard text.utf8Count <= TenancyLimits.textBytesMax, !text.hasControlCharacters else {
      throw .invalid(
        field, "expected at most \(TenancyLimits.textBytesMax) bytes without control characters")
    }
  }

  static func checkRoom(
    _ count: Int, _ limit: Int, _ what: String, field: String
  ) throws(TenancyRefusal) {
    guard count < limit else {
      throw .limit(field, "there are \(limit) \(what), the most there may be")
    }
  }

  static func check(list: [Text], field: String) throws(TenancyRefusal) {
    guard list.count <= TenancyLimits.listedMax else {
      throw .invalid(field, "expected at most \(TenancyLimits.listedMax) entries")
    }
    for entry in list {
      guard !entry.isEmpty else { throw .invalid(field, "an entry is empty; remove it") }
      try check(entry, field: field)
    }
  }
}

extension ProjectSettings {
  func check() throws(TenancyRefusal) {
    try TenancyRefusal.check(name, field: "name")
    guard budget.monthlyNanodollars >= 0 else {
      throw .invalid("budget_monthly", "expected 0 or more dollars")
    }
    guard (1...1_000).contains(budget.alertThousandths) else {
      throw .invalid("budget_alert_threshold", "expected 0.001 to 1")
    }
    guard (1...TenancyLimits.retentionDaysMax).contains(retentionDays) else {
      throw .invalid("retention_days", "expected 1 to \(TenancyLimits.retentionDaysMax)")
    }
    try TenancyRefusal.check(list: allowedClusters, field: "allowed_clusters")
    try TenancyRefusal.check(list: allowedPools, field: "allowed_pools")
    try TenancyRefusal.check(list: allowedQueues, field: "allowed_queues")
    try TenancyRefusal.check(list: policy.allowedImages.map(\.text), field: "allowed_images")
    try TenancyRefusal.check(list: policy.allowedCapabilities, field: "allowed_capabilities")
    guard (0...TenancyLimits.priorityMax).contains(policy.priorityMax) else {
      throw .invalid("max_priority", "expected 0 to \(TenancyLimits.priorityMax)")
    }
    if let runtime = policy.runtimeMax {
      guard runtime > .zero, runtime <= TenancyLimits.runtimeMax else {
        let seconds = TenancyLimits.runtimeMax.nanoseconds / 1_000_000_000
        throw .invalid("max_runtime", "expected more than 0 and at most \(seconds) seconds")
      }
    }
  }

  /// Whether the two differ in what bounds those who manage the project, and so in what they may not choose.
  func isGoverned(unlike other: ProjectSettings) -> Bool {
    var same = other
    same.name = name
    same.retentionDays = retentionDays
    return self != same
  }
}

extension Quota {
  func check() throws(TenancyRefusal) {
    guard !limits.isEmpty, limits.count <= TenancyLimits.measuresPerQuotaMax else {
      throw .invalid("limits", "expected 1 to \(TenancyLimits.measuresPerQuotaMax) limits")
    }
    for (measure, limit) in limits.sorted(by: { $0.key.rank < $1.key.rank }) {
      guard limit >= 0 else { throw .invalid(measure.name, "expected 0 or more") }
      if case .gpusOfType(let type) = measure {
        guard !type.isEmpty else { throw .invalid("max_gpus_per_type", "a type is empty") }
        try TenancyRefusal.check(type, field: "max_gpus_per_type")
      }
    }
    guard case .burst(let terms) = kind else { return }
    guard (1_000...100_000).contains(terms.multiplierThousandths) else {
      throw .invalid("burst_multiplier", "expected 1 to 100")
    }
    let spans = [
      ("burst_duration_hours", terms.duration), ("burst_cooldown_hours", terms.cooldown),
    ]
    for (field, span) in spans where span < .zero || span > TenancyLimits.runtimeMax {
      throw .invalid(field, "expected 0 hours to ten years")
    }
  }
}

extension Text {
  /// Whether the text is a SHA-256 as 64 lower-case hexadecimal digits.
  var isSHA256: Bool {
    let bytes = utf8Bytes
    return bytes.count == 64
      && bytes.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
      }
  }
}
