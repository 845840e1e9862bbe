import Model

extension SnapshotReader {
  private static let queueKeys = [
    "name", "id", "parent", "cohort", "nominal", "borrowing_limit", "lending_limit", "weight",
    "within", "reclaim", "fair_share_rules", "created", "state", "status",
    "active_hours",
  ]

  /// Amounts of one quota by name, before all columns are known.
  private struct Quota {
    var amounts: [SnapshotColumn.Kind: Int64] = [:]
  }

  private struct ReadQueue {
    var field: JSONField
    var settings: QueueSettings
    var hold: String?
    var hours: ActiveHours?
    var nominal = Quota()
    var borrowing: Quota?
    var lending: Quota?
  }

  /// Queues and groups: groups are queues that others name as their parent, whichever list they are in.
  mutating func readQueues(_ top: FieldMembers) throws(FieldProblem) {
    var read: [ReadQueue] = []
    for key in ["queues", "cohorts"] {
      guard let field = try top.find(key) else { continue }
      for field in try elements(field) { read.append(try readQueue(field)) }
    }
    addColumns()
    let groups = Set(read.compactMap(\.settings.parent))
    let isFlat = groups.isEmpty
    snapshot.sharesCluster = snapshot.nodes != nil && isFlat
    if let field = try top.find("share_cluster") {
      snapshot.sharesCluster = try field.bool()
      guard !snapshot.sharesCluster || snapshot.nodes != nil else {
        throw field.problem("there are no `nodes` whose capacity could be shared")
      }
    }
    read.sort { ($0.settings.created, $0.settings.name) < ($1.settings.created, $1.settings.name) }
    for (number, queue) in read.enumerated() {
      var settings = queue.settings
      guard queueNumbers.updateValue(number, forKey: settings.name) == nil else {
        throw queue.field.problem("the queue \"\(settings.name)\" is there twice")
      }
      for column in snapshot.columns {
        // What a queue does not name is not limited for it, and it lends none of it; a group owns none of it.
        let amount = queue.nominal.amounts[column.kind]
        let isUnlimited = amount == nil && !groups.contains(settings.name)
        settings.nominal.append(isUnlimited ? QuotaTree.quantityLimit : amount ?? 0)
        settings.borrowingLimit.append(queue.borrowing?.amounts[column.kind])
        settings.lendingLimit.append(isUnlimited ? 0 : queue.lending?.amounts[column.kind])
      }
      snapshot.queues.append(settings)
      snapshot.queueHolds.append(queue.hold)
      snapshot.queueHours.append(queue.hours)
    }
  }

  /// Processors, memory and devices are always there, so that what is short of them decides who makes room.
  private mutating func addColumns() {
    func add(_ column: SnapshotColumn) {
      if !snapshot.columns.contains(where: { $0.kind == column.kind }) {
        snapshot.columns.append(column)
      }
    }
    add(SnapshotColumn(.cpu, name: "cpu", decimals: 3, isNamed: false))
    add(SnapshotColumn(.memory, name: "memory_mb", decimals: 0, isNamed: false))
    let countsByModel = snapshot.columns.contains {
      if case .gpu(_?) = $0.kind { true } else { false }
    }
    if !countsByModel {
      add(SnapshotColumn(.gpu(model: nil), name: "gpus", decimals: 3, isNamed: false))
    }
    snapshot.columns.sort { Self.rank($0) < Self.rank($1) }
  }

  private static func rank(_ column: SnapshotColumn) -> (Int, String) {
    switch column.kind {
    case .cpu: (0, "")
    case .memory: (1, "")
    case .gpu(let model): (2, model ?? "")
    case .storage: (3, "")
    case .network: (4, "")
    }
  }

  private mutating func readQueue(_ field: JSONField) throws(FieldProblem) -> ReadQueue {
    let members = try field.members(Self.queueKeys)
    let name = try members.required("name", "id").string()
    var queue = ReadQueue(field: field, settings: QueueSettings(name: name, nominal: []))
    queue.settings.parent = try members.find("parent", "cohort")?.string()
    if let field = try members.find("nominal") { queue.nominal = try quota(field) }
    if let field = try members.find("borrowing_limit") { queue.borrowing = try quota(field) }
    if let field = try members.find("lending_limit") { queue.lending = try quota(field) }
    if let field = try members.find("weight") {
      queue.settings.weightMilli = try field.decimal(places: 3, max: QuotaTree.weightLimit)
    }
    if let field = try members.find("within") {
      queue.settings.within = try field.choice(WithinRule.self)
    }
    if let field = try members.find("reclaim") {
      queue.settings.reclaim = try field.choice(ReclaimRule.self)
    }
    if let field = try members.find("fair_share_rules") {
      for field in try field.elements() {
        queue.settings.fairShareRules.append(try field.choice(FairShareRule.self))
      }
    }
    if let field = try members.find("active_hours") { queue.hours = try activeHours(field) }
    if let field = try members.find("created") { queue.settings.created = try field.instant() }
    if let field = try members.find("state", "status") {
      switch try field.choice(QueueState.self) {
      case .active, .draining: break
      case .paused: queue.hold = "paused"
      case .closed: queue.hold = "closed"
      }
    }
    return queue
  }

  private enum QueueState: String, CaseIterable {
    case active, paused, draining, closed
  }

  private static let quotaKeys = [
    "cpu", "cpus", "cpu_cores", "cpu_milli", "memory_mb", "memory_gb", "storage_mb", "storage_gb",
    "network_mbps", "gpus", "gpu", "gpu_count", "gpu_milli",
  ]

  private mutating func quota(_ field: JSONField) throws(FieldProblem) -> Quota {
    let members = try field.members(Self.quotaKeys)
    var quota = Quota()
    let most = QuotaTree.quantityLimit / 1000
    if let field = try members.find("cpu", "cpus", "cpu_cores") {
      quota.amounts[column(.cpu, "cpu", 3)] = try field.decimal(places: 3, max: most)
    }
    if let field = try members.find("cpu_milli") {
      quota.amounts[column(.cpu, "cpu_milli", 0)] = try field.integer(0...most)
    }
    for (key, alternative, kind) in [
      ("memory_mb", "memory_gb", SnapshotColumn.Kind.memory),
      ("storage_mb", "storage_gb", .storage),
    ] {
      let isNamed = members.members.contains { $0.key == key || $0.key == alternative }
      guard isNamed else { continue }
      quota.amounts[column(kind, key, 0)] = try megabytes(members, key, alternative)
    }
    if let field = try members.find("network_mbps") {
      quota.amounts[column(.network, "network_mbps", 0)] = try field.integer(0...most)
    }
    if let field = try members.find("gpus", "gpu", "gpu_count") {
      try readDevices(field, places: 3, into: &quota)
    }
    if let field = try members.find("gpu_milli") {
      try readDevices(field, places: 0, into: &quota)
    }
    return quota
  }

  /// Devices of all models, or an object with an amount for each model.
  private mutating func readDevices(
    _ field: JSONField, places: Int, into quota: inout Quota
  ) throws(FieldProblem) {
    let name = places == 3 ? "gpus" : "gpu_milli"
    let most = QuotaTree.quantityLimit / 1000
    let countsByModel = if case .object = field.value { true } else { false }
    for column in snapshot.columns {
      guard case .gpu(let model) = column.kind else { continue }
      guard (model != nil) == countsByModel else {
        throw field.problem("count GPUs by model in all queues or in none")
      }
    }
    guard countsByModel else {
      quota.amounts[column(.gpu(model: nil), name, places)] = try field.decimal(
        places: places, max: most)
      return
    }
    for (model, field) in try field.entries() {
      quota.amounts[column(.gpu(model: model), "\(name) \(model)", places)] = try field.decimal(
        places: places, max: most)
    }
  }

  /// The column of a kind; its name and decimals are those under which it is named first.
  private mutating func column(
    _ kind: SnapshotColumn.Kind, _ name: String, _ decimals: Int
  ) -> SnapshotColumn.Kind {
    if !snapshot.columns.contains(where: { $0.kind == kind }) {
      snapshot.columns.append(SnapshotColumn(kind, name: name, decimals: decimals))
    }
    return kind
  }
}
