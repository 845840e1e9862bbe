import Model

extension SnapshotReader {
  private static let nodeKeys =
    amountKeys + [
      "name", "id", "gpus", "gpu", "gpu_count", "gpu_model", "gpu_type", "gpu_memory_mb",
      "gpu_memory_gb", "labels", "taints", "zone", "state", "status", "overcommit", "datasets",
      "cost_per_hour",
    ]

  /// Names of amounts other than devices, for nodes and tasks.
  static let amountKeys = [
    "cpu", "cpus", "cpu_count", "cpu_cores", "cpu_milli", "memory_mb", "memory_gb", "storage_mb",
    "storage_gb", "ephemeral_storage_mb", "ephemeral_storage_gb", "network_mbps",
    "network_bandwidth_gbps",
  ]

  mutating func readNodes(_ field: JSONField) throws(FieldProblem) {
    var nodes: [(node: Node, withheld: [(device: Int, milli: Int)])] = []
    let fields = try elements(field)
    guard fields.count <= ClusterLimits.nodes else {
      throw field.problem("\(fields.count) nodes; at most \(ClusterLimits.nodes) are supported")
    }
    var names: Set<String> = []
    for field in fields {
      let read = try readNode(field)
      guard names.insert(read.node.name).inserted else {
        throw field.problem("the node \"\(read.node.name)\" is there twice")
      }
      nodes.append(read)
    }
    // By name, so that the order of the list means nothing.
    nodes.sort { $0.node.name < $1.node.name }
    snapshot.nodes = nodes.map(\.node)
    for (number, entry) in nodes.enumerated() {
      nodeNumbers[entry.node.name] = number
      for (device, milli) in entry.withheld {
        snapshot.withheld.append(WithheldShare(node: number, device: device, milli: milli))
      }
    }
  }

  private func readNode(
    _ field: JSONField
  ) throws(FieldProblem) -> (node: Node, withheld: [(device: Int, milli: Int)]) {
    let members = try field.members(Self.nodeKeys)
    var node = Node(
      name: try members.required("name", "id").string(), capacity: try amounts(members))
    var withheld: [(device: Int, milli: Int)] = []
    if let field = try members.find("gpus", "gpu", "gpu_count") {
      (node.devices, withheld) = try devices(field, of: members)
    }
    if let field = try members.find("labels") { node.labels = try labels(field) }
    if let field = try members.find("taints") {
      for field in try field.elements() { node.taints.append(try taint(field)) }
    }
    if let field = try members.find("zone") { node.zone = try field.string() }
    if let field = try members.find("state", "status") {
      node.state = try field.choice(NodeState.self)
    }
    if let field = try members.find("overcommit") {
      let members = try field.members(["cpu", "memory"])
      // As a factor: 1.5 promises half as much again.
      if let field = try members.find("cpu") {
        node.overcommit.cpuPercent = try percent(field)
      }
      if let field = try members.find("memory") {
        node.overcommit.memoryPercent = try percent(field)
      }
    }
    if let field = try members.find("datasets") { node.datasets = try field.strings() }
    if let field = try members.find("cost_per_hour") {
      node.costPerHourMicros = try field.decimal(places: 6, max: Resources.amountMax)
    }
    return (node, withheld)
  }

  private func percent(_ field: JSONField) throws(FieldProblem) -> Int64 {
    let percent = try field.decimal(places: 2, max: Overcommit.range.upperBound)
    guard Overcommit.range.contains(percent) else { throw field.expected("a factor from 0.01 on") }
    return percent
  }

  /// Amounts other than devices.
  func amounts(_ members: FieldMembers) throws(FieldProblem) -> Resources {
    var amounts = Resources.zero
    if let field = try members.find("cpu", "cpus", "cpu_count", "cpu_cores") {
      amounts.cpuMilli = try field.decimal(places: 3, max: Resources.amountMax)
    }
    if let field = try members.find("cpu_milli") {
      guard amounts.cpuMilli == 0 else { throw field.problem("`cpu` says the same") }
      amounts.cpuMilli = try field.integer(0...Resources.amountMax)
    }
    amounts.memoryMB = try megabytes(members, "memory_mb", "memory_gb")
    amounts.storageMB = try megabytes(members, "storage_mb", "storage_gb")
    amounts.ephemeralStorageMB = try megabytes(
      members, "ephemeral_storage_mb", "ephemeral_storage_gb")
    if let field = try members.find("network_mbps") {
      amounts.networkMbps = try field.integer(0...Resources.amountMax)
    }
    if let field = try members.find("network_bandwidth_gbps") {
      guard amounts.networkMbps == 0 else { throw field.problem("`network_mbps` says the same") }
      amounts.networkMbps = try field.decimal(places: 3, max: Resources.amountMax)
    }
    return amounts
  }

  /// Megabytes, or gigabytes of 1024 of them.
  func megabytes(
    _ members: FieldMembers, _ megabytes: String, _ gigabytes: String, alias: String? = nil
  ) throws(FieldProblem) -> Int64 {
    let field = try members.find(megabytes, alias ?? megabytes)
    if let other = try members.find(gigabytes) {
      guard field == nil else { throw other.problem("`\(megabytes)` says the same") }
      let milli = try other.decimal(places: 3, max: Resources.amountMax)
      return milli * 1024 / 1000
    }
    return try field?.integer(0...Resources.amountMax) ?? 0
  }

  // MARK: Devices

  private static let deviceKeys = [
    "model", "type", "memory_mb", "memory", "memory_gb", "milli", "shares", "compute_capability",
    "numa_node", "linked_peers", "mig",
  ]

  private func devices(
    _ field: JSONField, of node: FieldMembers
  ) throws(FieldProblem) -> ([GPUDevice], withheld: [(device: Int, milli: Int)]) {
    var common = GPUDevice(model: "")
    if let field = try node.find("gpu_model", "gpu_type") { common.model = try field.string() }
    common.memoryMB = try megabytes(node, "gpu_memory_mb", "gpu_memory_gb")
    guard case .array = field.value else {
      let count = try field.integer(0...ClusterLimits.devicesPerNode)
      return (Array(repeating: common, count: count), [])
    }
    var devices: [GPUDevice] = []
    var withheld: [(device: Int, milli: Int)] = []
    for field in try field.elements() {
      let members = try field.members(Self.deviceKeys)
      var device = common
      if let field = try members.find("model", "type") { device.model = try field.string() }
      let memory = try megabytes(members, "memory_mb", "memory_gb", alias: "memory")
      if memory > 0 { device.memoryMB = memory }
      if let field = try members.find("compute_capability") {
        device.computeCapability = try capability(field)
      }
      if let field = try members.find("numa_node") { device.numaNode = try field.integer(0...1023) }
      if let field = try members.find("linked_peers") {
        for peer in try field.elements() {
          device.linkedPeers.append(try peer.integer(0...ClusterLimits.devicesPerNode - 1))
        }
      }
      if let field = try members.find("mig") { device.division = try division(field) }
      if let field = try members.find("milli", "shares") {
        let whole = Int(GPUDevice.wholeMilli)
        let milli = try field.integer(0...whole)
        if milli < whole { withheld.append((devices.count, whole - milli)) }
      }
      devices.append(device)
    }
    guard devices.count <= ClusterLimits.devicesPerNode else {
      throw field.problem("at most \(ClusterLimits.devicesPerNode) devices of a node are supported")
    }
    return (devices, withheld)
  }

  func capability(_ field: JSONField) throws(FieldProblem) -> ComputeCapability {
    let text: String
    switch field.value {
    case .string(let value), .number(let value): text = value
    case .null, .bool, .array, .object: text = ""
    }
    guard let capability = ComputeCapability(text) else {
      throw field.expected("a compute capability such as \"8.0\"")
    }
    return capability
  }

  private func division(_ field: JSONField) throws(FieldProblem) -> GPUDevice.Division {
    if case .string(let text) = field.value {
      guard text.lowercased() == "a100" else { throw field.unknown(text, ["a100"]) }
      return .instances(MIGProfile.a100)
    }
    var profiles: [MIGProfile] = []
    for field in try field.elements() {
      let members = try field.members(["name", "length", "starts"])
      let range = 0...MIGProfile.slices - 1
      var starts: [Int] = []
      for field in try members.required("starts").elements() {
        starts.append(try field.integer(range))
      }
      let profile = MIGProfile(
        name: try members.required("name").string(),
        length: try members.required("length").integer(1...MIGProfile.slices),
        starts: starts.sorted())
      guard profile.isValid else {
        throw field.problem("a place of the profile is not on the device")
      }
      profiles.append(profile)
    }
    return .instances(profiles)
  }

  // MARK: Labels and taints

  func labels(_ field: JSONField) throws(FieldProblem) -> Labels {
    var labels: [String: String] = [:]
    for (key, field) in try field.entries() {
      guard let text = field.value.stringValue else { throw field.expected("a text") }
      labels[key] = text
    }
    return Labels(labels)
  }

  /// `{"key", "value", "effect"}`, or `key=value:effect` in one text.
  private func taint(_ field: JSONField) throws(FieldProblem) -> Taint {
    if case .string(let text) = field.value {
      let parts = text.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, let effect = Taint.Effect(rawValue: String(parts[1])) else {
        throw field.expected("a taint such as \"key=value:NoSchedule\"")
      }
      let pair = parts[0].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return Taint(
        key: String(pair[0]), value: pair.count == 2 ? String(pair[1]) : "", effect: effect)
    }
    let members = try field.members(["key", "value", "effect"])
    let effect = try members.find("effect")
    return Taint(
      key: try members.required("key").string(),
      value: try members.find("value")?.string() ?? "",
      effect: try effect?.choice(Taint.Effect.self) ?? .noSchedule)
  }
}
