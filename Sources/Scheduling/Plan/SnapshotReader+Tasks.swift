import Model

extension SnapshotReader {
  static let taskKeys =
    amountKeys + [
      "resources", "gpus", "gpu", "gpu_count", "gpu_milli", "mig", "gpu_model", "gpu_type",
      "gpu_memory_mb", "gpu_memory_gb", "gpu_compute_capability", "interconnect", "same_numa_node",
      "exclusive_node", "node_selector", "node_affinity", "node_preferences", "tolerations",
      "zone", "zones", "labels", "near", "away", "datasets",
    ]

  private static let resourceKeys =
    amountKeys + [
      "gpus", "gpu", "gpu_count", "gpu_milli", "mig", "gpu_model", "gpu_type", "gpu_memory_mb",
      "gpu_memory_gb", "gpu_compute_capability", "interconnect", "same_numa_node",
      "exclusive_node",
    ]

  /// What one task asks; what is not named is as in `common`.
  func request(
    _ members: FieldMembers, _ common: TaskRequest
  ) throws(FieldProblem) -> TaskRequest {
    var request = common
    try readAmounts(members, into: &request)
    if let field = try members.find("resources") {
      try readAmounts(try field.members(Self.resourceKeys), into: &request)
    }
    try readNodeConstraints(members, into: &request)
    try readTaskRelations(members, into: &request)
    return request
  }

  private func readAmounts(
    _ members: FieldMembers, into request: inout TaskRequest
  ) throws(FieldProblem) {
    let amounts = try amounts(members)
    if amounts.cpuMilli > 0 { request.amounts.cpuMilli = amounts.cpuMilli }
    if amounts.memoryMB > 0 { request.amounts.memoryMB = amounts.memoryMB }
    if amounts.storageMB > 0 { request.amounts.storageMB = amounts.storageMB }
    if amounts.ephemeralStorageMB > 0 {
      request.amounts.ephemeralStorageMB = amounts.ephemeralStorageMB
    }
    if amounts.networkMbps > 0 { request.amounts.networkMbps = amounts.networkMbps }
    if let gpu = try devices(members) { request.gpu = gpu }
    if let field = try members.find("gpu_model", "gpu_type") {
      if case .array = field.value {
        request.gpuConstraints.models = Set(try field.strings()).sorted()
      } else {
        request.gpuConstraints.models = [try field.string()]
      }
    }
    let memory = try megabytes(members, "gpu_memory_mb", "gpu_memory_gb")
    if memory > 0 { request.gpuConstraints.memoryMB = memory }
    if let field = try members.find("gpu_compute_capability") {
      request.gpuConstraints.computeCapability = try capability(field)
    }
    if let field = try members.find("interconnect") {
      request.gpuConstraints.interconnect = try field.choice(GPUConstraints.Interconnect.self)
    }
    if let field = try members.find("same_numa_node") {
      request.gpuConstraints.sameNUMANode = try field.bool()
    }
    if let field = try members.find("exclusive_node") {
      request.exclusiveNode = try field.bool()
    }
  }

  /// Whole devices, a part of one, or hardware instances; nil where nothing is said.
  private func devices(_ members: FieldMembers) throws(FieldProblem) -> GPURequest? {
    let whole = Int(GPUDevice.wholeMilli)
    let most = ClusterLimits.devicesPerNode * whole
    var milli: (count: Int, field: JSONField)?
    if let field = try members.find("gpus", "gpu", "gpu_count") {
      milli = (Int(try field.decimal(places: 3, max: Int64(most))), field)
    }
    if let field = try members.find("gpu_milli") {
      guard milli == nil else { throw field.problem("`gpus` says the same") }
      milli = (try field.integer(0...most), field)
    }
    if let field = try members.find("mig") {
      guard milli == nil else { throw field.problem("`gpus` says the same") }
      let members = try field.members(["profile", "count"])
      return .instances(
        profile: try members.required("profile").string(),
        count: try members.find("count")?.integer(1...64) ?? 1)
    }
    guard let milli else { return nil }
    if milli.count == 0 { return GPURequest.none }
    if milli.count < whole { return .share(milli: milli.count) }
    guard milli.count % whole == 0 else {
      throw milli.field.problem("a task takes whole GPUs, or a part of one")
    }
    return .devices(count: milli.count / whole)
  }

  private func readNodeConstraints(
    _ members: FieldMembers, into request: inout TaskRequest
  ) throws(FieldProblem) {
    if let field = try members.find("node_selector") { request.nodeSelector = try labels(field) }
    if let field = try members.find("node_affinity") {
      request.nodeAffinity = []
      for field in try field.elements() { request.nodeAffinity.append(try selector(field)) }
    }
    if let field = try members.find("node_preferences") {
      request.nodePreferences = []
      for field in try field.elements() {
        let members = try field.members(["match", "weight"])
        request.nodePreferences.append(
          NodePreference(
            try selector(try members.required("match")),
            weight: try members.find("weight")?.integer(1...100) ?? 1))
      }
    }
    if let field = try members.find("tolerations") {
      request.tolerations = []
      for field in try field.elements() { request.tolerations.append(try toleration(field)) }
    }
    if let field = try members.find("zone") { request.zones = [try field.string()] }
    if let field = try members.find("zones") { request.zones = try field.strings() }
    if let field = try members.find("datasets") { request.datasets = try field.strings() }
  }

  private func readTaskRelations(
    _ members: FieldMembers, into request: inout TaskRequest
  ) throws(FieldProblem) {
    if let field = try members.find("labels") { request.labels = try labels(field) }
    for (key, isNear) in [("near", true), ("away", false)] {
      guard let field = try members.find(key) else { continue }
      if isNear { request.taskAffinity = [] } else { request.taskAntiAffinity = [] }
      for field in try field.elements() {
        let members = try field.members(["match", "topology", "weight"])
        let affinity = TaskAffinity(
          try selector(try members.required("match")), topology: try topology(members))
        if let weight = try members.find("weight") {
          request.taskPreferences.append(
            TaskPreference(affinity, isNear: isNear, weight: try weight.integer(1...100)))
        } else if isNear {
          request.taskAffinity.append(affinity)
        } else {
          request.taskAntiAffinity.append(affinity)
        }
      }
    }
  }

  /// `node`, `zone`, or the name of a label.
  private func topology(_ members: FieldMembers) throws(FieldProblem) -> TaskAffinity.Topology {
    guard let text = try members.find("topology")?.string() else { return .node }
    switch text {
    case "node": return .node
    case "zone": return .zone
    default: return .label(text)
    }
  }

  private func toleration(_ field: JSONField) throws(FieldProblem) -> Toleration {
    if case .string = field.value { return Toleration(key: try field.string()) }
    let members = try field.members(["key", "value", "effect"])
    var toleration = Toleration()
    toleration.key = try members.find("key")?.string()
    toleration.value = try members.find("value")?.string()
    toleration.effect = try members.find("effect")?.choice(Taint.Effect.self)
    return toleration
  }

  /// An object of labels that must be there, or a list of conditions.
  private func selector(_ field: JSONField) throws(FieldProblem) -> LabelSelector {
    if case .object = field.value { return LabelSelector(matching: try labels(field)) }
    var requirements: [LabelRequirement] = []
    for field in try field.elements() {
      let members = try field.members(["key", "operator", "values"])
      let key = try members.required("key").string()
      let values = try members.find("values")?.strings() ?? []
      switch try members.required("operator").choice(SelectorOperator.self) {
      case .isIn: requirements.append(.isOneOf(key: key, values: values))
      case .isNotIn: requirements.append(.isNoneOf(key: key, values: values))
      case .exists: requirements.append(.exists(key: key))
      case .doesNotExist: requirements.append(.isAbsent(key: key))
      case .isGreater: requirements.append(.isGreater(key: key, than: try bound(values, field)))
      case .isLess: requirements.append(.isLess(key: key, than: try bound(values, field)))
      }
    }
    return LabelSelector(requirements)
  }

  private func bound(_ values: [String], _ field: JSONField) throws(FieldProblem) -> Int64 {
    guard values.count == 1, let bound = Int64(values[0]) else {
      throw field.problem("`values` has one whole number as a text")
    }
    return bound
  }

  private enum SelectorOperator: String, CaseIterable {
    case isIn = "In"
    case isNotIn = "NotIn"
    case exists = "Exists"
    case doesNotExist = "DoesNotExist"
    case isGreater = "Gt"
    case isLess = "Lt"
  }
}
