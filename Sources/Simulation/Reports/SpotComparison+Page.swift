extension SpotComparison {
  /// A page for people: the policies compared, cost against time, the market's prices with the
  /// preemptions below them, and each policy's tasks as a Gantt chart. Prices, preemptions and Gantt
  /// charts are those of the first repeat.
  ///
  /// - Parameters:
  ///   - title: the page's heading.
  ///   - subtitle: what was simulated, in a sentence.
  ///   - market: the first repeat's.
  package func html(title: String, subtitle: String, market: SpotMarket, hours: Double) -> String {
    let isOne = repeats.count == 1
    var body = ReportPage.section(
      "Policies",
      "The best figure of each column is bold. "
        + (isOne
          ? "All policies face the same market, the same tasks and the same luck."
          : "Means of \(repeats.count) repeats, with intervals of 95 % confidence."),
      comparisonTable)
    body += ReportPage.section(
      "Cost and time",
      "Mean time from a task's arrival to its end, over the cost. No policy is cheaper and faster than "
        + "those on the dashed line.", ReportPage.legend(policyNames) + scatterChart.svg)
    body += pricesSection(market, hours)
    for (policy, name) in policyNames.enumerated() {
      body += ganttSection(repeats[0].metrics[policy].record, name, hours)
    }
    return ReportPage.html(title: title, subtitle: subtitle, body: body)
  }

  // MARK: Table

  private typealias Column = (title: String, isMoreBetter: Bool, value: (Int) -> SpotEstimate?)

  private var comparisonTable: String {
    let columns: [(column: Column, places: Int)] = [
      (("Cost $", false, { estimate($0, \.totalCost) }), 2),
      (("Savings %", true, { savingsPercent($0) }), 1),
      (("Completed", true, { estimate($0) { Double($0.completedTasks) } }), 1),
      (("Mean h", false, { estimate($0, \.averageCompletionHours) }), 2),
      (("p99 h", false, { estimate($0, \.p99CompletionHours) }), 2),
      (("Preemptions", false, { estimate($0) { Double($0.totalPreemptions) } }), 1),
      (("Misses", false, { estimate($0) { Double($0.deadlineMisses) } }), 1),
      (("Wasted h", false, { estimate($0, \.wastedHours) }), 2),
      (("$ a useful h", false, { estimate($0, \.costPerUsefulHour) }), 3),
    ]
    var out = "<div class=\"scroll\"><table>\n<tr><th>Policy</th>"
    for (column, _) in columns { out += "<th>\(column.title)</th>" }
    out += "</tr>\n"
    for (policy, name) in policyNames.enumerated() {
      out += "<tr><td>\(ReportText.escaped(name))</td>"
      for (column, places) in columns {
        let means = policyNames.indices.compactMap { column.value($0)?.mean }
        let best = column.isMoreBetter ? means.max() : means.min()
        let value = column.value(policy)
        let isBest = Set(means).count > 1 && value?.mean == best
        out += "<td\(isBest ? " class=\"best\"" : "")>\(Self.text(value, places))</td>"
      }
      out += "</tr>\n"
    }
    return out + "</table></div>\n"
  }

  private static func text(_ estimate: SpotEstimate?, _ places: Int) -> String {
    guard let estimate else { return "–" }
    let mean = ReportText.decimal(estimate.mean, places: places)
    return estimate.margin.map { "\(mean) ± \(ReportText.decimal($0, places: places))" } ?? mean
  }

  // MARK: Charts

  /// An axis around values: a twentieth of room at both ends, never below 0.
  private static func axis(_ title: String, _ values: [Double]) -> LineChart.Axis {
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    let room = max((high - low) * 0.1, abs(high) * 0.02)
    return LineChart.Axis(title, low: max(0, low - room), high: high + room)
  }

  private var scatterChart: LineChart {
    let points = policyNames.indices.compactMap { policy in
      estimate(policy, \.totalCost).flatMap { cost in
        estimate(policy, \.averageCompletionHours).map { (policy, cost: cost.mean, hours: $0.mean) }
      }
    }
    let front = Set(paretoFront)
    let line = points.filter { front.contains($0.0) }.sorted { $0.cost < $1.cost }
    return LineChart(
      title: "Cost and time of the policies", x: Self.axis("dollars", points.map(\.cost)),
      y: Self.axis("hours", points.map(\.hours)),
      lines: [
        .init(
          name: "Pareto front", points: line.map { (x: $0.cost, y: $0.hours) }, isReference: true)
      ],
      marks: points.map { policy, cost, hours in
        .init(
          x: cost, y: hours, colour: policy,
          words: "\(policyNames[policy]): $\(ReportText.decimal(cost, places: 2)), "
            + "\(ReportText.decimal(hours, places: 2)) h")
      })
  }

  /// A page's width has no room for more points of a line.
  private static let pointsMax = 480

  private func pricesSection(_ market: SpotMarket, _ hours: Double) -> String {
    let shown = market.zones.prefix(ReportPage.colourCount - 1)
    var lines = shown.map {
      LineChart.Line(name: $0.name, points: Self.prices($0, hours), isStepped: true)
    }
    let listed = SpotUnits.dollars(market.zones.map(\.onDemandNanodollars).min() ?? 0)
    lines.append(
      .init(name: "on-demand", points: [(0, listed), (hours, listed)], isReference: true))
    let highest = lines.flatMap { $0.points.map(\.y) }.max() ?? 1
    let chart = LineChart(
      title: "Prices over time", x: .init("hours", low: 0, high: hours),
      y: .init("dollars an hour", low: 0, high: highest * 1.05), lines: lines)
    let rows = policyNames.indices.map { policy in
      (
        policy: policyNames[policy],
        hours: repeats[0].metrics[policy].events.compactMap { event -> Double? in
          guard case .instancePreemption = event.kind else { return nil }
          return event.timeHours
        }
      )
    }
    var note =
      "Dollars an hour of a spot instance; dashed: on-demand. Below: preemptions of each policy."
    if shown.count < market.zones.count {
      note += " The first \(shown.count) of \(market.zones.count) zones."
    }
    let zones = shown.count > 1 ? ReportPage.legend(shown.map(\.name)) : ""
    return ReportPage.section(
      "Prices and preemptions", note,
      zones + chart.svg + ReportPage.legend(policyNames)
        + PreemptionRows(rows: rows, hours: hours).svg)
  }

  /// A zone's prices until the horizon, means of equal stretches where there are too many.
  private static func prices(_ zone: ZoneMarket, _ hours: Double) -> [(x: Double, y: Double)] {
    let step = SpotUnits.hours(zone.stepNanoseconds)
    let count = max(1, min(zone.steps, Int((hours / step).rounded(.up))))
    let stretch = (count + pointsMax - 1) / pointsMax
    var points = stride(from: 0, to: count, by: stretch).map { first in
      let part = zone.spotNanodollars[first..<min(first + stretch, count)]
      let mean = part.reduce(0) { $0 + SpotUnits.dollars($1) } / Double(part.count)
      return (x: Double(first) * step, y: mean)
    }
    if let last = points.last { points.append((x: hours, y: last.y)) }
    return points
  }

  private func ganttSection(_ record: SpotRecord, _ policy: String, _ hours: Double) -> String {
    let chart = SpotGantt(title: "Tasks under \(policy)", record: record, hours: hours)
    let all = record.outcomes.count
    let count =
      chart.outcomes.count < all ? "The first \(chart.outcomes.count) of \(all) tasks" : "All tasks"
    return ReportPage.section(
      "Tasks under \(policy)",
      "\(count), in the order of arrival. A thin line is waiting, pale is starting, a dark tick a "
        + "preemption.",
      ReportPage.legend(["spot instance", "on-demand instance"]) + chart.svg)
  }
}
