import Model

extension Snapshot {
  /// Reads a description, and the instant that it calls now: the `now` that it names, or else the latest one at which one of
  /// its jobs was created or admitted.
  ///
  /// - Throws: ``SnapshotError`` with line, column and path for what is no JSON, unknown keys and values that make no sense.
  package static func parse(_ text: [UInt8]) throws(SnapshotError) -> (Snapshot, now: Instant) {
    let root = try value(text)
    do {
      var reader = SnapshotReader()
      try reader.read(JSONField(root))
      return (reader.snapshot, reader.now)
    } catch {
      throw error.located(in: root, text)
    }
  }
}

/// Reads a description part by part, those first that others name.
struct SnapshotReader {
  var snapshot = Snapshot(nodes: nil)
  var now = Instant.epoch
  var nodeNumbers: [String: Int] = [:]
  var queueNumbers: [String: Int] = [:]
  var accountNumbers: [String: Int] = [:]
  var userNumbers: [String: Int] = [:]
  var jobNames: Set<String> = []
  var taskCount = 0
  /// Megabytes of a job that a move copies in a second.
  var copiedMBPerSecond: Int64 = 1000
  /// Fields that name jobs, which may come later.
  var jobReferences: [(name: String, field: JSONField, mayBeFinished: Bool)] = []

  static let keys = [
    "now", "nodes", "queues", "cohorts", "share_cluster", "accounts", "users", "usage_history",
    "jobs", "running", "pending", "finished", "artifacts", "checkpoints", "reservations",
    "promised_starts", "maintenance", "bookings", "policy", "scheduler", "seed",
    "description",
  ]

  mutating func read(_ root: JSONField) throws(FieldProblem) {
    let top = try root.members(Self.keys)
    if let field = try top.find("policy") { try readPolicy(field) }
    if let field = try top.find("scheduler") { try readPolicy(field) }
    if let field = try top.find("seed") {
      snapshot.policy.seed = try field.integer(0...UInt64.max)
    }
    if let field = try top.find("nodes") { try readNodes(field) }
    try readQueues(top)
    if let field = try top.find("accounts") { try readAccounts(field) }
    if let field = try top.find("users") { try readUsers(field) }
    if let field = try top.find("usage_history") { try readCharges(field) }
    if let field = try top.find("finished") { try readFinished(field) }
    if let field = try top.find("artifacts") { snapshot.artifacts = Set(try field.strings()) }
    if let field = try top.find("checkpoints") { snapshot.checkpoints = Set(try field.strings()) }
    for (key, phase) in [("jobs", JobPhase.either), ("running", .running), ("pending", .pending)] {
      if let field = try top.find(key) { try readJobs(field, phase) }
    }
    if let field = try top.find("reservations") {
      snapshot.reservations = try readReservations(field, "reservation")
    }
    if let field = try top.find("promised_starts") { try readPromises(field) }
    if let field = try top.find("maintenance") {
      snapshot.maintenance = try readReservations(field, "maintenance")
    }
    if let field = try top.find("bookings") { try readBookings(field) }
    for reference in jobReferences where !jobNames.contains(reference.name) {
      if reference.mayBeFinished && snapshot.finished[reference.name] != nil { continue }
      throw reference.field.unknown(reference.name, jobNames.sorted())
    }
    if let field = try top.find("now") {
      now = try field.instant()
    } else {
      now = snapshot.jobs.lazy.map { max($0.created, $0.run?.admitted ?? .epoch) }.max() ?? .epoch
    }
  }

  // MARK: Users

  private mutating func readAccounts(_ field: JSONField) throws(FieldProblem) {
    let fields = try elements(field)
    var parents: [(parent: String, field: JSONField)?] = []
    var accounts: [SnapshotShareNode] = []
    var numbers: [String: Int] = [:]
    for field in fields {
      let members = try field.members(["name", "id", "parent", "shares"])
      let name = try members.required("name", "id")
      let text = try name.string()
      guard numbers.updateValue(accounts.count, forKey: text) == nil else {
        throw name.problem("the account \"\(text)\" is there twice")
      }
      let parent = try members.find("parent")
      parents.append(try parent.map { field throws(FieldProblem) in (try field.string(), field) })
      var account = SnapshotShareNode(name: text, kind: .account)
      if let shares = try members.find("shares") {
        account.shares = try shares.integer(0...ShareTree.shareLimit)
      }
      accounts.append(account)
    }
    // Parents first, the others in the order of their names, so that the order of the list means nothing.
    var depth = Array(repeating: 0, count: accounts.count)
    var parentNumbers: [Int?] = []
    for parent in parents {
      guard let parent else {
        parentNumbers.append(nil)
        continue
      }
      guard let number = numbers[parent.parent] else {
        throw parent.field.unknown(parent.parent, numbers.keys.sorted())
      }
      parentNumbers.append(number)
    }
    for index in accounts.indices {
      var next = parentNumbers[index]
      while let parent = next {
        depth[index] += 1
        guard depth[index] <= ShareTree.depthLimit else {
          throw fields[index].problem(
            "the account is its own ancestor, or lies deeper than \(ShareTree.depthLimit) levels")
        }
        next = parentNumbers[parent]
      }
    }
    let order = accounts.indices.sorted {
      (depth[$0], accounts[$0].name) < (depth[$1], accounts[$1].name)
    }
    for index in order {
      var account = accounts[index]
      account.parent = parentNumbers[index].flatMap { accountNumbers[accounts[$0].name] }
      accountNumbers[account.name] = snapshot.shareNodes.count
      snapshot.shareNodes.append(account)
    }
  }

  private mutating func readUsers(_ field: JSONField) throws(FieldProblem) {
    for field in try elements(field) {
      let members = try field.members(
        ["name", "id", "account", "parent", "shares", "share_weight", "usage", "max_priority"])
      let name = try members.required("name", "id")
      let text = try name.string()
      guard userNumbers[text] == nil else {
        throw name.problem("the user \"\(text)\" is there twice")
      }
      var user = SnapshotShareNode(name: text, kind: .user)
      if let account = try members.find("account", "parent") {
        let parent = try account.string()
        guard let number = accountNumbers[parent] else {
          throw account.unknown(parent, accountNumbers.keys.sorted())
        }
        user.parent = number
      }
      if let shares = try members.find("shares", "share_weight") {
        user.shares = try shares.integer(0...ShareTree.shareLimit)
      }
      if let usage = try members.find("usage") { user.usage = try usage.double(0...1e18) }
      if let most = try members.find("max_priority") {
        user.priorityMax = try priority(most)
      }
      userNumbers[text] = snapshot.shareNodes.count
      snapshot.shareNodes.append(user)
    }
  }

  /// A user's number; one that is not described belongs to no account and has one share.
  mutating func user(_ name: String) -> Int {
    if let number = userNumbers[name] { return number }
    userNumbers[name] = snapshot.shareNodes.count
    snapshot.shareNodes.append(SnapshotShareNode(name: name, kind: .user))
    return snapshot.shareNodes.count - 1
  }

  private mutating func readCharges(_ field: JSONField) throws(FieldProblem) {
    for field in try elements(field) {
      let members = try field.members(["user", "amount", "usage", "at"])
      let name = try members.required("user").string()
      snapshot.charges.append(
        SnapshotCharge(
          user: user(name), amount: try members.required("amount", "usage").double(0...1e18),
          at: try members.required("at").instant()))
    }
  }

  // MARK: The rest

  private mutating func readFinished(_ field: JSONField) throws(FieldProblem) {
    for (name, field) in try field.entries() {
      snapshot.finished[name] = try field.choice(FinishedState.self)
    }
  }

  /// - Parameter kind: what they are called that have no name.
  private func readReservations(
    _ field: JSONField, _ kind: String
  ) throws(FieldProblem) -> [NodeReservation] {
    var reservations: [NodeReservation] = []
    for (index, field) in try elements(field).enumerated() {
      let members = try field.members(["name", "id", "nodes", "node", "start", "end"])
      var nodes: [Int] = []
      if let field = try members.find("node") { nodes.append(try node(field)) }
      if let field = try members.find("nodes") {
        for field in try field.elements() { nodes.append(try node(field)) }
      }
      guard !nodes.isEmpty else { throw field.problem("`nodes` is missing") }
      let (start, end) = try times(members)
      let name = try members.find("name", "id")
      reservations.append(
        NodeReservation(
          name: try name?.string() ?? "\(kind) \(index)", nodes: Set(nodes).sorted(),
          start: start, end: end))
    }
    return reservations
  }

  /// The start and the end, which is after it.
  func times(_ members: FieldMembers) throws(FieldProblem) -> (start: Instant, end: Instant) {
    let start = try members.required("start").instant()
    let field = try members.required("end")
    let end = try field.instant()
    guard end > start else { throw field.problem("it ends before it starts") }
    return (start, end)
  }

  /// What the last plan printed as its reservations: where a start was to be is not promised. Jobs may be gone since.
  private mutating func readPromises(_ field: JSONField) throws(FieldProblem) {
    for field in try elements(field) {
      let members = try field.members(["job", "start", "nodes"])
      snapshot.promises.append(
        StartPromise(
          job: try members.required("job").string(),
          start: try members.required("start").instant()))
    }
  }

  /// The number of the node that a field names.
  func node(_ field: JSONField) throws(FieldProblem) -> Int {
    let name = try field.string()
    guard let number = nodeNumbers[name] else {
      throw field.unknown(name, nodeNumbers.keys.sorted())
    }
    return number
  }

  /// A priority as a number of 32 bits, or by one of the seven names.
  func priority(_ field: JSONField) throws(FieldProblem) -> Int32 {
    if let name = field.value.stringValue {
      guard let level = PriorityName(rawValue: name.lowercased()) else {
        throw field.unknown(name, PriorityName.allCases.map(\.rawValue))
      }
      return level.value
    }
    return try field.integer(Int32.min...Int32.max)
  }

  /// A list within its bound.
  func elements(_ field: JSONField) throws(FieldProblem) -> [JSONField] {
    let elements = try field.elements()
    guard elements.count <= PlanLimits.entries else {
      throw field.problem("\(elements.count) entries; at most \(PlanLimits.entries) are read")
    }
    return elements
  }
}

/// The names of priorities.
private enum PriorityName: String, CaseIterable {
  case critical, urgent, high, normal, low, batch, scavenger

  var value: Int32 {
    switch self {
    case .critical: 1000
    case .urgent: 800
    case .high: 600
    case .normal: 400
    case .low: 200
    case .batch: 100
    case .scavenger: 0
    }
  }
}
