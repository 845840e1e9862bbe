package import Model
package import Scheduling

/// Readers of the openb trace's tables: Alibaba's GPU-sharing cluster of 2023 (Weng et al., USENIX ATC 2023).
///
/// Amounts of memory are MiB in the trace and are taken as they are.
package enum Openb {
  /// Reads a list of nodes: `sn`, `cpu_milli`, `memory_mib`, `gpu` and `model`.
  package static func nodes(_ text: String, file: String) throws(CommaTableError) -> [Node] {
    let table = try CommaTable(text, file: file)
    let what = "a list of nodes"
    let name = try table.requiredColumn("sn", of: what)
    let cpu = try table.requiredColumn("cpu_milli", of: what)
    let memory = try table.requiredColumn("memory_mib", of: what)
    let gpu = try table.requiredColumn("gpu", of: what)
    let model = try table.requiredColumn("model", of: what)
    var nodes: [Node] = []
    var names: Set<String> = []
    for row in table.rows {
      let nodeName = table.text(name, row)
      guard !nodeName.isEmpty, names.insert(nodeName).inserted else {
        throw table.error(name, row, "expected a name of its own, found \"\(nodeName)\"")
      }
      let devices = try table.count(gpu, row, in: 0...Int64(ClusterLimits.devicesPerNode))
      let device = GPUDevice(model: table.text(model, row))
      nodes.append(
        Node(
          name: nodeName,
          capacity: Resources(
            cpuMilli: try table.count(cpu, row), memoryMB: try table.count(memory, row)),
          devices: Array(repeating: device, count: Int(devices))))
    }
    guard !nodes.isEmpty else {
      throw CommaTableError(file: file, "there are no nodes in the list")
    }
    return nodes
  }

  /// Reads a list of pods: `cpu_milli`, `memory_mib`, `num_gpu`, `gpu_milli` and, where it is there, `gpu_spec`, the accepted
  /// models between bars.
  package static func pods(_ text: String, file: String) throws(CommaTableError) -> [TaskRequest] {
    let table = try CommaTable(text, file: file)
    let what = "a list of pods"
    let cpu = try table.requiredColumn("cpu_milli", of: what)
    let memory = try table.requiredColumn("memory_mib", of: what)
    let count = try table.requiredColumn("num_gpu", of: what)
    let share = try table.requiredColumn("gpu_milli", of: what)
    let models = table.column("gpu_spec")
    var pods: [TaskRequest] = []
    pods.reserveCapacity(table.rows.count)
    for row in table.rows {
      let gpu = try gpuRequest(table, row, count: count, share: share)
      var constraints = GPUConstraints.any
      if let models, gpu != .none {
        constraints.models = Set(table.text(models, row).split(separator: "|").map(String.init))
          .sorted()
      }
      pods.append(
        TaskRequest(
          amounts: Resources(
            cpuMilli: try table.count(cpu, row), memoryMB: try table.count(memory, row)),
          gpu: gpu, gpuConstraints: constraints))
    }
    guard !pods.isEmpty else {
      throw CommaTableError(file: file, "there are no pods in the list")
    }
    return pods
  }

  /// Reads a list of pods as jobs that come and end: `creation_time`, `deletion_time` and, where it is there,
  /// `scheduled_time`, in seconds.
  ///
  /// A pod is submitted when it was created and runs for as long as it did: from when it was scheduled, or else created,
  /// until it was deleted. One without a time to run is dropped.
  package static func jobs(
    _ text: String, file: String
  ) throws(CommaTableError) -> (Workload, FilterReport) {
    let pods = try pods(text, file: file)
    let table = try CommaTable(text, file: file)
    let what = "a list of pods over time"
    let creation = try table.requiredColumn("creation_time", of: what)
    let deletion = try table.requiredColumn("deletion_time", of: what)
    let scheduled = table.column("scheduled_time")
    let range = 0...Int64(WorkloadLimits.secondsMax - 1)
    var report = FilterReport()
    report.rowsRead = pods.count
    var asks = AskTable()
    var jobs: [WorkloadJob] = []
    jobs.reserveCapacity(pods.count)
    for (index, (pod, row)) in zip(pods, table.rows).enumerated() {
      let created = try table.count(creation, row, in: range)
      var began = created
      if let scheduled, !table.text(scheduled, row).isEmpty {
        began = max(created, try table.count(scheduled, row, in: range))
      }
      guard !table.text(deletion, row).isEmpty else {
        report.noRunTime += 1
        continue
      }
      let run = try table.count(deletion, row, in: range) - began
      guard run > 0 else {
        report.noRunTime += 1
        continue
      }
      let ask = JobAsk(pod)
      var job = WorkloadJob(
        id: index, submit: .epoch + .seconds(created), run: .seconds(run), requested: nil,
        processors: ask.processors)
      job.ask = asks.place(of: ask)
      jobs.append(job)
    }
    var workload = Workload(jobs: jobs)
    workload.asks = asks.asks
    report.rowsKept = jobs.count
    report.outOfOrder = workload.unsortedCount
    return (workload, report)
  }

  private static func gpuRequest(
    _ table: CommaTable, _ row: CommaTable.Row, count: CommaTable.Column, share: CommaTable.Column
  ) throws(CommaTableError) -> GPURequest {
    let devices = Int(try table.count(count, row, in: 0...Int64(ClusterLimits.devicesPerNode)))
    let whole = Int64(GPUDevice.wholeMilli)
    let milli = try table.count(share, row, in: 0...whole)
    if devices == 0 {
      guard milli == 0 else {
        throw table.error(share, row, "expected 0 without a GPU, found \(milli)")
      }
      return .none
    }
    if milli == whole { return .devices(count: devices) }
    guard devices == 1, milli > 0 else {
      throw table.error(
        share, row,
        "expected \(whole) for whole GPUs, or less of one GPU; found \(milli) of \(devices)")
    }
    return .share(milli: Int(milli))
  }
}
