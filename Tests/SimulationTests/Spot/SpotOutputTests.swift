import Model
import Simulation
import Testing

@Suite struct SpotOutputTests {
  static func comparison(repeats: Int = 1) throws -> SpotComparison {
    var experiment = SpotExperiment(hours: 10, repeats: repeats)
    experiment.tasks.count = 3
    return try experiment.run([GreedyPolicy(), OnDemandOnlyPolicy()])
  }

  static func json(_ text: String) throws -> JSONValue { try JSONParser.parse(Array(text.utf8)) }

  @Test func `the printed lines are those that are promised`() throws {
    let metrics = try SpotScenario.run(
      GreedyPolicy(), [try SpotScenario.task(0, hours: 5)],
      market: SpotScenario.market(preemptedAt: [3]))
    let comparison = SpotComparison(repeats: [
      .init(number: 0, seed: 1, metrics: [metrics], onDemandCost: metrics.cost)
    ])
    #expect(
      SpotText.opening(SpotExperiment()) == [
        "Generating 100 tasks over 48 hours...",
        "Generating spot price data (Ornstein-Uhlenbeck process)...", "",
      ])
    #expect(
      SpotText.results(comparison) == [
        "Running simulation with Greedy policy...", "  Cost: $1.50", "  Avg completion: 5.0h",
        "  Preemptions: 1", "",
      ])
    #expect(SpotText.saved(to: "a.json") == "Results saved to a.json")
  }

  @Test func `JSON has the seed's fields first, and events under their names`() throws {
    let json = try Self.json(Self.comparison().jsonText)
    guard case .array(let results)? = json["results"], case .object(let first)? = results.first
    else {
      Issue.record("no results")
      return
    }
    #expect(
      first.prefix(10).map(\.key) == [
        "policy_name", "total_cost", "avg_completion_time", "p50_completion_time",
        "p99_completion_time", "total_tasks", "completed_tasks", "total_preemptions",
        "spot_instances_launched", "ondemand_instances_launched",
      ])
    #expect(results.map { $0["policy_name"]?.stringValue } == ["Greedy", "OnDemandOnly"])
    guard case .array(let events)? = results[0]["events"] else {
      Issue.record("no events")
      return
    }
    #expect(events.first?["TaskArrival"]?["task_id"]?.integerValue(as: Int.self) != nil)
    let launch = events.first { $0["InstanceLaunch"] != nil }?["InstanceLaunch"]
    #expect(launch?["instance_type"]?.stringValue == "Spot")
    #expect(launch?["time"]?.doubleValue != nil)
    guard case .array(let instances)? = results[0]["instances"] else {
      Issue.record("no instances")
      return
    }
    let sum = instances.compactMap { $0["cost"]?.doubleValue }.reduce(0, +)
    #expect(abs(sum - (results[0]["total_cost"]?.doubleValue ?? 0)) < 1e-6)
  }

  @Test func `of several repeats JSON has means, margins and every run`() throws {
    let comparison = try Self.comparison(repeats: 3)
    let json = try Self.json(comparison.jsonText)
    guard case .array(let results)? = json["results"], case .array(let runs)? = results[0]["runs"]
    else {
      Issue.record("no runs")
      return
    }
    let costs = runs.compactMap { $0["total_cost"]?.doubleValue }
    #expect(costs.count == 3)
    let mean = costs.reduce(0, +) / 3
    #expect(results[0]["total_cost"]?.doubleValue == mean)
    #expect((results[0]["margins_95"]?["total_cost"]?.doubleValue ?? 0) > 0)
    #expect(results[1]["savings_percent"]?.doubleValue == 0)
  }

  @Test func `a run's own JSON has its figures and an event a line`() throws {
    let metrics = try SpotScenario.run(
      GreedyPolicy(), [try SpotScenario.task(7, at: 0.5, hours: 1)], market: SpotScenario.market())
    let tail = """
        "events": [
          {"TaskArrival":{"task_id":7,"time":0.5}},
          {"InstanceLaunch":{"instance_id":0,"time":0.5,"instance_type":"Spot"}},
          {"TaskCompletion":{"task_id":7,"time":1.5}},
          {"InstanceTermination":{"instance_id":0,"time":1.5}}
        ]
      }
      """
    #expect(metrics.jsonText.hasSuffix(tail), "\(metrics.jsonText)")
    #expect(metrics.jsonText.hasPrefix("{\n  \"policy_name\": \"Greedy\",\n  \"total_cost\": 0.3,"))
    #expect(try Self.json(metrics.jsonText)["completed_tasks"]?.integerValue(as: Int.self) == 1)
  }

  @Test func `CSV has one line for each policy and repeat`() throws {
    let lines = try Self.comparison(repeats: 3).csvText.split(separator: "\n")
    #expect(lines.count == 7)
    #expect(lines[0].hasPrefix("policy_name,repeat,seed,total_cost,avg_completion_time,"))
    let columns = lines[0].split(separator: ",").count
    for line in lines {
      #expect(line.split(separator: ",", omittingEmptySubsequences: false).count == columns)
    }
  }

  @Test func `where no task ends there is no completion time`() throws {
    let metrics = try SpotScenario.run(
      GreedyPolicy(), [try SpotScenario.task(0, hours: 500)], market: SpotScenario.market())
    #expect(try Self.json(metrics.jsonText)["avg_completion_time"] == .null)
    let comparison = SpotComparison(repeats: [
      .init(number: 0, seed: 1, metrics: [metrics], onDemandCost: .zero)
    ])
    #expect(SpotText.results(comparison)[2] == "  Avg completion: none")
    #expect(comparison.savingsPercent(0) == nil && metrics.completedTasks == 0)
  }
}
