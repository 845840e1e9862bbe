package import Model

/// A job of a workload: when it comes, what it asks for, and how long it will run.
public struct WorkloadJob: Hashable, Sendable {
  /// The job's number in its log.
  public var id: Int
  package var submit: Instant
  package var run: TimeSpan
  /// The time that was asked for; nil where the log has no estimates.
  package var requested: TimeSpan?
  /// At least 1.
  public var processors: Int
  /// The number of the user in the log; -1 where unknown.
  public var user: Int
  /// The number of the user's group in the log; -1 where unknown.
  public var group: Int
  /// The number of the queue in the log; -1 where unknown.
  public var queue: Int
  /// Higher is more urgent; 400 where the log says nothing.
  public var priority: Int
  package var deadline: Instant?
  /// What it asks of nodes, as a place in ``Workload/asks``; -1 where it asks for processors alone.
  package var ask = -1

  /// A job from whole or broken seconds, which are kept to the nanosecond.
  ///
  /// Times must be at least 0, the run time and a requested time more than 0, and all below
  /// ``WorkloadLimits/secondsMax``.
  public init(
    id: Int, submitSeconds: Double, runSeconds: Double, requestedSeconds: Double? = nil,
    processors: Int, user: Int = -1, group: Int = -1, queue: Int = -1, priority: Int = 400,
    deadlineSeconds: Double? = nil
  ) {
    func span(_ seconds: Double, isZeroAllowed: Bool) -> TimeSpan {
      precondition(
        seconds.isFinite && seconds < Double(WorkloadLimits.secondsMax)
          && (isZeroAllowed ? seconds >= 0 : seconds >= 1e-9), "a time is out of range")
      return TimeSpan(nanoseconds: Int64((seconds * 1e9).rounded()))
    }
    self.init(
      id: id, submit: .epoch + span(submitSeconds, isZeroAllowed: true),
      run: span(runSeconds, isZeroAllowed: false),
      requested: requestedSeconds.map { span($0, isZeroAllowed: false) }, processors: processors,
      user: user, group: group, queue: queue, priority: priority,
      deadline: deadlineSeconds.map { .epoch + span($0, isZeroAllowed: true) })
  }

  package init(
    id: Int, submit: Instant, run: TimeSpan, requested: TimeSpan?, processors: Int,
    user: Int = -1, group: Int = -1, queue: Int = -1, priority: Int = 400,
    deadline: Instant? = nil
  ) {
    precondition(run > .zero && processors >= 1, "a job runs for some time on some processors")
    self.id = id
    self.submit = submit
    self.run = run
    self.requested = requested
    self.processors = processors
    self.user = user
    self.group = group
    self.queue = queue
    self.priority = priority
    self.deadline = deadline
  }

  public var submitSeconds: Double { Seconds.value(submit.nanoseconds) }
  public var runSeconds: Double { Seconds.value(run.nanoseconds) }
  public var requestedSeconds: Double? { requested.map { Seconds.value($0.nanoseconds) } }
  public var deadlineSeconds: Double? { deadline.map { Seconds.value($0.nanoseconds) } }
}

/// Bounds of what workload readers take.
public enum WorkloadLimits {
  /// The largest time in a workload, in seconds: about 95 years, so that waits and sums stay in
  /// range.
  public static let secondsMax = 3_000_000_000
  /// The longest line, in bytes.
  public static let lineBytesMax = 65_536
  /// The most rows of one log.
  public static let rowsMax = 50_000_000
  /// The most processors that a job may ask for.
  public static let processorsMax = 1_000_000_000
  /// The most header comments that are kept.
  public static let headersMax = 1_000
  /// The most tasks of one job.
  public static let tasksMax = 100_000
}

/// Nanoseconds as seconds, without an error where the seconds are whole.
enum Seconds {
  static let nanoseconds: Int64 = 1_000_000_000

  static func value(_ nanoseconds: Int64) -> Double {
    let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: Seconds.nanoseconds)
    return rest == 0 ? Double(whole) : Double(nanoseconds) / 1e9
  }

  static func value(_ nanoseconds: Int128) -> Double {
    let (whole, rest) = nanoseconds.quotientAndRemainder(
      dividingBy: Int128(Seconds.nanoseconds))
    return rest == 0 ? Double(whole) : Double(whole) + Double(rest) / 1e9
  }

  /// Exactly, as a decimal number without superfluous digits.
  static func decimal(_ nanoseconds: Int128) -> String {
    let (whole, rest) = nanoseconds.magnitude.quotientAndRemainder(
      dividingBy: UInt128(Seconds.nanoseconds))
    var text = (nanoseconds < 0 ? "-" : "") + String(whole)
    guard rest > 0 else { return text }
    let digits = String(rest)
    text += "." + String(repeating: "0", count: 9 - digits.count) + digits
    while text.hasSuffix("0") { text.removeLast() }
    return text
  }
}
