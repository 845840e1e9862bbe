import Model

/// A schedule as trace events, which Perfetto (ui.perfetto.dev) and Chrome's tracing show: one process for each policy, one
/// lane for each processor where a run begins, one slice for each run.
package enum TraceEvents {
  /// The JSON text; times are microseconds from the first submission.
  package static func text(_ runs: [(policy: String, schedule: [ScheduleRecord])], processors: Int)
    -> String
  {
    var out = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":["
    var isFirst = true
    func add(_ event: String) {
      out += (isFirst ? "\n" : ",\n") + event
      isFirst = false
    }
    let begin = runs.flatMap { $0.schedule.map(\.submit) }.min() ?? .epoch
    for (process, run) in runs.enumerated() {
      let name = JSONValue.string(run.policy).text
      add(
        "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":\(process + 1),\"args\":{\"name\":\(name)}}"
      )
      for piece in ProcessorLayout(run.schedule, processors: processors).pieces {
        let record = run.schedule[piece.run]
        let lane = piece.processors.lowerBound
        let at = (record.start - begin).nanoseconds / 1000
        let length = (record.end - record.start).nanoseconds / 1000
        let wait = (record.start - record.submit).nanoseconds / 1000
        add(
          "{\"ph\":\"X\",\"name\":\"job \(record.job)\",\"pid\":\(process + 1),\"tid\":\(lane),"
            + "\"ts\":\(at),\"dur\":\(length),\"args\":{\"processors\":\(record.processors),"
            + "\"wait_us\":\(wait)}}")
      }
    }
    return out + "\n]}\n"
  }
}
