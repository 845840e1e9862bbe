import Model
import Scheduling

/// A mix of small jobs on one processor each: sleeping, computing, multiplying matrices, and
/// failing now and then.
///
/// At most one job comes each second. The kinds, their shares and parameters are those of the
/// autonomous cluster simulator that this project's demonstration follows. A job's queue is the
/// number of its kind.
public struct MixModel: Hashable, Sendable {
  public enum Kind: Int, Hashable, Sendable, CaseIterable {
    case sleep, compute, matrix, faultInjection

    var weight: Double {
      switch self {
      case .sleep: 0.3
      case .compute: 0.4
      case .matrix: 0.2
      case .faultInjection: 0.1
      }
    }
  }

  /// From 0.1 to 50.
  public let jobsPerMinute: Double

  /// How many loops a processor makes, and how many multiplications and additions of a matrix
  /// product.
  private static let loopsPerSecond = 100_000.0
  private static let operationsPerSecond = 1e9
  /// LOW, NORMAL, HIGH, CRITICAL.
  private static let priorities = [200, 400, 600, 1000]
  private static let priorityWeights = [0.2, 0.5, 0.2, 0.1]

  /// A rate outside 0.1 to 50 is taken as the nearer end.
  public init(jobsPerMinute: Double = 2) {
    precondition(jobsPerMinute.isFinite, "a rate is a number")
    self.jobsPerMinute = min(50, max(0.1, jobsPerMinute))
  }

  /// The first `count` jobs. They ask for twice what they need, rounded up to whole seconds.
  public func workload(jobs count: Int, seed: UInt64) -> Workload {
    let random = SeededRandom(seed: seed)
    var arrivals = random.child("arrivals")
    var kinds = random.child("kinds")
    var lengths = random.child("lengths")
    var urgencies = random.child("priorities")
    var second: Int64 = -1
    let jobs = (0..<max(0, count)).map { index in
      repeat { second += 1 } while arrivals.next().asUnitInterval >= jobsPerMinute / 60
      let kind = Kind.allCases[kinds.index(weights: Kind.allCases.map(\.weight))]
      let run = Self.runSeconds(of: kind, &lengths)
      let requested = (2 * run).rounded(.up)
      return WorkloadJob(
        id: index + 1, submit: .epoch + .seconds(second),
        run: TimeSpan(nanoseconds: Int64(run * 1e9)), requested: .seconds(Int64(requested)),
        processors: 1, queue: kind.rawValue,
        priority: Self.priorities[urgencies.index(weights: Self.priorityWeights)])
    }
    return Workload(jobs: jobs)
  }

  private static func runSeconds(of kind: Kind, _ random: inout SeededRandom) -> Double {
    switch kind {
    case .sleep: return Double(random.within(1...5))
    case .compute: return Double(random.within(100_000...1_000_000)) / loopsPerSecond
    case .matrix:
      let size = Double(random.within(500...2000))
      return 2 * size * size * size / operationsPerSecond
    case .faultInjection: return Double(random.within(2...8))
    }
  }
}
