package import Model
package import Scheduling

/// One run of one job in a schedule. A job that was interrupted has several, of which the last is
/// complete.
public struct ScheduleRecord: Hashable, Sendable {
  /// The job's number in its log.
  public var job: Int
  package var submit: Instant
  package var start: Instant
  package var end: Instant
  public var processors: Int
  /// Where its tasks ran, in their order; empty on a machine without nodes.
  package var places: [Placement] = []

  public init(
    job: Int, submitSeconds: Double, startSeconds: Double, endSeconds: Double, processors: Int
  ) {
    func instant(_ seconds: Double) -> Instant {
      precondition(seconds.isFinite && abs(seconds) < 9e9, "a time is out of range")
      return Instant(nanoseconds: Int64((seconds * 1e9).rounded()))
    }
    self.init(
      job: job, submit: instant(submitSeconds), start: instant(startSeconds),
      end: instant(endSeconds), processors: processors)
  }

  package init(
    job: Int, submit: Instant, start: Instant, end: Instant, processors: Int,
    places: [Placement] = []
  ) {
    self.job = job
    self.submit = submit
    self.start = start
    self.end = end
    self.processors = processors
    self.places = places
  }

  public var submitSeconds: Double { Seconds.value(submit.nanoseconds) }
  public var startSeconds: Double { Seconds.value(start.nanoseconds) }
  public var endSeconds: Double { Seconds.value(end.nanoseconds) }

  /// `job,submit,start,end,processors`, times in seconds.
  public static let csvHeader = "job,submit,start,end,processors"

  public var csvLine: String {
    let times = [submit, start, end].map { Seconds.decimal(Int128($0.nanoseconds)) }
    return "\(job),\(times[0]),\(times[1]),\(times[2]),\(processors)"
  }

  /// The same with `places`: the tasks' nodes with blanks between them, each with the numbers of its devices.
  package static let csvHeaderWithPlaces = csvHeader + ",places"

  package func csvLine(nodes: [Node]) -> String {
    let texts = places.map { place in
      let devices = place.gpu.deviceSet.map { "\($0)" }.joined(separator: "+")
      return nodes[place.node].name + (devices.isEmpty ? "" : ":\(devices)")
    }
    return csvLine + "," + texts.joined(separator: " ")
  }
}
