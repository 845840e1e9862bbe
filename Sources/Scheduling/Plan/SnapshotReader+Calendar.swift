import Model

extension SnapshotReader {
  private static let bookingKeys = [
    "name", "id", "user", "users", "project", "projects", "node", "nodes", "count", "gpus",
    "gpu_model", "labels", "exclusive", "start", "end", "created",
  ]

  mutating func readBookings(_ field: JSONField) throws(FieldProblem) {
    guard snapshot.nodes != nil else { throw field.problem("there are no `nodes`") }
    var names: Set<String> = []
    for field in try elements(field) {
      let members = try field.members(Self.bookingKeys)
      let nameField = try members.required("name", "id")
      let name = try nameField.string()
      guard names.insert(name).inserted else {
        throw nameField.problem("the booking \"\(name)\" is there twice")
      }
      var owners = BookingOwners()
      if let field = try members.find("user") { owners.users.insert(try field.string()) }
      if let field = try members.find("users") { owners.users.formUnion(try field.strings()) }
      if let field = try members.find("project") { owners.projects.insert(try field.string()) }
      if let field = try members.find("projects") {
        owners.projects.formUnion(try field.strings())
      }
      guard owners != BookingOwners() else {
        throw field.problem("whose is it? `users` and `projects` are missing")
      }
      let (start, end) = try times(members)
      var booking = NodeBooking(
        name: name, owners: owners, wish: try wish(members), start: start, end: end)
      if case .nodes = booking.wish, let field = try members.find("gpu_model", "labels") {
        throw field.problem("the nodes are named already")
      }
      booking.model = try members.find("gpu_model")?.string()
      if let field = try members.find("labels") { booking.labels = try labels(field) }
      if let field = try members.find("exclusive") { booking.isExclusive = try field.bool() }
      if let field = try members.find("created") { booking.created = try field.instant() }
      snapshot.bookings.append(booking)
    }
  }

  private func wish(_ members: FieldMembers) throws(FieldProblem) -> NodeBooking.Wish {
    let named = try members.find("node", "nodes")
    let count = try members.find("count")
    let devices = try members.find("gpus")
    guard [named, count, devices].count(where: { $0 != nil }) == 1 else {
      throw members.owner.problem(
        "name its `nodes`, their `count`, or how many `gpus`, one of them")
    }
    if let named {
      var nodes: Set<Int> = []
      if case .string = named.value {
        nodes.insert(try node(named))
      } else {
        for field in try named.elements() { nodes.insert(try node(field)) }
      }
      guard !nodes.isEmpty else { throw named.expected("the names of nodes") }
      return .nodes(nodes.sorted())
    }
    if let count { return .count(try count.integer(1...ClusterLimits.nodes)) }
    let most = ClusterLimits.nodes * ClusterLimits.devicesPerNode
    return .devices(try devices?.integer(1...most) ?? 1)
  }

  // MARK: Hours

  private enum Day: String, CaseIterable {
    case mon, tue, wed, thu, fri, sat, sun
  }

  /// One window or a list of them: `{"days": ["sat", "sun"], "start": "22:00", "end": "06:00"}`.
  func activeHours(_ field: JSONField) throws(FieldProblem) -> ActiveHours {
    guard case .array = field.value else { return ActiveHours([try window(field)]) }
    var windows: [ActiveHours.Window] = []
    for field in try field.elements() { windows.append(try window(field)) }
    return ActiveHours(windows)
  }

  private func window(_ field: JSONField) throws(FieldProblem) -> ActiveHours.Window {
    let members = try field.members(["days", "start", "end"])
    var window = ActiveHours.Window(
      startSecond: try timeOfDay(try members.required("start")),
      endSecond: try timeOfDay(try members.required("end")))
    if let field = try members.find("days") {
      window.days = []
      for field in try field.elements() {
        let day = try field.choice(Day.self)
        window.days.insert(Day.allCases.firstIndex(of: day) ?? 0)
      }
    }
    return window
  }

  /// `HH:MM` or `HH:MM:SS`, up to `24:00`, in seconds after midnight.
  private func timeOfDay(_ field: JSONField) throws(FieldProblem) -> Int {
    let text = try field.string()
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in part.utf8.count == 2 ? UInt8(part) : nil }.map(
      Int.init)
    guard numbers.count == parts.count, (2...3).contains(parts.count), numbers[1] < 60,
      numbers.count == 2 || numbers[2] < 60
    else { throw field.expected("a time of day such as \"22:00\"") }
    let seconds = numbers[0] * 3600 + numbers[1] * 60 + (numbers.count == 3 ? numbers[2] : 0)
    guard seconds <= 86_400 else { throw field.expected("a time of day such as \"22:00\"") }
    return seconds
  }
}
