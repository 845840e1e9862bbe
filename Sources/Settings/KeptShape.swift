import Model

/// What is known of a block that is read and kept without being used: enough to find a wrong value in it.
package indirect enum KeptShape: Sendable {
  case integer, seconds, fraction, number, truth, text
  case choice([String])
  case block([Named])
  /// A block whose keys are free.
  case each(KeptShape)
  case list(KeptShape)

  package struct Named: Sendable {
    package let name: String
    package let shape: KeptShape

    init(_ name: String, _ shape: KeptShape) {
      self.name = name
      self.shape = shape
    }
  }

  private static let policies = KeptShape.choice([
    "fifo", "priority", "fair_share", "deadline", "backfill", "gang", "preemptive",
  ])

  /// The blocks that stand at the top of a file.
  package static let blocks: [Named] = [
    Named(
      "scheduler",
      .block([
        Named("primary_policy", policies), Named("secondary_policy", policies),
        Named("enable_preemption", .truth), Named("enable_backfill", .truth),
        Named("enable_gang_scheduling", .truth), Named("scheduling_interval", .seconds),
        Named(
          "fair_share",
          .block([Named("window_hours", .number), Named("decay_factor", .fraction)])),
        Named(
          "preemption",
          .block([
            Named("grace_period", .seconds), Named("priority_threshold", .integer),
            Named("max_preemptions", .integer),
          ])),
      ])),
    Named(
      "simulation",
      .block([
        Named("default_job_duration", .seconds), Named("failure_rate", .fraction),
        Named("enable_cost_tracking", .truth), Named("seed", .integer),
        Named("network_delay", .seconds), Named("max_documents", .integer),
        Named("query_timeout", .seconds),
      ])),
    Named("cluster", .block([Named("nodes", .integer), Named("job_rate_per_minute", .number)])),
    Named(
      "clusters",
      .each(
        .block([
          Named(
            "nodes",
            .list(
              .block([
                Named("id", .text), Named("gpus", .integer), Named("gpu_type", .text),
                Named("memory_gb", .number), Named("cpu_cores", .number),
              ])))
        ]))),
  ]

  /// Single keys inside blocks that are used otherwise.
  package static let keys: [Named] = [
    Named("lease.keepalive_factor", .number), Named("lease.grace_seconds", .seconds),
    Named("history.max_finished_jobs", .integer), Named("history.record_file", .text),
    Named("log.file", .text),
  ]
}

extension SettingsDraft {
  /// Checks a kept value as far as its shape is known. Unknown keys are only warned of: whoever uses the block later
  /// may know them.
  mutating func check(_ node: SettingsNode, _ shape: KeptShape, path: String) {
    if node.isNull { return }
    switch shape {
    case .integer:
      _ = value(path, node.origin) { () throws(SettingsMismatch) in
        try node.integer(in: 0...(.max))
      }
    case .seconds:
      _ = value(path, node.origin) { () throws(SettingsMismatch) in
        try node.span(in: .zero ... .seconds(3660 * 86_400))
      }
    case .fraction:
      _ = value(path, node.origin) { () throws(SettingsMismatch) in
        try node.fraction()
      }
    case .number:
      _ = value(path, node.origin) { () throws(SettingsMismatch) in
        try node.positiveNumber()
      }
    case .truth: _ = value(path, node.origin) { () throws(SettingsMismatch) in try node.truth() }
    case .text:
      _ = value(path, node.origin) { () throws(SettingsMismatch) in
        try node.text(bytesMax: 4096)
      }
    case .choice(let names):
      _ = value(path, node.origin) { () throws(SettingsMismatch) in
        try node.choice(names.map { ($0, $0) })
      }
    case .block(let known):
      for entry in checkedEntries(node, path: path) {
        let entryPath = "\(path).\(entry.key)"
        if let inner = known.first(where: { $0.name == entry.key }) {
          check(entry.value, inner.shape, path: entryPath)
        } else {
          reportUnknown(entry, path: entryPath, among: known.map(\.name), .warning)
        }
      }
    case .each(let inner):
      for entry in checkedEntries(node, path: path) {
        check(entry.value, inner, path: "\(path).\(entry.key)")
      }
    case .list(let inner):
      guard case .list(let items) = node.content else {
        report(.error, path, node.origin, "expected a list, got \(node.found)")
        return
      }
      for (index, item) in items.enumerated() { check(item, inner, path: "\(path)[\(index)]") }
    }
  }

  private mutating func checkedEntries(_ node: SettingsNode, path: String) -> [SettingsNode.Entry] {
    guard case .map(let entries) = node.content else {
      report(.error, path, node.origin, "expected a block of keys, got \(node.found)")
      return []
    }
    return entries
  }
}
