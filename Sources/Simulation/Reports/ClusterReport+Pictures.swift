extension ClusterReport {
  /// The pictures of a report that can be files of their own.
  package enum Picture: String, Hashable, Sendable, CaseIterable {
    /// The first entry's schedule, as a Gantt chart; it needs results with their schedules.
    case schedule
    /// How many processors were busy over time, a line for each entry.
    case utilisation
    /// How many jobs waited over time, a line for each entry.
    case waiting
    /// Mean wait, bounded slowdown and utilisation of each entry, as bars.
    case comparison
  }

  /// A picture as an SVG file, with its colours in it.
  package func svg(_ picture: Picture) -> String {
    switch picture {
    case .schedule: ReportPage.picture(entries.first.map { gantt($0).svg } ?? "")
    case .utilisation: ReportPage.picture(withLegend(utilisationChart).svg)
    case .waiting: ReportPage.picture(withLegend(queueChart).svg)
    case .comparison: ReportPage.picture(comparisonChart.svg)
    }
  }

  private func withLegend(_ chart: LineChart) -> LineChart {
    var chart = chart
    chart.hasLegend = true
    return chart
  }

  private var comparisonChart: BarChart {
    func panel(
      _ title: String, _ value: (ClusterMetrics) -> Double, _ text: @escaping (Double) -> String
    ) -> BarChart.Panel {
      BarChart.Panel(title: title, values: entries.map { value($0.result.metrics) }, text: text)
    }
    return BarChart(
      title: "Policies compared", names: entries.map(\.policy),
      panels: [
        panel("Mean wait", \.averageWaitSeconds, ReportText.span),
        panel("Mean bounded slowdown", \.averageBoundedSlowdown) {
          ReportText.decimal($0, places: 2)
        },
        panel("Utilisation", \.utilisation) { ReportText.decimal($0 * 100, places: 1) + " %" },
      ])
  }
}
