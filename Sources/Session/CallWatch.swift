package import Model

/// A call that took longer than the threshold, for the log.
package struct SlowCall: Hashable, Sendable {
  package let method: Model.Method
  /// Empty where the call is made for no component.
  package let component: Text
  /// From its arrival until its answer could be seen.
  package let duration: TimeSpan
  package let trace: TraceParent?
  /// Slow calls before this one that were not told, because there were too many.
  package let untold: Int
}

/// Knows since when each call is being answered, and tells of those for which that took long.
///
/// Calls are answered in the order in which they came: those of one batch together, and where a journal is kept when it
/// is durable what they decided. Streams are not calls in this sense. Costs a few words for each call, and nothing where
/// no threshold is set. Bounds: ``Limits/watchedCalls`` calls at a time, ``Limits/slowCallLines`` told each second.
package struct CallWatch {
  private struct Call {
    var method: Model.Method
    var component: Text
    var trace: TraceParent?
    var arrivedAt: Instant
  }

  /// Zero = nothing is watched.
  private let threshold: TimeSpan
  private let callsMax: Int
  private let linesPerSecond: Int
  private var calls: ContiguousArray<Call> = []
  /// The first of ``calls`` that is not answered.
  private var head = 0
  /// How many of the last ones ``takeNew()`` has not told yet.
  private var newCount = 0
  private var untold = 0
  private var secondBegan = Instant.epoch
  private var linesInSecond = 0

  package init(limits: Limits) {
    threshold = limits.slowCall
    callsMax = limits.watchedCalls
    linesPerSecond = limits.slowCallLines
  }

  package var isOn: Bool { threshold > .zero }

  package mutating func arrived(
    _ method: Model.Method, _ component: Text, _ trace: TraceParent?, at now: Instant
  ) {
    guard calls.count - head < callsMax else { return }
    calls.append(Call(method: method, component: component, trace: trace, arrivedAt: now))
    newCount += 1
  }

  /// How many calls have arrived since this was last asked.
  package mutating func takeNew() -> Int {
    defer { newCount = 0 }
    return newCount
  }

  /// Tells that so many more calls are answered, of those that arrived at one instant, and calls the body with those that
  /// took long.
  package mutating func answered(
    _ count: Int, at now: Instant, _ tell: (SlowCall) -> Void
  ) {
    precondition(count <= calls.count - head, "only calls that arrived are answered")
    if count > 0, now - calls[head].arrivedAt >= threshold {
      for call in calls[head..<head + count] { note(call, at: now, tell) }
    }
    head += count
    guard head == calls.count || head >= callsMax else { return }
    calls.removeFirst(head)
    head = 0
  }

  private mutating func note(_ call: Call, at now: Instant, _ tell: (SlowCall) -> Void) {
    if now - secondBegan >= .seconds(1) {
      secondBegan = now
      linesInSecond = 0
    }
    guard linesInSecond < linesPerSecond else {
      untold += 1
      return
    }
    linesInSecond += 1
    tell(
      SlowCall(
        method: call.method, component: call.component, duration: now - call.arrivedAt,
        trace: call.trace, untold: untold))
    untold = 0
  }
}
