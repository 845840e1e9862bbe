import Model

/// The classes of waiting requests, first served first. A request enters the lane of its priority and rises with its
/// age; in the last one nothing can overtake it any more, so nothing starves.
enum QueueLane: UInt8, CaseIterable, Sendable {
  case aged = 0
  case critical = 1
  case high = 2
  case normal = 3
  case low = 4

  static let count = 5

  /// Points of priority that a waiting request gains each minute.
  static let pointsPerMinute: Int64 = 100

  /// The points from which on a request belongs to the lane.
  var points: Int64 {
    switch self {
    case .aged: 1200
    case .critical: Priority.critical.points
    case .high: Priority.high.points
    case .normal: Priority.normal.points
    case .low: 0
    }
  }

  init(_ priority: Priority) {
    switch priority {
    case .low: self = .low
    case .normal: self = .normal
    case .high: self = .high
    case .critical: self = .critical
    }
  }

  /// The lane above; nil for the last.
  var next: QueueLane? {
    rawValue == 0 ? nil : QueueLane(rawValue: rawValue - 1)
  }

  /// When a request of this priority, waiting since the instant, rises into the lane.
  func reached(from priority: Priority, since queuedAt: Instant) -> Instant {
    let missing = max(0, points - priority.points)
    return queuedAt + .nanoseconds(missing * 60_000_000_000 / QueueLane.pointsPerMinute)
  }
}

/// A place in the total order of the queue: lane, then round, then sequence.
///
/// Rounds make the components of one lane take turns: the first waiters of all come before the second ones (start-time
/// fair queueing with unit cost; Goyal, Vin and Cheng, SIGCOMM 1996, doi:10.1145/248156.248171).
package struct QueueKey: Hashable, Comparable, Sendable {
  var lane: QueueLane
  var round: UInt64
  /// The record's sequence: earlier requests first.
  var sequence: UInt64

  package static func < (left: QueueKey, right: QueueKey) -> Bool {
    (left.lane.rawValue, left.round, left.sequence)
      < (right.lane.rawValue, right.round, right.sequence)
  }
}

/// The waiting requests in their total order.
///
/// Sorted arrays: a place costs O(log n) to find and a move of at most ``Limits/queueLength`` entries to open or close.
struct WaitingQueue {
  struct Entry {
    let key: QueueKey
    let slot: Int32
  }

  private(set) var lanes: [5 of ContiguousArray<Entry>] = .init(repeating: [])
  /// The round that each lane serves: newcomers start no earlier.
  private var rounds: [5 of UInt64] = .init(repeating: 0)
  private(set) var count = 0

  /// The key for a newcomer of a component whose last waiter in the lane had the round.
  func key(lane: QueueLane, lastRound: UInt64, sequence: UInt64, at now: Instant) -> QueueKey {
    // The aged lane is first come, first served: its rounds are instants.
    let round =
      lane == .aged
      ? UInt64(bitPattern: now.nanoseconds) : max(rounds[Int(lane.rawValue)], lastRound + 1)
    return QueueKey(lane: lane, round: round, sequence: sequence)
  }

  func round(of lane: QueueLane) -> UInt64 { rounds[Int(lane.rawValue)] }

  mutating func restore(round: UInt64, of lane: QueueLane) { rounds[Int(lane.rawValue)] = round }

  mutating func insert(_ slot: Int32, key: QueueKey) {
    let lane = Int(key.lane.rawValue)
    let position = lanes[lane].partitionPoint { $0.key < key }
    lanes[lane].insert(Entry(key: key, slot: slot), at: position)
    count += 1
  }

  func contains(_ key: QueueKey) -> Bool {
    let lane = lanes[Int(key.lane.rawValue)]
    let position = lane.partitionPoint { $0.key < key }
    return position < lane.count && lane[position].key == key
  }

  mutating func remove(key: QueueKey) {
    let lane = Int(key.lane.rawValue)
    let position = lanes[lane].partitionPoint { $0.key < key }
    precondition(
      position < lanes[lane].count && lanes[lane][position].key == key, "not in the queue")
    lanes[lane].remove(at: position)
    count -= 1
  }

  /// Notes that the entry with this key was served: its lane's newcomers start at its round.
  mutating func served(_ key: QueueKey) {
    guard key.lane != .aged else { return }
    let lane = Int(key.lane.rawValue)
    rounds[lane] = max(rounds[lane], key.round)
  }

  /// How many come before the key.
  func countAhead(of key: QueueKey) -> Int {
    var ahead = 0
    for lane in 0..<Int(key.lane.rawValue) { ahead += lanes[lane].count }
    return ahead + lanes[Int(key.lane.rawValue)].partitionPoint { $0.key < key }
  }

  /// Calls the body with each slot in order, until it answers false or the key is reached.
  func forEach(before end: QueueKey? = nil, _ body: (Int32) -> Bool) {
    for lane in 0..<QueueLane.count {
      for entry in lanes[lane] {
        if let end, !(entry.key < end) { return }
        guard body(entry.slot) else { return }
      }
    }
  }
}
