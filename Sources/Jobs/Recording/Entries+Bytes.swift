import Model

/// Jobs, queues and nodes as bytes: what one half writes, the other reads. Order is the format.
extension ByteSink {
  mutating func append(_ identity: JobIdentity) {
    append(identity.key)
    append(identity.id)
    append(identity.owner)
    append(identity.project)
    append(optional: identity.idempotencyKey) { $0.append($1) }
  }

  mutating func append(_ description: JobDescription) { append(description.text) }

  mutating func append(_ dependencies: [KnownDependency]) {
    append(dependencies.count)
    for dependency in dependencies {
      append(dependency.job)
      append(byte: dependency.kind.number)
      append(optional: dependency.satisfiedAt) { $0.append($1) }
    }
  }

  mutating func append(_ record: JobRecord) {
    append(record.identity)
    append(record.description)
    append(record.dependencies)
    append(record.submittedAt)
    append(record.phase)
    append(record.attempts)
    append(record.restarts)
    append(record.preemptions)
    append(record.manualRetries)
    append(record.pastUsage)
    append(record.checkpoints)
    append(optional: record.checkpoint) { $0.append($1) }
    append(optional: record.firstStartedAt) { $0.append($1) }
    append(record.changedAt)
    append(record.revision)
  }

  mutating func append(_ queue: JobQueue) {
    append(queue.name)
    append(byte: queue.status.number)
    append(queue.sizeMax)
    append(optional: queue.jobsPerUserMax) { $0.append($1) }
    append(optional: queue.jobsPerProjectMax) { $0.append($1) }
    append(queue.priorityMax)
    append(Text(queue.policy.text))
  }

  mutating func append(_ orders: NodeOrders) {
    append(orders.node)
    append(orders.isCordoned)
    append(optional: orders.drainEnd) { $0.append($1) }
    append(orders.reason)
    append(orders.labels.count)
    for label in orders.labels {
      append(Text(label.name))
      append(Text(label.value))
    }
  }

  mutating func append(_ booking: NodeBooking) {
    append(booking.number)
    append(booking.node)
    append(booking.start)
    append(booking.end)
    append(optional: booking.project) { $0.append($1) }
    append(booking.reason)
  }
}

extension DependencyKind {
  /// In records; never used again for something else.
  fileprivate var number: UInt8 {
    switch self {
    case .completion: 1
    case .success: 2
    case .checkpoint: 3
    case .data: 4
    }
  }
}

extension JobQueue.Status {
  /// In records; never used again for something else.
  fileprivate var number: UInt8 {
    switch self {
    case .active: 1
    case .paused: 2
    case .draining: 3
    case .closed: 4
    }
  }
}

extension ByteSource {
  mutating func identity() throws(Malformed) -> JobIdentity {
    JobIdentity(
      key: try key(), id: try text(), owner: try text(), project: try text(),
      idempotencyKey: try optionalText())
  }

  /// Specifications stand in records as JSON. Rules of the installation are not asked: they may have changed since.
  mutating func description() throws(Malformed) -> JobDescription {
    let text = try text()
    do {
      return JobDescription(
        try JobSpecification(try JSONParser.parse(text.utf8Bytes)), recorded: text)
    } catch {
      throw malformed("a job before this (\(error))")
    }
  }

  mutating func dependencies() throws(Malformed) -> [KnownDependency] {
    var dependencies: [KnownDependency] = []
    for _ in 0..<(try boundedCount()) {
      let job = try key()
      let number = try byte()
      guard let kind = DependencyKind.allCases.first(where: { $0.number == number }) else {
        throw malformed("a dependency before this")
      }
      dependencies.append(
        KnownDependency(job: job, kind: kind, satisfiedAt: try optionalInstant()))
    }
    return dependencies
  }

  mutating func record() throws(Malformed) -> JobRecord {
    var record = JobRecord(
      identity: try identity(), description: try description(), dependencies: try dependencies(),
      submittedAt: try instant())
    record.phase = try phase()
    record.attempts = try count()
    record.restarts = try signed()
    record.preemptions = try signed()
    record.manualRetries = try count()
    record.pastUsage = try usage()
    record.checkpoints = try count()
    record.checkpoint = try optionalText()
    record.firstStartedAt = try optionalInstant()
    record.changedAt = try instant()
    record.revision = try number()
    let counts = 0...Int64(Int32.max)
    guard counts.contains(record.restarts), counts.contains(record.preemptions),
      counts.contains(Int64(record.attempts)), counts.contains(Int64(record.checkpoints)),
      record.phase.attempt?.number ?? 0 <= record.attempts, record.key.number > 0
    else { throw malformed("a job whose numbers fit before this") }
    return record
  }

  mutating func queue() throws(Malformed) -> JobQueue {
    let name = try text()
    let number = try byte()
    guard let status = JobQueue.Status.allCases.first(where: { $0.number == number }) else {
      throw malformed("a status of a queue before this")
    }
    let queue = JobQueue(
      name: name, status: status, sizeMax: try count(),
      jobsPerUserMax: try optional { source throws(Malformed) in try source.count() },
      jobsPerProjectMax: try optional { source throws(Malformed) in try source.count() },
      priorityMax: try signed(), policy: try json())
    guard queue.isWellFormed else { throw malformed("a queue within its bounds before this") }
    return queue
  }

  private mutating func json() throws(Malformed) -> JSONValue {
    let text = try text()
    do {
      return try JSONParser.parse(text.utf8Bytes)
    } catch {
      throw malformed("JSON before this (\(error))")
    }
  }

  mutating func nodeOrders() throws(Malformed) -> NodeOrders {
    var orders = NodeOrders(node: try text())
    orders.isCordoned = try flag()
    orders.drainEnd = try optionalInstant()
    orders.reason = try text()
    for _ in 0..<(try boundedCount()) {
      orders.labels.append(NamedValue(name: try text().string, value: try text().string))
    }
    return orders
  }

  mutating func booking() throws(Malformed) -> NodeBooking {
    NodeBooking(
      number: try signed(), node: try text(), start: try instant(), end: try instant(),
      project: try optionalText(), reason: try text())
  }
}
