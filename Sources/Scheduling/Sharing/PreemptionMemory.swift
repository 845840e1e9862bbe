/// Who preempted whom, among the jobs that have not ended.
///
/// A job never preempts one that preempted it, nor one that preempted that one, and so on. So the
/// relation has no rings: at any time the jobs can be put in a line in which each was preempted
/// only by jobs before it.
package struct PreemptionMemory: Hashable, Sendable {
  /// Jobs that preempted one job and are remembered, the latest; with fewer preemptions of a job
  /// than this no ring ever closes.
  package static let limitPerJob = 64

  private var preemptors: [JobNumber: [JobNumber]] = [:]

  package init() {}

  /// Notes that a job preempted another.
  package mutating func record(_ preemptor: JobNumber, preempted victim: JobNumber) {
    precondition(preemptor != victim, "a job does not preempt itself")
    var list = preemptors[victim, default: []]
    list.removeAll { $0 == preemptor }
    list.append(preemptor)
    preemptors[victim] = list.suffix(Self.limitPerJob)
  }

  /// Notes that a job ended, which neither preempts nor is preempted any more.
  package mutating func forget(_ job: JobNumber) {
    preemptors[job] = nil
  }

  /// Those who preempted the job, the latest last.
  package func preemptors(of job: JobNumber) -> [JobNumber] {
    preemptors[job, default: []]
  }

  /// Those whom the job may not preempt: all that preempted it, and all that preempted them, and so
  /// on. O(their number).
  package func superiors(of job: JobNumber) -> Set<JobNumber> {
    var found: Set<JobNumber> = []
    var open = preemptors(of: job)
    while let next = open.popLast() {
      if found.insert(next).inserted {
        open += preemptors(of: next)
      }
    }
    return found
  }
}
