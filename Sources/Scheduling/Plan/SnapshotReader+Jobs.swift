import Model

/// Which phase the jobs of a list are in.
enum JobPhase {
  case either, running, pending
}

extension SnapshotReader {
  private static let jobKeys =
    taskKeys + [
      "name", "id", "job_id", "queue", "queue_name", "user", "owner", "owner_id", "project",
      "project_id", "priority", "created", "created_at", "submitted", "admitted", "started",
      "state",
      "status", "tasks", "min_tasks", "time_limit_seconds", "max_runtime_seconds", "deadline",
      "gang", "gang_size", "preemptible", "preemptions", "preemption_count", "displaced_by",
      "dependencies", "hold", "not_before", "node", "nodes", "places", "stopping_for", "stops_by",
      "movable", "active_hours", "failures", "failed_at", "ran_seconds",
    ]

  private enum JobState: String, CaseIterable {
    case pending, queued, suspended, running, stopping
  }

  mutating func readJobs(_ field: JSONField, _ phase: JobPhase) throws(FieldProblem) {
    let fields = try field.elements()
    guard snapshot.jobs.count + fields.count <= PlanLimits.jobs else {
      throw field.problem("more than \(PlanLimits.jobs) jobs")
    }
    for field in fields {
      let job = try readJob(field, phase)
      guard jobNames.insert(job.name).inserted else {
        throw field.problem("the job \"\(job.name)\" is there twice")
      }
      guard snapshot.finished[job.name] == nil else {
        throw field.problem("the job \"\(job.name)\" is among the finished ones too")
      }
      taskCount += job.tasks.count
      guard taskCount <= PlanLimits.tasks else {
        throw field.problem("more than \(PlanLimits.tasks) tasks in all")
      }
      snapshot.jobs.append(job)
    }
  }

  private mutating func readJob(
    _ field: JSONField, _ phase: JobPhase
  ) throws(FieldProblem) -> SnapshotJob {
    let members = try field.members(Self.jobKeys)
    let name = try members.required("name", "id", "job_id").string()
    var job = SnapshotJob(name: name, tasks: try tasks(members))
    job.minimumTasks = try minimumTasks(members, of: job.tasks.count)
    job.queue = try queue(members)
    if let field = try members.find("user", "owner", "owner_id") {
      job.user = user(try field.string())
    }
    if let field = try members.find("project", "project_id") { job.project = try field.string() }
    if let field = try members.find("priority") { job.priority = try priority(field) }
    if let field = try members.find("created", "created_at", "submitted") {
      job.created = try field.instant()
    }
    if let field = try members.find("time_limit_seconds", "max_runtime_seconds") {
      job.timeLimit = try field.span()
    }
    if let field = try members.find("deadline") { job.deadline = try field.instant() }
    if let field = try members.find("preemptible") {
      job.isPreemptible = try field.bool()
      job.mayBeCutOff = job.isPreemptible && job.timeLimit == nil
    }
    if let field = try members.find("active_hours") { job.activeHours = try activeHours(field) }
    if let field = try members.find("movable") { job.moveCost = try moveCost(field) }
    if let field = try members.find("preemptions", "preemption_count") {
      job.preemptions = try field.integer(0...Int(Int32.max))
    }
    if let field = try members.find("not_before") { job.notBefore = try field.instant() }
    if let field = try members.find("hold") {
      switch field.value {
      case .bool(let isHeld): job.hold = isHeld ? "on hold" : nil
      case .null, .number, .string, .array, .object: job.hold = "on hold: \(try field.string())"
      }
    }
    try readRelations(members, of: &job)
    try readPast(members, of: &job)
    job.isSuspended = try members.find("state", "status")?.string() == JobState.suspended.rawValue
    job.run = try run(members, of: job, phase)
    if job.run != nil, let field = try members.find("hold", "not_before") {
      throw field.problem("the job runs already")
    }
    return job
  }

  private func queue(_ members: FieldMembers) throws(FieldProblem) -> Int {
    let field = try members.find("queue", "queue_name")
    guard !snapshot.queues.isEmpty else { return 0 }
    guard let field else {
      guard snapshot.queues.count == 1 else { throw members.owner.problem("`queue` is missing") }
      return 0
    }
    let name = try field.string()
    guard let number = queueNumbers[name] else {
      throw field.unknown(name, queueNumbers.keys.sorted())
    }
    guard !snapshot.queues.contains(where: { $0.parent == name }) else {
      throw field.problem("\"\(name)\" is a group of queues; name one of its members")
    }
    return number
  }

  /// Gangs, dependencies, and who preempted it.
  private mutating func readRelations(
    _ members: FieldMembers, of job: inout SnapshotJob
  ) throws(FieldProblem) {
    if let field = try members.find("gang"), case .string = field.value {
      job.gang = try field.string()
    }
    if let field = try members.find("gang_size") {
      guard job.gang != nil else { throw field.problem("`gang` names no gang") }
      job.gangSize = try field.integer(1...PlanLimits.jobs)
    }
    if let field = try members.find("displaced_by") {
      for field in try field.elements() {
        job.displacedBy.append(try field.string())
      }
    }
    guard let field = try members.find("dependencies") else { return }
    for field in try field.elements() {
      let dependency = try dependency(field)
      let hasCheckpoint =
        dependency.kind == .checkpoint && snapshot.checkpoints.contains(dependency.job)
      if !dependency.isSatisfied, !dependency.job.isEmpty, !hasCheckpoint {
        jobReferences.append((dependency.job, field, mayBeFinished: true))
      }
      job.dependencies.append(dependency)
    }
  }

  private func dependency(_ field: JSONField) throws(FieldProblem) -> SnapshotDependency {
    if case .string = field.value { return SnapshotDependency(try field.string()) }
    let members = try field.members([
      "job", "job_id", "type", "dependency_type", "satisfied", "artifact",
    ])
    let artifact = try members.find("artifact")
    let kind = try members.find("type", "dependency_type")
    let job =
      artifact == nil
      ? try members.required("job", "job_id") : try members.find("job", "job_id")
    var dependency = SnapshotDependency(
      try job?.string() ?? "",
      kind: try kind?.choice(SnapshotDependency.Kind.self) ?? (artifact == nil ? .success : .data),
      isSatisfied: try members.find("satisfied")?.bool() ?? false)
    if let artifact {
      guard dependency.kind == .data else {
        throw artifact.problem("only a dependency of the type data names an artifact")
      }
      dependency.artifact = try artifact.string()
    }
    return dependency
  }

  // MARK: Tasks

  private func tasks(_ members: FieldMembers) throws(FieldProblem) -> [TaskRequest] {
    let common = try request(members, TaskRequest())
    var count = 1
    if let field = try members.find("gang"), case .number = field.value {
      count = try field.integer(1...PlanLimits.tasksPerJob)
    }
    guard let field = try members.find("tasks") else {
      return Array(repeating: common, count: count)
    }
    guard case .array = field.value else {
      let tasks = try field.integer(1...PlanLimits.tasksPerJob)
      guard count == 1 || count == tasks else {
        throw field.problem("`gang` names another number of tasks")
      }
      return Array(repeating: common, count: tasks)
    }
    var tasks: [TaskRequest] = []
    for field in try field.elements() {
      tasks.append(try request(try field.members(Self.taskKeys), common))
    }
    guard (1...PlanLimits.tasksPerJob).contains(tasks.count) else {
      throw field.problem("a job has from 1 to \(PlanLimits.tasksPerJob) tasks")
    }
    return tasks
  }

  /// All of the tasks, unless `gang` is false or a smaller number is named.
  private func minimumTasks(
    _ members: FieldMembers, of count: Int
  ) throws(FieldProblem) -> Int {
    if let field = try members.find("min_tasks") { return try field.integer(1...count) }
    if let field = try members.find("gang") {
      switch field.value {
      case .bool(false): return 1
      case .bool(true), .string, .number: return count
      case .null, .array, .object:
        throw field.expected("true, false, a number of tasks, or the name of a gang")
      }
    }
    return count
  }

  // MARK: Running

  private func run(
    _ members: FieldMembers, of job: SnapshotJob, _ phase: JobPhase
  ) throws(FieldProblem) -> SnapshotRun? {
    let admitted = try members.find("admitted", "started")
    let state = try members.find("state", "status")?.choice(JobState.self)
    let places = try places(members, of: job)
    let stopsBy = try members.find("stops_by")
    let isRunning: Bool
    switch (phase, state) {
    case (.running, nil), (_, .running?), (_, .stopping?): isRunning = true
    case (.pending, nil), (_, .pending?), (_, .queued?), (_, .suspended?): isRunning = false
    case (.either, nil): isRunning = admitted != nil || !places.isEmpty || stopsBy != nil
    }
    let contradicts =
      isRunning
      ? phase == .pending
      : phase == .running || admitted != nil || !places.isEmpty || stopsBy != nil
    guard !contradicts else {
      throw members.owner.problem("the job is called pending, and running at the same time")
    }
    guard isRunning else { return nil }
    var run = SnapshotRun(admitted: try admitted?.instant() ?? job.created, places: places)
    if run.places.isEmpty, let nodes = snapshot.nodes {
      guard nodes.count == 1 else {
        throw members.owner.problem("`node` is missing: where does the job run?")
      }
      run.places = job.tasks.indices.map { SnapshotPlace(task: $0, node: 0) }
    }
    let preemptor = try members.find("stopping_for")?.string()
    if let stopsBy {
      run.stopping = SnapshotRun.Stopping(for: preemptor, by: try stopsBy.instant())
    } else if preemptor != nil || state == .stopping {
      throw members.owner.problem("`stops_by` is missing: when has the job stopped at the latest?")
    }
    return run
  }

  private func places(
    _ members: FieldMembers, of job: SnapshotJob
  ) throws(FieldProblem) -> [SnapshotPlace] {
    let one = try members.find("node")
    let list = try members.find("nodes")
    let full = try members.find("places")
    guard [one, list, full].count(where: { $0 != nil }) <= 1 else {
      throw members.owner.problem("name its `node`, its `nodes` or its `places`, one of them")
    }
    guard snapshot.nodes != nil else {
      if let field = one ?? list ?? full { throw field.problem("there are no `nodes`") }
      return []
    }
    if let one {
      let node = try node(one)
      return job.tasks.indices.map { SnapshotPlace(task: $0, node: node) }
    }
    if let list {
      let fields = try list.elements()
      guard fields.count == job.tasks.count else {
        throw list.problem("\(fields.count) nodes for \(job.tasks.count) tasks; name one for each")
      }
      var places: [SnapshotPlace] = []
      for (task, field) in fields.enumerated() {
        places.append(SnapshotPlace(task: task, node: try node(field)))
      }
      return places
    }
    guard let full else { return [] }
    var places: [SnapshotPlace] = []
    for (index, field) in try full.elements().enumerated() {
      let members = try field.members(["task", "node", "gpus", "slices"])
      var place = SnapshotPlace(
        task: try members.find("task")?.integer(0...job.tasks.count - 1) ?? index,
        node: try node(try members.required("node")))
      if let field = try members.find("gpus") {
        try readDevices(field, slices: try members.find("slices"), of: &place)
      }
      guard place.task < job.tasks.count, !places.contains(where: { $0.task == place.task }) else {
        throw field.problem("there is no such task left in the job")
      }
      places.append(place)
    }
    return places
  }

  /// The devices of a task, and for hardware instances the slices of each.
  private func readDevices(
    _ field: JSONField, slices: JSONField?, of place: inout SnapshotPlace
  ) throws(FieldProblem) {
    var numbers: [Int] = []
    for field in try field.elements() {
      numbers.append(try field.integer(0...ClusterLimits.devicesPerNode - 1))
    }
    place.devices = DeviceSet(numbers)
    guard let slices else { return }
    let fields = try slices.elements()
    guard fields.count == numbers.count else {
      throw slices.problem("name the slices of each of the \(numbers.count) `gpus`")
    }
    for (number, field) in zip(numbers, fields) {
      place.instances.append(MIGInstance(device: number, slices: try field.integer(1...UInt8.max)))
    }
  }
}
