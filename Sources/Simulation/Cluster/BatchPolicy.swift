package import Scheduling

/// An order of the queue and who may overtake, under a name.
public struct BatchPolicy: Hashable, Sendable {
  public let name: String
  package var ranking: Ranking
  /// Who may overtake.
  public var backfill: Backfill

  /// Who may start before jobs that are ahead in the queue.
  public struct Backfill: Hashable, Sendable {
    /// How many blocked jobs hold a reservation: 0 is nobody overtakes, 1 is EASY, `Int.max` is
    /// conservative.
    public var reservationDepth: Int
    /// Jobs without a reservation are tried shortest first, not in the order of the queue.
    public var isShortestFirst: Bool

    public init(reservationDepth: Int, isShortestFirst: Bool = false) {
      precondition(reservationDepth >= 0, "a reservation depth is at least 0")
      self.reservationDepth = reservationDepth
      self.isShortestFirst = isShortestFirst
    }

    public static let none = Backfill(reservationDepth: 0)
    public static let easy = Backfill(reservationDepth: 1)
    public static let easyShortestFirst = Backfill(reservationDepth: 1, isShortestFirst: true)
    public static let conservative = Backfill(reservationDepth: .max)

    package var settings: BackfillSettings {
      let depth: BackfillSettings.Depth =
        switch reservationDepth {
        case 0: .none
        case .max: .all
        default: .first(reservationDepth)
        }
      return BackfillSettings(
        depth: depth, candidates: isShortestFirst ? .shortestFirst : .queueOrder)
    }
  }

  /// How waiting jobs are ranked.
  package enum Ranking: Hashable, Sendable {
    /// By what is known of each job.
    case jobs(JobOrder)
    /// By what its user deserves.
    case fairTree
    /// By its user's classic factor.
    case fairShare
    /// By dominant resource fairness among queues where there are some, else among users.
    case dominantShare
  }

  package init(name: String, order: JobOrder, backfill: Backfill) {
    self.init(name: name, ranking: .jobs(order), backfill: backfill)
  }

  package init(name: String, ranking: Ranking, backfill: Backfill) {
    self.name = name
    self.ranking = ranking
    self.backfill = backfill
  }

  /// The policies that have a name. Orders of the literature come without backfill, as they are
  /// compared there; those of this scheduler with EASY.
  public static let all: [BatchPolicy] = [
    BatchPolicy(name: "fcfs", order: .firstComeFirstServed, backfill: .none),
    BatchPolicy(name: "easy", order: .firstComeFirstServed, backfill: .easy),
    BatchPolicy(name: "easy-sjbf", order: .firstComeFirstServed, backfill: .easyShortestFirst),
    BatchPolicy(name: "conservative", order: .firstComeFirstServed, backfill: .conservative),
    BatchPolicy(name: "sjf", order: .shortestFirst, backfill: .none),
    BatchPolicy(name: "wfp3", order: .wfp3, backfill: .none),
    BatchPolicy(name: "unicep", order: .unicep, backfill: .none),
    BatchPolicy(name: "f1", order: .f1, backfill: .none),
    BatchPolicy(name: "priority", order: .priority(.standard), backfill: .easy),
    BatchPolicy(name: "deadline", order: .earliestDeadline, backfill: .easy),
    BatchPolicy(name: "fair-tree", ranking: .fairTree, backfill: .easy),
    BatchPolicy(name: "fair-share", ranking: .fairShare, backfill: .easy),
    BatchPolicy(name: "drf", ranking: .dominantShare, backfill: .easy),
  ]

  public static var names: [String] { all.map(\.name) }

  /// The policy of this name.
  public static func named(_ name: String) throws(SimulationError) -> BatchPolicy {
    guard let policy = all.first(where: { $0.name == name }) else {
      throw SimulationError.noSuchPolicy(name)
    }
    return policy
  }
}
