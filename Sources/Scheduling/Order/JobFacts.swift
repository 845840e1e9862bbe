import Model

/// What orders and backfill know of a job, besides what it asks of a machine.
package struct JobFacts: Hashable, Sendable {
  package var number: JobNumber
  package var submit: Instant
  /// How long the job is expected to run: its time limit, or the exact run time in a simulation
  /// with foresight. More than 0.
  package var estimate: TimeSpan
  /// How many processors it asks for, in scores; at least 1.
  package var processors: Int
  /// Higher is more urgent: SCAVENGER 0, BATCH 100, LOW 200, NORMAL 400, HIGH 600, URGENT 800,
  /// CRITICAL 1000.
  package var priority: Int
  /// When the job should have ended at the latest; nil where it has no deadline.
  package var deadline: Instant?
  /// Who submitted it, as a number of the caller's; -1 where unknown.
  package var user: Int
  /// The queue it was submitted to, as a number of the caller's; -1 where unknown.
  package var queue: Int

  package init(
    number: JobNumber, submit: Instant, estimate: TimeSpan, processors: Int = 1,
    priority: Int = 400, deadline: Instant? = nil, user: Int = -1, queue: Int = -1
  ) {
    precondition(estimate > .zero, "a job is expected to run for some time")
    precondition(processors >= 1, "a job asks for at least one processor")
    self.number = number
    self.submit = submit
    self.estimate = estimate
    self.processors = processors
    self.priority = priority
    self.deadline = deadline
    self.user = user
    self.queue = queue
  }
}
