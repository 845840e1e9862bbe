import Model

/// What everybody in a world shares: the clock, what happens next, and what is told of it.
final class Stage {
  private(set) var now = WorldPlan.start
  var tally = Tally()
  /// The first sentence of the oracle that did not hold.
  private(set) var violation: String?
  /// Lines that tell what happens; nil where nobody reads them.
  private(set) var transcript: [String]?
  /// Whether faults are over: what follows shows whether everything comes to rest.
  var isCalm = false
  /// How far the server's clock was set forward in all.
  var setForward = TimeSpan.zero
  /// Ids and tokens that were seen.
  let rumours = Rumours()
  private var events = EventQueue()
  private var secondBegan = WorldPlan.start
  private var eventsInSecond = 0

  /// Events of one simulated second beyond which a world is taken to hang.
  static let eventsPerSecondMax = 1_000_000

  init(keepsTranscript: Bool) {
    transcript = keepsTranscript ? [] : nil
  }

  func run(until end: Instant) {
    while violation == nil, let next = events.earliest, next <= end {
      guard let event = events.next() else { return }
      now = max(now, event.at)
      tally.events += 1
      countEvent()
      event.action()
    }
    if violation == nil { now = max(now, end) }
  }

  /// Ends a world in which time stands still: something makes itself happen again and again.
  private func countEvent() {
    if now - secondBegan >= .seconds(1) {
      secondBegan = now
      eventsInSecond = 0
    }
    eventsInSecond += 1
    guard eventsInSecond > Stage.eventsPerSecondMax else { return }
    fail("more than \(Stage.eventsPerSecondMax) events in one simulated second: it hangs")
  }

  /// Forgets what was still to happen, and with it those to whom it would.
  func end() { events = EventQueue() }

  func after(_ span: TimeSpan, _ action: @escaping () -> Void) {
    events.add(at: now + span, action)
  }

  func at(_ instant: Instant, _ action: @escaping () -> Void) {
    events.add(at: max(instant, now), action)
  }

  func tell(_ who: @autoclosure () -> String, _ what: @autoclosure () -> String) {
    guard transcript != nil else { return }
    let microseconds = (now - WorldPlan.start).nanoseconds / 1000
    let digits = String(microseconds % 1_000_000)
    let part = String(repeating: "0", count: 6 - digits.count) + digits
    transcript?.append("\(microseconds / 1_000_000).\(part) \(who()): \(what())")
  }

  func fail(_ sentence: @autoclosure () -> String) {
    guard violation == nil else { return }
    let sentence = sentence()
    violation = sentence
    tell("oracle", "VIOLATED: \(sentence)")
  }

  func fault(_ kind: FaultKind, _ what: @autoclosure () -> String) {
    tally.count(kind)
    tell("fault", what())
  }
}
