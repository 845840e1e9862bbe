/// What the reader of a log did to its rows, rule by rule. A row that is dropped counts for the
/// first rule that drops it.
public struct FilterReport: Hashable, Sendable {
  public var rowsRead = 0
  public var rowsKept = 0
  /// Dropped: asks for, or got, more processors than there are.
  public var tooManyProcessors = 0
  /// Changed: only one of the two numbers of processors is known, and counts for both.
  public var processorsCopied = 0
  /// Dropped: no number of processors is known.
  public var noProcessors = 0
  /// Dropped: the run time is unknown or 0.
  public var noRunTime = 0
  /// Dropped: the requested time is unknown or 0, in a log that has requested times.
  public var noRequestedTime = 0
  /// Changed: ran longer than requested, and is taken to run as long as requested.
  public var runTimeShortened = 0
  /// Dropped: submitted before the log begins.
  public var negativeSubmission = 0
  /// Dropped: asks for what not even all nodes have while nothing runs there.
  public var fitsNowhere = 0
  /// Rows behind one that was submitted later; they were sorted.
  public var outOfOrder = 0

  public init() {}

  /// Each rule with the number of its rows, those that did nothing left out.
  public var lines: [String] {
    let rules: [(Int, String)] = [
      (tooManyProcessors, "dropped: more processors than the machine has"),
      (noProcessors, "dropped: no number of processors"),
      (noRunTime, "dropped: no run time"),
      (noRequestedTime, "dropped: no requested time"),
      (negativeSubmission, "dropped: submitted before the log begins"),
      (fitsNowhere, "dropped: asks for what the nodes do not have"),
      (processorsCopied, "changed: the one known number of processors counts as the other"),
      (runTimeShortened, "changed: run time shortened to the requested time"),
      (outOfOrder, "sorted: submitted before the row above"),
    ]
    return ["\(rowsRead) rows read, \(rowsKept) kept"]
      + rules.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
  }
}
