import Access
import Model
import NIOCore

/// One open stream of replies.
struct OpenStream {
  enum Kind {
    /// The pools it wants, and whether it wants their leases; `changed` are those to be sent again.
    case status(StatusStream)
    /// A record and its sequence, so that a reused slot is not mistaken for it, and whether the caller proved to own it.
    case await(slot: Int32, sequence: UInt64, isOwner: Bool, lastPosition: Int64)
    case watch(WatchRequest, reached: UInt64)
  }

  struct StatusStream {
    /// Indexes of pools.
    var pools: [Int32]
    var pageSize: Int
    /// The engine's count of ticks at which each pool was last sent, in the order of `pools`.
    var sentTick: UInt64
    var sentAt: Instant
  }

  let connection: ConnectionID
  let callID: UInt64
  var kind: Kind
  var deadline: Instant
  /// Who opened it, where callers are asked.
  var identity: Identity?
  /// In the list of streams that have something to send.
  var isQueued = false
}

/// The open streams, and which of them have something to send.
struct StreamTable {
  private(set) var table: ContiguousArray<OpenStream?> = []
  private var free: ContiguousArray<Int32> = []
  /// Streams with something to send, first come first served; each at most once.
  var queued: ContiguousArray<Int32> = []
  private var head = 0
  private(set) var count = 0
  private(set) var statusCount = 0
  /// The streams of events.
  private(set) var watches: [Int32] = []
  /// Streams that wait for a record's grant, by its slot.
  private(set) var awaiters: [Int32: [Int32]] = [:]

  subscript(stream: Int32) -> OpenStream? {
    get { table[Int(stream)] }
    set { table[Int(stream)] = newValue }
  }

  var all: [Int32] {
    table.indices.compactMap { table[$0] == nil ? nil : Int32($0) }
  }

  mutating func insert(_ stream: OpenStream) -> Int32 {
    let index: Int32
    if let reused = free.popLast() {
      index = reused
      table[Int(index)] = stream
    } else {
      index = Int32(table.count)
      table.append(stream)
    }
    count += 1
    switch stream.kind {
    case .status: statusCount += 1
    case .watch: watches.append(index)
    case .await(let slot, _, _, _): awaiters[slot, default: []].append(index)
    }
    return index
  }

  mutating func remove(_ index: Int32) {
    guard let stream = table[Int(index)] else { return }
    switch stream.kind {
    case .status: statusCount -= 1
    case .watch: watches.removeAll { $0 == index }
    case .await(let slot, _, _, _):
      awaiters[slot]?.removeAll { $0 == index }
      if awaiters[slot]?.isEmpty == true { awaiters[slot] = nil }
    }
    table[Int(index)] = nil
    free.append(index)
    count -= 1
  }

  /// Puts a stream in the list of those with something to send.
  mutating func enqueue(_ index: Int32) {
    guard table[Int(index)]?.isQueued == false else { return }
    table[Int(index)]?.isQueued = true
    queued.append(index)
  }

  /// Takes the stream that has waited longest for its turn.
  mutating func dequeue() -> Int32? {
    while head < queued.count {
      let index = queued[head]
      head += 1
      if head == queued.count {
        queued.removeAll(keepingCapacity: true)
        head = 0
      }
      guard table[Int(index)]?.isQueued == true else { continue }
      table[Int(index)]?.isQueued = false
      return index
    }
    return nil
  }

  var hasQueued: Bool { head < queued.count }

  /// Lets the streams of a connection that can be written to again catch up.
  mutating func markBehind(onConnection slot: Int) {
    for index in table.indices where table[index]?.connection.slot == slot {
      enqueue(Int32(index))
    }
  }
}
