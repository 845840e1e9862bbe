package import Model
import Wire

/// When a rehearsal ends, after the script's last line.
package enum PlayEnd: Hashable, Sendable {
  /// As soon as every request that waits is granted or given up and every grant is fetched or taken back; leases live
  /// on. If none waits, at the last line.
  case decided
  /// At this time exactly: later lines are not played.
  case at(Instant)
  /// When nothing happens by itself any more: every lease has come to its end.
  case idle
}

/// Plays the lines of a script against the coordinator, under virtual time.
///
/// Everything is decided by the lines, the settings and the seed: the same ones give the same bytes.
package struct Player {
  package struct Options: Sendable {
    package var end: PlayEnd
    /// Print every event, not only those that happen by themselves.
    package var showsAllEvents: Bool

    package init(end: PlayEnd = .decided, showsAllEvents: Bool = false) {
      self.end = end
      self.showsAllEvents = showsAllEvents
    }
  }

  private let coordinator: VirtualCoordinator
  private let output: PlayOutput
  private let options: Options
  /// The newest token of each request id.
  private var tokens: [Text: String] = [:]
  /// What the user should know beside the output, such as a token that nobody was given.
  package private(set) var notes: [String] = []
  private var isOver = false

  package init(settings: CoordinationSettings, seed: UInt64, options: Options = Options()) {
    coordinator = VirtualCoordinator(settings: settings, seed: seed)
    output = PlayOutput(codec: coordinator.codec)
    self.options = options
  }

  /// Plays one line and answers the lines to print. The configuration is the caller's to read first.
  package mutating func play(_ line: PlayLine, number: Int) throws(PlayError) -> [String] {
    let at: Instant
    switch line {
    case .configuration: return []
    case .call(let call): at = call.at
    case .disconnect(let instant, _), .pass(let instant): at = instant
    }
    guard at >= coordinator.now else {
      throw PlayError(
        line: number, column: 1,
        "at \(VirtualTime.text(at.nanoseconds)) is before the line above it, "
          + "at \(VirtualTime.text(coordinator.now.nanoseconds)); lines stand in the order of their times"
      )
    }
    if case .at(let end) = options.end, at > end { isOver = true }
    guard !isOver else { return [] }
    coordinator.advance(to: at)
    var lines = takeLines()
    switch line {
    case .call(let call): lines += try make(call)
    case .disconnect(_, let name):
      coordinator.disconnect(name)
      lines += takeLines()
    case .configuration, .pass: break
    }
    return lines
  }

  private mutating func make(_ call: PlayCall) throws(PlayError) -> [String] {
    var token: String?
    if let id = call.tokenReference {
      token = tokens[Text(id)]
      if token == nil {
        notes.append(
          "line \(call.line.number): no request \"\(id)\" has been granted, so \"$\(id)\" is sent as it stands"
        )
      }
    }
    let callID = coordinator.call(
      call.method, payload: try call.payload(token: token),
      timeoutMilliseconds: call.timeoutMilliseconds, as: call.name)
    guard callID != nil else {
      throw call.line.error(
        "the coordinator takes no more connections: it stops, or limits.connections is reached",
        at: "as")
    }
    return takeLines()
  }

  /// Lets time run to the script's end and answers the last lines, the status behind them.
  package mutating func finish() -> [String] {
    var lines: [String] = []
    switch options.end {
    case .at(let end):
      if end > coordinator.now { coordinator.advance(to: end) }
    case .decided:
      while coordinator.openWaits > 0, let next = coordinator.nextDeadline {
        coordinator.advance(to: max(next, coordinator.now))
        lines += takeLines()
      }
    case .idle:
      while let next = coordinator.nextDeadline, next <= VirtualTime.end {
        coordinator.advance(to: max(next, coordinator.now))
        lines += takeLines()
      }
    }
    lines += takeLines()
    do throws(CallError) {
      let status = try coordinator.perform(.status(StatusRequest()))
      lines.append(output.line(at: coordinator.now, status: status))
    } catch {
      preconditionFailure("the status of all pools is always told: \(error)")
    }
    return lines
  }

  private mutating func takeLines() -> [String] {
    var lines: [String] = []
    for happening in coordinator.takeOutputs() {
      switch happening {
      case .reply(let reply): lines.append(output.line(reply))
      case .event(let event):
        if event.kind == .granted { tokens[event.requestID] = event.token.string }
        if options.showsAllEvents || Player.happensByItself(event) {
          lines.append(output.line(event))
        }
      }
    }
    return lines
  }

  /// Whether no reply tells of the event: what a caller did is in its own reply.
  private static func happensByItself(_ event: VirtualEvent) -> Bool {
    switch event.kind {
    case .granted: event.waited != nil
    case .expired, .claimLapsed, .preemptNotice, .queueTimeout: true
    case .denied, .queued, .released, .releaseRefused, .renewed, .cancelled, .preempted, .promoted,
      .modeChanged, .capacityChanged, .draining, .claimed, .settled, .adopted, .learning:
      false
    }
  }
}
