import Model
import Scheduling

/// This library's own workload format: one JSON object a line.
///
///     {"id": 1, "submit_seconds": 0, "run_seconds": 12.5, "processors": 4, "user": 7}
///
/// `id`, `submit_seconds`, `run_seconds` and `processors` are required; `requested_seconds`,
/// `user`, `group`, `queue`, `priority` and `deadline_seconds` are not. Times are decimal seconds,
/// kept to the nanosecond. Empty lines are skipped. A first line `{"processors": 128}` without an
/// `id` tells the size of the machine.
///
/// A job for nodes says what each of its `tasks` (1 unless given) asks, by the names of a plan's jobs: `cpu`, `memory_mb`,
/// `gpus` (a number or a part of one), `gpu_model`, `node_selector` and the others. Then `processors` is not needed.
public enum JobLines {
  /// Reads a workload; lines, rows and times are bounded by ``WorkloadLimits``.
  public static func read(_ bytes: [UInt8]) throws(WorkloadError) -> Workload {
    var jobs: [WorkloadJob] = []
    var processors: Int?
    var number = 0
    var asks = AskTable()
    var queues = QueueNames()
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      number += 1
      guard !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) else {
        continue
      }
      guard line.count <= WorkloadLimits.lineBytesMax, jobs.count < WorkloadLimits.rowsMax else {
        throw WorkloadError(
          line: number, column: 1,
          message: "more than \(WorkloadLimits.lineBytesMax) bytes in a line or "
            + "\(WorkloadLimits.rowsMax) rows (WorkloadLimits)")
      }
      let bytes = Array(line)
      let reader = JobLineReader(
        line: number, value: try parse(bytes, line: number), bytes: bytes)
      if jobs.isEmpty, processors == nil, try reader.isMachine() {
        processors = try reader.integer("processors", 1...WorkloadLimits.processorsMax)
      } else {
        jobs.append(try reader.job(&asks, &queues))
      }
    }
    var workload = Workload(jobs: jobs, processors: processors)
    workload.asks = asks.asks
    workload.queueNames = queues.names
    return workload
  }

  private static func parse(_ line: [UInt8], line number: Int) throws(WorkloadError) -> JSONValue {
    do {
      return try JSONParser.parse(line)
    } catch {
      throw WorkloadError(line: number, column: error.column, message: error.message)
    }
  }

  /// Writes a workload such that reading gives the same one. What jobs ask of nodes is not written.
  public static func text(of workload: Workload) -> String {
    var out = ""
    if let processors = workload.processors {
      out += JSONValue.object([.init("processors", .integer(processors))]).text + "\n"
    }
    for job in workload.jobs { out += json(of: job, in: workload).text + "\n" }
    return out
  }

  private static func json(of job: WorkloadJob, in workload: Workload) -> JSONValue {
    func seconds(_ nanoseconds: Int64) -> JSONValue {
      .number(Seconds.decimal(Int128(nanoseconds)))
    }
    var members: [JSONValue.Member] = [
      .init("id", .integer(job.id)),
      .init("submit_seconds", seconds(job.submit.nanoseconds)),
      .init("run_seconds", seconds(job.run.nanoseconds)),
      .init("processors", .integer(job.processors)),
    ]
    if let requested = job.requested {
      members.append(.init("requested_seconds", seconds(requested.nanoseconds)))
    }
    for (key, value) in [("user", job.user), ("group", job.group)] where value != -1 {
      members.append(.init(key, .integer(value)))
    }
    if workload.queueNames.indices.contains(job.queue) {
      members.append(.init("queue", .string(workload.queueNames[job.queue])))
    } else if job.queue != -1 {
      members.append(.init("queue", .integer(job.queue)))
    }
    if job.priority != JobLineReader.usualPriority {
      members.append(.init("priority", .integer(job.priority)))
    }
    if let deadline = job.deadline {
      members.append(.init("deadline_seconds", seconds(deadline.nanoseconds)))
    }
    return .object(members)
  }
}

/// Gives the names of queues places.
struct QueueNames {
  private(set) var names: [String] = []
  private var places: [String: Int] = [:]
  var hasNumbers = false

  static let message = "\"queue\" must be a number in all jobs, or a name in all jobs"

  mutating func place(of name: String) -> Int {
    if let place = places[name] { return place }
    places[name] = names.count
    names.append(name)
    return names.count - 1
  }
}

/// One line of a workload.
struct JobLineReader {
  let line: Int
  let value: JSONValue
  let bytes: [UInt8]

  static let usualPriority = 400
  private static let keys = [
    "id", "submit_seconds", "run_seconds", "processors", "requested_seconds", "user", "group",
    "queue", "priority", "deadline_seconds", "tasks",
  ]
  private static let taskKeys = Set(Snapshot.taskKeys)

  func isMachine() throws(WorkloadError) -> Bool {
    guard case .object(let members) = value else {
      throw error("a job is a JSON object, and this is \(value.kindName)")
    }
    return members.map(\.key) == ["processors"]
  }

  func job(_ asks: inout AskTable, _ queues: inout QueueNames) throws(WorkloadError) -> WorkloadJob
  {
    guard case .object(let members) = value else {
      throw error("a job is a JSON object, and this is \(value.kindName)")
    }
    var ask: JobAsk?
    for member in members where !Self.keys.contains(member.key) {
      guard Self.taskKeys.contains(member.key) else {
        throw error("a job has no field \"\(member.key)\"")
      }
      if ask == nil { ask = try self.ask() }
    }
    if ask == nil, value["tasks"] != nil {
      throw error("\"tasks\" needs what each of them asks, such as \"cpu\"")
    }
    var job = WorkloadJob(
      id: try integer("id", 0...Int.max),
      submit: .epoch + (try span("submit_seconds", least: 0)),
      run: try span("run_seconds", least: 1),
      requested: value["requested_seconds"] == nil
        ? nil : try span("requested_seconds", least: 1),
      processors: try integer(
        "processors", 1...WorkloadLimits.processorsMax, or: ask?.processors),
      user: try integer("user", -1...Int(Int32.max), or: -1),
      group: try integer("group", -1...Int(Int32.max), or: -1),
      queue: try queue(&queues),
      priority: try integer("priority", Int(Int32.min)...Int(Int32.max), or: Self.usualPriority),
      deadline: value["deadline_seconds"] == nil
        ? nil : .epoch + (try span("deadline_seconds", least: 0)))
    if let ask { job.ask = asks.place(of: ask) }
    return job
  }

  /// A number, or the place of a name; all jobs that say their queue say it in the same way.
  private func queue(_ queues: inout QueueNames) throws(WorkloadError) -> Int {
    guard let name = value["queue"]?.stringValue else {
      let number = try integer("queue", -1...Int(Int32.max), or: -1)
      if number >= 0 { queues.hasNumbers = true }
      guard number < 0 || queues.names.isEmpty else { throw error(QueueNames.message) }
      return number
    }
    guard !name.isEmpty, !queues.hasNumbers else { throw error(QueueNames.message) }
    return queues.place(of: name)
  }

  private func ask() throws(WorkloadError) -> JobAsk {
    let task: TaskRequest
    do {
      task = try Snapshot.task(in: value, bytes, others: Self.keys)
    } catch {
      throw WorkloadError(
        line: line, column: error.column,
        message: error.path.isEmpty ? error.message : "\(error.path): \(error.message)")
    }
    guard task.isValid else { throw error("an amount that a task asks is out of range") }
    return JobAsk(task, count: try integer("tasks", 1...WorkloadLimits.tasksMax, or: 1))
  }

  func integer(_ key: String, _ range: ClosedRange<Int>, or missing: Int? = nil)
    throws(WorkloadError) -> Int
  {
    guard let found = value[key] else {
      if let missing { return missing }
      throw error("a job needs \"\(key)\"")
    }
    guard let number = found.integerValue(as: Int.self), range.contains(number) else {
      throw error(
        "\"\(key)\" must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// Decimal seconds of at least so many nanoseconds.
  private func span(_ key: String, least: Int64) throws(WorkloadError) -> TimeSpan {
    guard let found = value[key] else { throw error("a job needs \"\(key)\"") }
    guard case .number(let text) = found,
      let nanoseconds = JSONValue.Decimal(text)?.integer(shiftedBy: 9), nanoseconds >= least,
      nanoseconds < Int64(WorkloadLimits.secondsMax) * Seconds.nanoseconds
    else {
      throw error(
        "\"\(key)\" must be seconds from \(least == 0 ? "0" : "0.000000001") to below "
          + "\(WorkloadLimits.secondsMax), with at most nine decimals")
    }
    return TimeSpan(nanoseconds: nanoseconds)
  }

  private func error(_ message: String) -> WorkloadError {
    WorkloadError(line: line, column: 1, message: message)
  }
}
