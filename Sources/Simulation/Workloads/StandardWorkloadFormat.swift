import Model

/// The Standard Workload Format of the Parallel Workloads Archive: 18 fields a row, comments behind
/// `;`.
///
/// Source: Chapin et al., "Benchmarks and standards for the evaluation of parallel job schedulers",
/// JSSPP 1999.
public enum StandardWorkloadFormat {
  /// One row as it stands in the log; -1 is "unknown".
  public struct Row: Hashable, Sendable {
    public var job: Int
    public var submitNanoseconds: Int64
    public var runNanoseconds: Int64
    public var allocatedProcessors: Int
    public var requestedProcessors: Int
    public var requestedNanoseconds: Int64
    public var status: Int
    public var user: Int
    public var group: Int
    public var queue: Int
  }

  /// A log: its rows, and what its header says.
  public struct Log: Hashable, Sendable {
    public var rows: [Row]
    /// The header's entries in their order, as `key` and `value`.
    public var header: [Entry]

    public struct Entry: Hashable, Sendable {
      public let key: String
      public let value: String
    }

    /// The header's MaxProcs, or its MaxNodes where it has no such entry.
    public var processors: Int? {
      for key in ["MaxProcs", "MaxNodes"] {
        if let text = header.first(where: { $0.key == key })?.value, let value = Int(text),
          value > 0
        {
          return value
        }
      }
      return nil
    }

    /// Only the first rows, at most `count`.
    public func first(_ count: Int) -> Log {
      Log(rows: Array(rows.prefix(max(0, count))), header: header)
    }
  }

  /// Reads a log. Rows have exactly 18 fields; lines and rows are bounded by ``WorkloadLimits``.
  public static func read(_ bytes: [UInt8]) throws(WorkloadError) -> Log {
    var reader = SWFReader(bytes)
    return try reader.read()
  }

  /// The jobs of a log for a machine of `processors`, after the filter rules of the literature.
  ///
  /// In this order: a row is dropped that asks for or got more processors than there are; where
  /// only one of the two numbers is known it counts for both, and without any the row is dropped,
  /// as are those without a run time, without a requested time (if any row of the log has one), and
  /// with a negative submission. Who ran longer than requested is taken to run as long as
  /// requested. A job uses the processors that it requested.
  public static func workload(of log: Log, processors: Int) -> (Workload, FilterReport) {
    precondition(processors >= 1, "a machine has at least one processor")
    var report = FilterReport()
    let hasEstimates = log.rows.contains { $0.requestedNanoseconds > 0 }
    var jobs: [WorkloadJob] = []
    jobs.reserveCapacity(log.rows.count)
    for row in log.rows {
      if let job = job(row, processors, hasEstimates: hasEstimates, &report) { jobs.append(job) }
    }
    report.rowsRead = log.rows.count
    report.rowsKept = jobs.count
    let workload = Workload(jobs: jobs, processors: log.processors)
    report.outOfOrder = workload.unsortedCount
    return (workload, report)
  }

  private static func job(
    _ row: Row, _ processors: Int, hasEstimates: Bool, _ report: inout FilterReport
  ) -> WorkloadJob? {
    guard max(row.allocatedProcessors, row.requestedProcessors) <= processors else {
      report.tooManyProcessors += 1
      return nil
    }
    let asked = row.requestedProcessors > 0 ? row.requestedProcessors : row.allocatedProcessors
    guard asked > 0 else {
      report.noProcessors += 1
      return nil
    }
    guard row.runNanoseconds > 0 else {
      report.noRunTime += 1
      return nil
    }
    guard !hasEstimates || row.requestedNanoseconds > 0 else {
      report.noRequestedTime += 1
      return nil
    }
    guard row.submitNanoseconds >= 0 else {
      report.negativeSubmission += 1
      return nil
    }
    if min(row.allocatedProcessors, row.requestedProcessors) <= 0 { report.processorsCopied += 1 }
    var runNanoseconds = row.runNanoseconds
    if hasEstimates, runNanoseconds > row.requestedNanoseconds {
      runNanoseconds = row.requestedNanoseconds
      report.runTimeShortened += 1
    }
    return WorkloadJob(
      id: row.job, submit: Instant(nanoseconds: row.submitNanoseconds),
      run: TimeSpan(nanoseconds: runNanoseconds),
      requested: hasEstimates ? TimeSpan(nanoseconds: row.requestedNanoseconds) : nil,
      processors: asked, user: row.user, group: row.group, queue: row.queue)
  }

  /// Writes a workload as a log; times are rounded to whole seconds, up where they would be 0.
  public static func text(of workload: Workload, comments: [String] = []) -> String {
    var out = "; Version: 2.2\n"
    for comment in comments { out += "; \(comment)\n" }
    out += "; MaxJobs: \(workload.jobs.count)\n; MaxRecords: \(workload.jobs.count)\n"
    if let processors = workload.processors {
      out += "; MaxNodes: \(processors)\n; MaxProcs: \(processors)\n"
    }
    for job in workload.jobs {
      let submit = Int64(job.submitSeconds.rounded())
      let run = max(1, Int64(job.runSeconds.rounded()))
      let requested = job.requestedSeconds.map { max(1, Int64($0.rounded())) } ?? -1
      out += "\(job.id) \(submit) -1 \(run) \(job.processors) -1 -1 \(job.processors) "
      out += "\(requested) -1 1 \(job.user) \(job.group) -1 \(job.queue) -1 -1 -1\n"
    }
    return out
  }
}
