import Model
import Scheduling
import Testing

@Suite struct JobOrderTests {
  static func job(
    _ number: Int, submit: Int64 = 0, estimate: Int64 = 100, processors: Int = 1,
    priority: Int = 400, deadline: Int64? = nil
  ) -> JobFacts {
    JobFacts(
      number: JobNumber(number), submit: .epoch + .seconds(submit), estimate: .seconds(estimate),
      processors: processors, priority: priority,
      deadline: deadline.map { .epoch + .seconds($0) })
  }

  static func instant(_ seconds: Int64) -> Instant { .epoch + .seconds(seconds) }

  /// The numbers of the jobs, first to last.
  static func order(_ order: JobOrder, _ jobs: [JobFacts], at seconds: Int64) -> [Int] {
    jobs.map { job in
      OrderKey(
        score: order.score(of: job, at: instant(seconds)),
        submitNanoseconds: job.submit.nanoseconds, number: job.number.value)
    }.sorted().map(\.number)
  }

  @Test func `equal scores are ordered by submission and then by number`() {
    let jobs = [Self.job(2, submit: 5), Self.job(1, submit: 5), Self.job(3, submit: 1)]
    #expect(Self.order(.firstComeFirstServed, jobs, at: 9) == [3, 1, 2])
  }

  @Test func `the scores of the literature are as published`() {
    // w = 50 s, r = 100 s, n = 8, s = 1000 s.
    let job = Self.job(1, submit: 1000, estimate: 100, processors: 8)
    let now = Self.instant(1050)
    #expect(JobOrder.shortestFirst.score(of: job, at: now) == 100)
    #expect(JobOrder.wfp3.score(of: job, at: now) == -1)
    #expect(abs(JobOrder.unicep.score(of: job, at: now) - -50.0 / 300) < 1e-15)
    #expect(abs(JobOrder.f1.score(of: job, at: now) - (2 * 8 + 870 * 3)) < 1e-9)
  }

  @Test func `a waiting serial job is ahead of every parallel one under UNICEP`() {
    let jobs = [
      Self.job(1, submit: 0, estimate: 1, processors: 2),
      Self.job(2, submit: 99, estimate: 100_000, processors: 1),
      Self.job(3, submit: 100, estimate: 1, processors: 1),
    ]
    #expect(Self.order(.unicep, jobs, at: 100) == [2, 1, 3])
  }

  @Test func `a priority grows with the wait, and at the ceiling the order is that of submission`()
  {
    let order = JobOrder.priority(.init(pointsPerHour: 100, ceiling: 1000))
    let hour: Int64 = 3600
    let low = Self.job(1, submit: 0, priority: 200)
    let high = Self.job(2, submit: 3 * hour, priority: 600)
    let critical = Self.job(3, submit: 7 * hour, priority: 1000)
    let jobs = [low, high, critical]
    // After 3.5 h low has 550 and high 650.
    #expect(Self.order(order, [low, high], at: 3 * hour + hour / 2) == [2, 1])
    // At 7.5 h low has 950; high is at the ceiling, as is the critical one, which came later.
    #expect(Self.order(order, jobs, at: 7 * hour + hour / 2) == [2, 3, 1])
    // At 8 h low is at the ceiling too, and submitted before all.
    #expect(Self.order(order, jobs, at: 8 * hour) == [1, 2, 3])
    #expect(order.nextChange(of: low, after: .epoch) == Self.instant(8 * hour))
    #expect(order.nextChange(of: low, after: Self.instant(8 * hour)) == nil)
  }

  @Test func `without ageing the higher priority is always first`() {
    let order = JobOrder.priority(.init(pointsPerHour: 0, ceiling: 1000))
    let jobs = [Self.job(1, priority: 200), Self.job(2, submit: 10_000_000, priority: 201)]
    #expect(Self.order(order, jobs, at: 20_000_000) == [2, 1])
    #expect(order.movement == .never)
  }

  @Test func `the earliest deadline is first, as long as it can be kept`() {
    let jobs = [
      Self.job(1, submit: 0, estimate: 10),
      Self.job(2, submit: 1, estimate: 10, deadline: 100),
      Self.job(3, submit: 2, estimate: 10, deadline: 50),
      Self.job(4, submit: 3, estimate: 60, deadline: 60),
    ]
    // Job 4 cannot end by 60 any more, and waits with those that have no deadline.
    #expect(Self.order(.earliestDeadline, jobs, at: 5) == [3, 2, 1, 4])
    #expect(Self.order(.earliestDeadline, jobs, at: 40) == [3, 2, 1, 4])
    #expect(Self.order(.earliestDeadline, jobs, at: 41) == [2, 1, 3, 4])
    let change = JobOrder.earliestDeadline.nextChange(of: jobs[2], after: .epoch)
    #expect(change == Self.instant(40) + .nanoseconds(1))
  }

  @Test func `ranks from outside belong to users, and who has none is last`() {
    var order = RankedOrder(scores: [2, 1], holds: .seconds(60))
    var jobs = [Self.job(0), Self.job(1), Self.job(2)]
    for (index, user) in [0, 1, 7].enumerated() { jobs[index].user = user }
    #expect(jobs.map { order.score(of: $0, at: .epoch) } == [2, 1, .infinity])
    order.scores = [0, 1]
    #expect(jobs.map { order.score(of: $0, at: .epoch) } == [0, 1, .infinity])
    #expect(order.movement == .after(.seconds(60)))
  }
}
