package import Model

/// A replay's result for people and programs.
package struct ReplayReport: Sendable {
  package var trace: String
  package var nodes: Int
  package var mode: ResponseMode
  package var wait: TimeSpan
  package var outcome: ReplayOutcome
  /// Of a live replay.
  package var pace: ReplayPace?

  package init(
    trace: String, nodes: Int, mode: ResponseMode, wait: TimeSpan, outcome: ReplayOutcome,
    pace: ReplayPace? = nil
  ) {
    self.trace = trace
    self.nodes = nodes
    self.mode = mode
    self.wait = wait
    self.outcome = outcome
    self.pace = pace
  }

  /// Whether what was granted stayed within what exists, as it must where limits are respected.
  package var isSound: Bool { mode != .respectLimits || outcome.tally.excesses == 0 }

  // MARK: JSON

  package var json: JSONValue {
    let tally = outcome.tally
    let waits = outcome.waitTimes
    return .object(
      [
        JSONValue.Member("trace", .string(trace)), JSONValue.Member("nodes", .integer(nodes)),
        JSONValue.Member("mode", .string(mode.name)),
        JSONValue.Member("wait_seconds", VirtualTime.json(wait)),
        JSONValue.Member("total", json(outcome.total)),
        JSONValue.Member(
          "by_phase",
          .object(
            outcome.phases.sorted { $0.key < $1.key }.map {
              JSONValue.Member($0.key, json($0.value))
            }
          )),
        JSONValue.Member(
          "reasons",
          .object(
            outcome.reasons.sorted { $0.key < $1.key }.map {
              JSONValue.Member($0.key, .integer($0.value))
            })),
        JSONValue.Member(
          "queue_wait",
          .object([
            JSONValue.Member("count", .integer(waits.count)),
            JSONValue.Member("mean_seconds", VirtualTime.json(waits.mean)),
            JSONValue.Member("p50_seconds", VirtualTime.json(waits.median)),
            JSONValue.Member("p99_seconds", VirtualTime.json(waits.p99)),
            JSONValue.Member("max_seconds", VirtualTime.json(waits.longest)),
          ])),
        JSONValue.Member("utilisation", .array(TracePools.names.indices.map(utilisation))),
        JSONValue.Member(
          "check",
          .object([
            JSONValue.Member("grants", .integer(tally.grants)),
            JSONValue.Member("grants_beyond_capacity", .integer(tally.excesses)),
            JSONValue.Member("never_exceeded", .bool(tally.excesses == 0)),
            JSONValue.Member("leases_left", .integer(tally.openLeases)),
          ])),
      ] + (pace.map { [JSONValue.Member("pace", json($0))] } ?? []))
  }

  private func json(_ pace: ReplayPace) -> JSONValue {
    .object([
      JSONValue.Member("planned_seconds", VirtualTime.json(pace.planned)),
      JSONValue.Member("took_seconds", VirtualTime.json(pace.took)),
      JSONValue.Member("behind_seconds", VirtualTime.json(pace.behind)),
      JSONValue.Member("behind_most_seconds", VirtualTime.json(pace.behindMost)),
    ])
  }

  private func json(_ counts: ReplayOutcome.Counts) -> JSONValue {
    .object([
      JSONValue.Member("pods", .integer(counts.pods)),
      JSONValue.Member("granted_at_once", .integer(counts.granted)),
      JSONValue.Member("granted_after_wait", .integer(counts.grantedAfterWait)),
      JSONValue.Member("denied", .integer(counts.denied)),
      JSONValue.Member("timed_out", .integer(counts.timedOut)),
      JSONValue.Member("failed", .integer(counts.failed)),
    ])
  }

  private func utilisation(_ pool: Int) -> JSONValue {
    let tally = outcome.tally
    return .object([
      JSONValue.Member("pool", .string(TracePools.names[pool])),
      JSONValue.Member("capacity", .integer(tally.capacities[pool])),
      JSONValue.Member("mean_percent", .number(Self.percent(tally.mean(pool)))),
      JSONValue.Member("peak", .integer(tally.peaks[pool])),
      JSONValue.Member("peak_percent", .number(Self.percent(peakRatio(pool)))),
      JSONValue.Member("peak_at", VirtualTime.json(tally.peaksAt[pool])),
      JSONValue.Member(
        "series_percent", .array(tally.series(pool).map { .number(Self.percent($0)) })),
    ])
  }

  private func peakRatio(_ pool: Int) -> Int64 {
    let capacity = outcome.tally.capacities[pool]
    guard capacity > 0 else { return 0 }
    return Int64(clamping: Int128(outcome.tally.peaks[pool]) * 10_000 / Int128(capacity))
  }

  /// Hundredths of a percent as a percentage with two decimals.
  private static func percent(_ hundredths: Int64) -> String {
    let part = hundredths % 100
    return "\(hundredths / 100)." + (part < 10 ? "0" : "") + "\(part)"
  }

  // MARK: Text

  /// Several lines for a terminal.
  package var text: String {
    let rows = [("all", outcome.total)] + outcome.phases.sorted { $0.key < $1.key }
    var lines = [
      "\(outcome.total.pods) pods on \(nodes) nodes, \(mode.name), wait at most \(VirtualTime.text(wait.nanoseconds)) s",
      "",
      ReplayReport.row(["PODS", "ALL", "AT ONCE", "AFTER WAIT", "DENIED", "TIMED OUT", "FAILED"]),
    ]
    lines += rows.map { name, counts in
      ReplayReport.row(
        [name]
          + [
            counts.pods, counts.granted, counts.grantedAfterWait, counts.denied, counts.timedOut,
            counts.failed,
          ].map { String($0) })
    }
    for (reason, count) in outcome.reasons.sorted(by: { $0.key < $1.key }) {
      lines.append("  \(count) times \(reason)")
    }
    let waits = outcome.waitTimes
    lines += [
      "",
      "queue wait of \(waits.count) granted later: mean \(Self.span(waits.mean)), p50 \(Self.span(waits.median)), "
        + "p99 \(Self.span(waits.p99)), longest \(Self.span(waits.longest))",
      "",
    ]
    for pool in TracePools.names.indices { lines += chart(pool) }
    lines += ["", check]
    if let pace { lines.append(Self.line(pace)) }
    return lines.joined(separator: "\n")
  }

  private var check: String {
    let tally = outcome.tally
    if tally.excesses == 0 {
      return "check: over \(tally.grants) grants, never more granted than exists"
    }
    return "check: \(tally.excesses) of \(tally.grants) grants went beyond what exists"
  }

  private static func line(_ pace: ReplayPace) -> String {
    let milliseconds = { (span: TimeSpan) in
      VirtualTime.text(span.nanoseconds / 1_000_000 * 1_000_000) + " s"
    }
    return "pace: planned \(milliseconds(pace.planned)), took \(milliseconds(pace.took)); "
      + (pace.isBehind
        ? "behind by \(milliseconds(pace.behind)): the trace's time waited for the server"
        : "at most \(milliseconds(pace.behindMost)) behind")
  }

  private static func row(_ cells: [String]) -> String {
    cells.enumerated().map { index, cell in
      let blanks = String(repeating: " ", count: max(0, 11 - cell.count))
      return index == 0 ? cell + blanks : blanks + cell
    }.joined()
  }

  private static func span(_ span: TimeSpan) -> String {
    let seconds = span.nanoseconds / 1_000_000_000
    if seconds < 120 { return "\(VirtualTime.text(span.nanoseconds / 1_000_000 * 1_000_000)) s" }
    if seconds < 7200 { return "\(seconds / 60) min" }
    return "\(seconds / 3600) h \(seconds / 60 % 60) min"
  }

  /// A line of numbers and a line of bars, one bar for each slice of the time.
  private func chart(_ pool: Int) -> [String] {
    let tally = outcome.tally
    let bars = Array("▁▂▃▄▅▆▇█")
    let line = tally.series(pool).map { value -> Character in
      value == 0 ? "·" : bars[Int(min(7, value * 8 / 10_001))]
    }
    return [
      "\(TracePools.names[pool]): mean \(Self.percent(tally.mean(pool))) %, peak \(tally.peaks[pool]) of "
        + "\(tally.capacities[pool]) \(TracePools.units[pool]) (\(Self.percent(peakRatio(pool))) %) at "
        + "\(VirtualTime.text(tally.peaksAt[pool].nanoseconds)) s",
      "  " + String(line),
    ]
  }
}
