import Model
import Scheduling
import Testing

/// Small clusters, and what is decided on them.
@Suite struct ScenarioTests {
  @Test(arguments: QuotaCases.all)
  func `quotas decide as the case says`(scenario: PlanCase) throws { try check(scenario) }

  @Test(arguments: PlaceCases.all)
  func `places and order decide as the case says`(scenario: PlanCase) throws { try check(scenario) }

  @Test(arguments: MoveCases.all)
  func `moves are proposed as the case says`(scenario: PlanCase) throws { try check(scenario) }

  @Test(arguments: CalendarCases.all)
  func `bookings, maintenance and hours decide as the case says`(scenario: PlanCase) throws {
    try check(scenario)
  }

  @Test(arguments: LifecycleCases.all)
  func `dependencies and the past of jobs decide as the case says`(scenario: PlanCase) throws {
    try check(scenario)
  }

  private func check(_ scenario: PlanCase) throws {
    let plan = try PlanTrial.plan(scenario.json)
    #expect(PlanTrial.decisions(plan) == scenario.decisions)
    guard let (job, part) = scenario.reason else { return }
    let reasons = plan.waiting.first { $0.job == job }?.reasons ?? []
    #expect(reasons.contains { $0.contains(part) }, "\(job): \(reasons)")
  }
}
