import Model
import Scheduling

/// What an outside policy sees of a waiting job.
public struct JobView: Hashable, Sendable {
  /// The job's index in its workload, from 0.
  public let index: Int
  public let submitSeconds: Double
  /// How long it has waited.
  public let waitSeconds: Double
  /// How long it is expected to run: the user's estimate or, with exact ones, the run time.
  public let requestedSeconds: Double
  public let processors: Int
  /// -1 where unknown, as is the queue.
  public let user: Int
  public let queue: Int
  public let priority: Int
  public let deadlineSeconds: Double?
}

/// How long an outside policy's scores hold.
public enum ScoreLifetime: Hashable, Sendable {
  /// As long as the job waits: the queue is sorted once, which is fast.
  case whileWaiting
  /// For one pass: all waiting jobs are scored anew whenever the scheduler looks at the queue.
  case onePass
  /// For this long, more than 0.
  case seconds(Double)
}

/// An order of the queue that a user of this library writes.
///
///     struct SmallestArea: OrderingPolicy {
///       var lifetime: ScoreLifetime { .whileWaiting }
///       func score(of job: JobView) -> Double { job.requestedSeconds * Double(job.processors) }
///     }
///     let result = try ClusterSimulation(processors: 128)
///       .run(workload, ordering: SmallestArea(), backfill: .easy)
public protocol OrderingPolicy: Sendable {
  var lifetime: ScoreLifetime { get }

  /// The lowest is first; ties in the order of submission. Never "not a number".
  func score(of job: JobView) -> Double

  /// Called before all waiting jobs are scored anew, unless scores hold as long as jobs wait.
  mutating func prepare(atSeconds now: Double)

  /// A job was started; its wait is final.
  mutating func started(_ job: JobView, atSeconds now: Double)

  /// A running job ended.
  mutating func ended(_ job: JobView, atSeconds now: Double)
}

extension OrderingPolicy {
  public mutating func prepare(atSeconds now: Double) {}
  public mutating func started(_ job: JobView, atSeconds now: Double) {}
  public mutating func ended(_ job: JobView, atSeconds now: Double) {}
}

/// An outside policy as the planner's order.
///
/// The policy is called through its protocol, so that the simulation around it is compiled once and
/// specialised: generic over a type of another module, all of it would be called that way.
struct OutsideOrder: JobOrdering {
  private var policy: any OrderingPolicy
  let movement: ScoreMovement

  init(policy: any OrderingPolicy) {
    self.policy = policy
    switch policy.lifetime {
    case .whileWaiting: movement = .never
    case .onePass: movement = .everyPass
    case .seconds(let seconds):
      precondition(
        seconds > 0 && seconds < Double(WorkloadLimits.secondsMax), "a span is out of range")
      movement = .after(TimeSpan(nanoseconds: max(1, Int64(seconds * 1e9))))
    }
  }

  mutating func prepare(at now: Instant) {
    policy.prepare(atSeconds: Seconds.value(now.nanoseconds))
  }

  func score(of job: JobFacts, at now: Instant) -> Double {
    policy.score(of: JobView(job, at: now))
  }

  mutating func started(_ job: JobFacts, at now: Instant) {
    policy.started(JobView(job, at: now), atSeconds: Seconds.value(now.nanoseconds))
  }

  mutating func ended(_ job: JobFacts, at now: Instant) {
    policy.ended(JobView(job, at: now), atSeconds: Seconds.value(now.nanoseconds))
  }
}

extension JobView {
  init(_ job: JobFacts, at now: Instant) {
    index = job.number.value
    submitSeconds = Seconds.value(job.submit.nanoseconds)
    waitSeconds = max(0, Seconds.value((now - job.submit).nanoseconds))
    requestedSeconds = Seconds.value(job.estimate.nanoseconds)
    processors = job.processors
    user = job.user
    queue = job.queue
    priority = job.priority
    deadlineSeconds = job.deadline.map { Seconds.value($0.nanoseconds) }
  }
}
