import Model

extension SettingsDraft {
  /// Reads `pools`: new pools, and changes of those that there are already.
  mutating func applyPools(_ node: SettingsNode) {
    guard case .list(let items) = node.content else {
      report(.error, "pools", node.origin, "expected a list of pools, got \(node.found)")
      return
    }
    guard items.count <= configuration.limits.pools else {
      report(
        .error, "pools", node.origin,
        "expected at most \(configuration.limits.pools) pools, got \(items.count)")
      return
    }
    var seen: [String: SettingsOrigin] = [:]
    for (index, item) in items.enumerated() {
      let path = "pools[\(index)]"
      guard case .map(let entries) = item.content else {
        report(.error, path, item.origin, "expected a pool's keys, got \(item.found)")
        continue
      }
      guard let name = poolName(item, path: path) else { continue }
      if let first = seen[name.lowercased()] {
        report(.error, "\(path).name", item.origin, "pool \(name) is already given at \(first)")
        continue
      }
      seen[name.lowercased()] = item.origin
      applyPool(Text(name), entries, item.origin, path: path)
    }
  }

  private mutating func poolName(_ item: SettingsNode, path: String) -> String? {
    guard let node = item["name"] else {
      report(.error, "\(path).name", item.origin, "every pool needs a name")
      return nil
    }
    return value("\(path).name", node.origin) { () throws(SettingsMismatch) in
      let name = try node.text(bytesMax: 63)
      let isGood = name.utf8.enumerated().allSatisfy { place, byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "/"),
          UInt8(ascii: "-"):
          place > 0
        default: false
        }
      }
      guard isGood, !name.isEmpty else {
        throw SettingsMismatch(
          message: "expected a name of letters, digits and _ . : / -, got \(node.found)")
      }
      return name
    }
  }

  /// The keys of one pool as they were given; nil = not given.
  private struct PoolDraft {
    var number: Int32?
    var kind: PoolKind?
    var limit: Int64?
    var unit: String?
    var algorithm: RateRule.Algorithm?
    var period: TimeSpan?
    var burst: Int64?
    var safeLimit: Int64?
    var lockDelay: TimeSpan?
    var alwaysRespectsLimits: Bool?
    var origins: [String: SettingsOrigin] = [:]
  }

  private mutating func applyPool(
    _ name: Text, _ entries: [SettingsNode.Entry], _ origin: SettingsOrigin, path: String
  ) {
    var draft = PoolDraft()
    let errorsBefore = problems.count { $0.severity == .error }
    for entry in entries where entry.key != "name" {
      draft.origins[entry.key] = entry.keyOrigin
      do {
        if try !SettingsDraft.read(entry, into: &draft) {
          reportUnknown(entry, path: "\(path).\(entry.key)", among: SettingField.pool.map(\.name))
        }
      } catch {
        report(
          .error, "\(path).\(entry.key)", entry.value.origin, error.message,
          suggestions: error.suggestions)
      }
    }
    let base = configuration.pools.first { $0.name == name }
    let kind = draft.kind ?? base?.kind ?? .capacity
    if draft.limit == nil, base == nil, draft.origins["limit"] == nil {
      report(.error, "\(path).limit", origin, "a new pool needs a limit")
    }
    let limit = draft.limit ?? base?.capacity ?? 0
    let rate = rateRule(draft, kind: kind, base: base, limit: limit, origin, path: path)
    let safe = draft.safeLimit ?? base?.safeCapacity
    if let safe, safe > limit {
      report(
        .error, "\(path).safe_limit", draft.origins["safe_limit"] ?? origin,
        "expected at most the limit \(limit), got \(safe)")
    }
    guard problems.count(where: { $0.severity == .error }) == errorsBefore else { return }
    let pool = PoolDefinition(
      name: name, number: draft.number ?? base?.number ?? 0,
      unit: draft.unit.map { Text($0) } ?? base?.unit ?? .empty, kind: kind, rate: rate,
      capacity: limit, safeCapacity: safe, lockDelay: draft.lockDelay ?? base?.lockDelay,
      alwaysRespectsLimits: draft.alwaysRespectsLimits ?? base?.alwaysRespectsLimits ?? false)
    if let place = configuration.pools.firstIndex(where: { $0.name == name }) {
      configuration.pools[place] = pool
    } else {
      configuration.pools.append(pool)
    }
    origins["pools.\(name)"] = origin
  }

  /// Reads one key; false where nothing knows it.
  private static func read(
    _ entry: SettingsNode.Entry, into draft: inout PoolDraft
  ) throws(SettingsMismatch) -> Bool {
    let node = entry.value
    let quantities = 0...Limits().quantity
    switch entry.key {
    case "number": draft.number = Int32(try node.integer(in: 0...Int64(Int32.max)))
    case "kind": draft.kind = try node.choice(PoolKind.allCases.map { ($0.name, $0) })
    case "limit": draft.limit = try node.integer(in: quantities)
    case "unit": draft.unit = try node.text(bytesMax: 32)
    case "algorithm":
      draft.algorithm = try node.choice(RateRule.Algorithm.allCases.map { ($0.name, $0) })
    case "period_seconds":
      draft.period = try node.span(in: .nanoseconds(1) ... .seconds(3660 * 86_400))
    case "burst": draft.burst = try node.integer(in: quantities)
    case "safe_limit": draft.safeLimit = try node.integer(in: quantities)
    case "lock_delay_seconds": draft.lockDelay = try node.span(in: .zero ... .seconds(3600))
    case "always_respects_limits": draft.alwaysRespectsLimits = try node.truth()
    default: return false
    }
    return true
  }

  /// The rule of a rate pool; nil for the others, whose rate keys are reported.
  private mutating func rateRule(
    _ draft: PoolDraft, kind: PoolKind, base: PoolDefinition?, limit: Int64,
    _ origin: SettingsOrigin, path: String
  ) -> RateRule? {
    guard kind == .rate else {
      for key in ["algorithm", "period_seconds", "burst"] {
        guard let keyOrigin = draft.origins[key] else { continue }
        if kind == .hold, key == "period_seconds" {
          report(
            .warning, "\(path).\(key)", keyOrigin,
            "has no effect on a pool of kind hold, whose units come back by release alone")
        } else {
          report(
            .error, "\(path).\(key)", keyOrigin,
            "belongs to pools of kind rate, and this one is of kind \(kind.name)")
        }
      }
      return nil
    }
    guard let period = draft.period ?? base?.rate?.period else {
      if draft.origins["period_seconds"] == nil {
        report(.error, "\(path).period_seconds", origin, "a rate pool needs a period")
      }
      return nil
    }
    if limit == 0, draft.limit != nil {
      report(
        .error, "\(path).limit", draft.origins["limit"] ?? origin,
        "expected at least 1 unit per period")
    }
    let algorithm = draft.algorithm ?? base?.rate?.algorithm ?? .gcra
    switch algorithm {
    case .calendar:
      if let keyOrigin = draft.origins["burst"] {
        report(.warning, "\(path).burst", keyOrigin, "has no effect with the algorithm calendar")
      }
    case .gcra:
      if limit > period.nanoseconds {
        report(
          .error, "\(path).limit", draft.origins["limit"] ?? origin,
          "\(limit) units in \(DecimalText.seconds(nanoseconds: period.nanoseconds)) s are more than"
            + " one each nanosecond")
      }
    }
    let burst = draft.burst ?? (draft.limit == nil ? base?.rate?.burst : nil) ?? max(0, limit - 1)
    return RateRule(
      algorithm: algorithm, period: period, burst: algorithm == .calendar ? 0 : burst)
  }
}
