/// Uniform Progress (Wu et al., "Can't Be Late", NSDI 2024): work is done at least as fast as a
/// straight line from the arrival to the deadline.
///
/// - A spot instance is taken whenever there is one, and kept until it is lost.
/// - Without one the task waits while it is ahead of the line, and runs on-demand when it is behind.
/// - On-demand it stays until it is so far ahead that the changes to a spot instance and back do not
///   put it behind again: the hysteresis.
///
/// Of several zones the cheapest with a spot instance is taken. Without a deadline it is greedy.
public struct UniformProgressPolicy: SpotPolicy {
  /// How many overheads ahead of the line the task leaves an on-demand instance; nil: as soon as
  /// there is a spot instance.
  public let hysteresisOverheads: Int?

  /// - Parameter hysteresisOverheads: At least 0; two as published.
  public init(hysteresisOverheads: Int? = 2) {
    self.hysteresisOverheads = hysteresisOverheads
  }

  public var name: String {
    hysteresisOverheads == nil ? "UniformProgressEager" : "UniformProgress"
  }

  public func choice(for view: SpotView) -> SpotChoice {
    guard let line = ProgressLine(view) else { return .cheapestSpot(view) }
    switch view.placement?.kind {
    case .spot: return view.staying
    case .onDemand:
      if let hysteresisOverheads,
        !line.isAhead(by: Int64(hysteresisOverheads) * view.overheadNanoseconds)
      {
        return view.staying
      }
      let spot = SpotChoice.cheapestSpot(view)
      return spot == .wait ? view.staying : spot
    case nil:
      let spot = SpotChoice.cheapestSpot(view)
      return spot == .wait && line.isBehind ? .cheapestOnDemand(view) : spot
    }
  }
}

/// Progress against the straight line from the arrival to the deadline, in whole numbers.
private struct ProgressLine {
  private let done: Int64
  private let work: Int64
  private let elapsed: Int64
  private let span: Int64

  /// Nil without a deadline.
  init?(_ view: SpotView) {
    guard let deadline = view.deadlineNanoseconds else { return nil }
    done = view.workNanoseconds - view.remainingNanoseconds
    work = view.workNanoseconds
    elapsed = view.nowNanoseconds - view.arrivalNanoseconds
    span = deadline - view.arrivalNanoseconds
  }

  /// Less is done than the line asks for now.
  var isBehind: Bool { Int128(done) * Int128(span) < Int128(elapsed) * Int128(work) }

  /// More is done than the line asks for in that time.
  func isAhead(by nanoseconds: Int64) -> Bool {
    Int128(done) * Int128(span) > Int128(elapsed + nanoseconds) * Int128(work)
  }
}

extension SpotView {
  /// Where the task runs, or waiting where it runs nowhere.
  var staying: SpotChoice {
    placement.map { .run($0.kind, zone: $0.zone) } ?? .wait
  }
}
