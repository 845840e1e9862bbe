package import Scheduling

/// What a job asks of nodes: equal tasks, which start together or not at all.
package struct JobAsk: Hashable, Sendable {
  package let task: TaskRequest
  /// How many of them, 1...``WorkloadLimits/tasksMax``.
  package let count: Int

  package init(_ task: TaskRequest, count: Int = 1) {
    precondition(task.isValid, "what is asked is in its ranges")
    precondition((1...WorkloadLimits.tasksMax).contains(count), "a job has at least one task")
    self.task = task
    self.count = count
  }

  /// Thousandths of processors in all.
  package var cpuMilli: Int64 { task.amounts.cpuMilli * Int64(count) }
  package var memoryMB: Int64 { task.amounts.memoryMB * Int64(count) }
  /// Thousandths of devices in all; hardware instances are not counted.
  package var gpuMilli: Int64 { task.gpu.milli * Int64(count) }

  /// The processors as orders and tables count them: whole ones, at least one.
  package var processors: Int {
    let whole = (cpuMilli + 999) / 1000
    return Int(min(max(1, whole), Int64(WorkloadLimits.processorsMax)))
  }
}

/// Gives equal asks one place.
struct AskTable {
  private(set) var asks: [JobAsk] = []
  private var places: [JobAsk: Int] = [:]

  init(_ asks: [JobAsk] = []) {
    for ask in asks { _ = place(of: ask) }
  }

  mutating func place(of ask: JobAsk) -> Int {
    if let place = places[ask] { return place }
    places[ask] = asks.count
    asks.append(ask)
    return asks.count - 1
  }
}

extension Workload {
  /// The same jobs, each with an ask: a job that asks for processors alone is as many tasks of one processor, on whichever
  /// nodes.
  func askingNodes() -> Workload {
    var table = AskTable(asks)
    var jobs = jobs
    for index in jobs.indices where jobs[index].ask < 0 {
      let task = TaskRequest(amounts: Resources(cpuMilli: 1000))
      jobs[index].ask = table.place(of: JobAsk(task, count: jobs[index].processors))
    }
    var workload = with(jobs)
    workload.asks = table.asks
    return workload
  }
}
