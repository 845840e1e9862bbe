import Model
import TestSupport
import Testing

@testable import Simulation

/// The page and the pictures of a spot simulation.
@Suite struct SpotReportTests {
  private func experiment(tasks: Int, hours: Double = 48, repeats: Int = 1) -> SpotExperiment {
    SpotExperiment(
      source: .model(MarketModel(preemptions: PreemptionModel(ratePerHour: 0.4))),
      tasks: TaskModel(count: tasks), settings: SpotSettings(overheadHours: 0.2), hours: hours,
      repeats: repeats)
  }

  private func page(_ experiment: SpotExperiment) throws -> (SpotComparison, String) {
    let comparison = try experiment.run([
      GreedyPolicy(), OnDemandFallbackPolicy(threshold: 1), OnDemandOnlyPolicy(),
    ])
    let page = comparison.html(
      title: "a <b>", subtitle: experiment.summary, market: experiment.market(ofRepeat: 0),
      hours: experiment.hours)
    return (comparison, page)
  }

  private func count(_ part: String, in text: String) -> Int { text.ranges(of: part).count }

  @Test func `the page has a mark, a row and a Gantt chart for each policy`() throws {
    let (comparison, page) = try page(experiment(tasks: 20))
    #expect(page.contains("<h1>a &lt;b&gt;</h1>"))
    #expect(count("<circle class=\"dot", in: page) == 3)
    #expect(count("<path class=\"mark", in: page) == 3)
    #expect(count("<h2>Tasks under ", in: page) == 3)
    // A dark tick for each preempted stay; every task has a row of its own in each chart.
    let lost = comparison.repeats[0].metrics.map(\.totalPreemptions).reduce(0, +)
    #expect(lost > 0 && count("<path class=\"lost\"", in: page) == lost)
    #expect(count("<path class=\"wait\"", in: page) == 60)
    #expect(count("class=\"reference\"", in: page) == 2)
    #expect(!page.contains("<script") && !page.contains("http"))
  }

  @Test func `of many tasks the first are drawn, and the page says so`() throws {
    let (_, page) = try page(experiment(tasks: 300))
    #expect(page.contains("The first \(SpotGantt.tasksMax) of 300 tasks"))
    #expect(count("<path class=\"wait\"", in: page) == 3 * SpotGantt.tasksMax)
  }

  @Test func `means of several repeats stand with their margins`() throws {
    let (_, page) = try page(experiment(tasks: 5, repeats: 3))
    #expect(page.contains("Means of 3 repeats") && page.contains(" ± "))
  }

  @Test func `a long market's prices are drawn as means`() throws {
    let (_, page) = try page(experiment(tasks: 2, hours: 2000))
    #expect(page.utf8.count < 60_000, "\(page.utf8.count)")
  }

  @Test func `a terminal shows what each task does in the middle of a column`() throws {
    let record = try SpotScenario.run(
      OnDemandFallbackPolicy(threshold: 1),
      [try SpotScenario.task(0, hours: 6), try SpotScenario.task(1, at: 4, hours: 4)],
      market: SpotScenario.market(preemptedAt: [2]), hours: 10
    ).record
    let lines = SpotTerminalGantt.lines(record, hours: 10, width: 13)
    #expect(lines.count == 4)
    #expect(lines[0] == "0 │██x▒▒▒")
    #expect(lines[1] == "1 │    ████")
    #expect(lines[2] == "  └──────────")
    #expect(lines[3].contains("1h a column"))
  }

  @Test func `a task that finds no spot instance waits on the terminal`() throws {
    let market = SpotMarket(zones: [
      SpotScenario.zone(hours: 10, availability: [false, false] + Array(repeating: true, count: 8))
    ])
    let record = try SpotScenario.run(
      GreedyPolicy(), [try SpotScenario.task(0, hours: 3)], market: market, hours: 10
    ).record
    #expect(SpotTerminalGantt.lines(record, hours: 10, width: 13)[0] == "0 │··███")
    #expect(SpotTerminalGantt.lines(SpotRecord(), hours: 10, width: 80).isEmpty)
  }
}
