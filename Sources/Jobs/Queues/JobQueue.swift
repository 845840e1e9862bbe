package import Model

/// A queue of jobs and its bounds.
package struct JobQueue: Hashable, Sendable {
  package enum Status: String, CaseIterable, Hashable, Sendable {
    case active
    /// Takes jobs and places none.
    case paused
    /// Takes no jobs and places those that it has.
    case draining
    /// Has no jobs and takes none.
    case closed

    package var takesJobs: Bool { self == .active || self == .paused }
    package var placesJobs: Bool { self == .active || self == .draining }
  }

  package var name: Text
  package var status: Status
  /// Jobs that have not ended; also of one owner and of one project. Nil = as many as the queue.
  package var sizeMax: Int
  package var jobsPerUserMax: Int?
  package var jobsPerProjectMax: Int?
  package var priorityMax: Int64
  /// What the planner makes of it, such as active hours and shares; kept as it was written.
  package var policy: JSONValue

  package init(
    name: Text, status: Status = .active, sizeMax: Int = JobLimits.jobsPerQueue,
    jobsPerUserMax: Int? = nil, jobsPerProjectMax: Int? = nil,
    priorityMax: Int64 = PriorityClass.range.upperBound, policy: JSONValue = .null
  ) {
    self.name = name
    self.status = status
    self.sizeMax = sizeMax
    self.jobsPerUserMax = jobsPerUserMax
    self.jobsPerProjectMax = jobsPerProjectMax
    self.priorityMax = priorityMax
    self.policy = policy
  }

  package static let standardName: Text = "default"

  var isWellFormed: Bool {
    let counts = 0...JobLimits.jobsPerQueue
    return (1...JobLimits.nameBytes).contains(name.utf8Count) && counts.contains(sizeMax)
      && counts.contains(jobsPerUserMax ?? 0) && counts.contains(jobsPerProjectMax ?? 0)
      && PriorityClass.range.contains(priorityMax)
      && policy.text.utf8.count <= JobLimits.freeFormBytes
  }
}

package enum QueueCommand: Hashable, Sendable {
  case create(JobQueue)
  /// Bounds and policy; the status stays.
  case update(JobQueue)
  case pause(Text)
  case resume(Text)
  case drain(Text)
  case close(Text)
  /// A closed queue is forgotten.
  case remove(Text)
}

/// How many jobs of a queue have not ended. Follows from the jobs.
struct QueueLoad: Hashable, Sendable {
  var total = 0
  var byOwner: [Text: Int] = [:]
  var byProject: [Text: Int] = [:]

  mutating func add(_ difference: Int, owner: Text, project: Text) {
    total += difference
    QueueLoad.add(difference, to: &byOwner, owner)
    QueueLoad.add(difference, to: &byProject, project)
  }

  private static func add(_ difference: Int, to counts: inout [Text: Int], _ name: Text) {
    let count = counts[name, default: 0] + difference
    counts[name] = count == 0 ? nil : count
  }
}

extension JobBook {
  /// How many jobs of a queue have not ended. Costs one look-up.
  package func liveJobs(inQueue name: Text) -> Int { loads[name]?.total ?? 0 }

  func decideQueue(_ command: QueueCommand) throws(JobRefusal) -> [JobDecision] {
    switch command {
    case .create(let queue):
      guard queues[queue.name] == nil else {
        throw JobRefusal(.alreadyExists, "Queue \(queue.name) exists already")
      }
      guard queues.count < JobLimits.queues else {
        throw .limit("queues", "there are \(queues.count) queues, the most; remove one first")
      }
      return [.queueSet(try checked(queue))]
    case .update(var queue):
      queue.status = try self.queue(queue.name).status
      return [.queueSet(try checked(queue))]
    case .pause(let name): return try change(name, to: .paused, from: [.active])
    case .resume(let name):
      return try change(name, to: .active, from: [.paused, .draining, .closed])
    case .drain(let name): return try change(name, to: .draining, from: [.active, .paused])
    case .close(let name):
      try requireEmpty(name, "close")
      return try change(name, to: .closed, from: [.active, .paused, .draining])
    case .remove(let name):
      try requireEmpty(name, "remove")
      guard try queue(name).status == .closed, name != JobQueue.standardName else {
        throw JobRefusal(.conflict, "Queue \(name) is not closed or always there")
      }
      return [.queueRemoved(name)]
    }
  }

  package func queue(_ name: Text) throws(JobRefusal) -> JobQueue {
    guard let queue = queues[name] else { throw .unknown("Queue", name.string) }
    return queue
  }

  private func checked(_ queue: JobQueue) throws(JobRefusal) -> JobQueue {
    guard queue.isWellFormed else {
      throw JobRefusal(.invalid, "a bound or a name is out of range", field: "queue")
    }
    return queue
  }

  private func change(
    _ name: Text, to status: JobQueue.Status, from: [JobQueue.Status]
  ) throws(JobRefusal) -> [JobDecision] {
    var queue = try queue(name)
    guard queue.status != status else { return [] }
    guard from.contains(queue.status) else {
      throw JobRefusal(.conflict, "Queue \(name) is \(queue.status.rawValue)")
    }
    queue.status = status
    return [.queueSet(queue)]
  }

  private func requireEmpty(_ name: Text, _ action: String) throws(JobRefusal) {
    let count = liveJobs(inQueue: name)
    guard count == 0 else {
      throw JobRefusal(
        .conflict, "Cannot \(action) queue \(name): \(count) of its jobs have not ended; drain it")
    }
  }

  /// Whether a queue takes one more job, and others with it.
  func admit(
    _ specification: JobSpecification, owner: Text, project: Text,
    beside others: [JobSubmission] = []
  ) throws(JobRefusal) {
    let queue = try queue(Text(specification.queueName))
    guard queue.status.takesJobs else {
      throw JobRefusal(.conflict, "Queue \(queue.name) is \(queue.status.rawValue)")
    }
    guard specification.priority <= queue.priorityMax else {
      throw .limit(
        "priority",
        "\(specification.priority) is above \(queue.priorityMax) of queue \(queue.name)")
    }
    let beside = others.filter { $0.specification.queueName == specification.queueName }
    let load = loads[queue.name] ?? QueueLoad()
    let ofOwner = beside.count { $0.owner == owner } + load.byOwner[owner, default: 0]
    let ofProject = beside.count { $0.project == project } + load.byProject[project, default: 0]
    let counts = [
      ("max_queue_size", beside.count + load.total, queue.sizeMax),
      ("max_jobs_per_user", ofOwner, queue.jobsPerUserMax ?? queue.sizeMax),
      ("max_jobs_per_project", ofProject, queue.jobsPerProjectMax ?? queue.sizeMax),
    ]
    for (name, count, most) in counts where count >= most {
      throw .limit(
        name, "queue \(queue.name) has \(count) such jobs, the most; wait for one to end")
    }
  }
}
