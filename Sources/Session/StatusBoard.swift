import Model
import NIOCore

/// Which pools changed since when, and the bytes that tell of each, encoded once for all streams.
///
/// Changes are gathered into ticks of at least ``Limits/statusStreamInterval``.
struct StatusBoard {
  /// Counts the ticks; 0 before the first.
  private(set) var tick: UInt64 = 1
  private var changed: ContiguousArray<UInt64>
  private var payloads: ContiguousArray<ByteBuffer?>
  /// Pools that changed since the last tick.
  private var pending: ContiguousArray<Bool>
  private(set) var hasPending = false
  private(set) var lastTickAt = Instant.epoch

  init(poolCount: Int) {
    changed = ContiguousArray(repeating: 1, count: poolCount)
    payloads = ContiguousArray(repeating: nil, count: poolCount)
    pending = ContiguousArray(repeating: false, count: poolCount)
  }

  mutating func noteChange(_ pool: Int32) {
    pending[Int(pool)] = true
    hasPending = true
  }

  mutating func noteChangeOfAll() {
    for pool in pending.indices { pending[pool] = true }
    hasPending = true
  }

  /// The tick at which the pool last changed.
  func changedTick(_ pool: Int32) -> UInt64 { changed[Int(pool)] }

  /// Begins a new tick: what was pending is to be sent.
  mutating func advance(at now: Instant) {
    tick += 1
    lastTickAt = now
    hasPending = false
    for pool in pending.indices where pending[pool] {
      pending[pool] = false
      changed[pool] = tick
      payloads[pool] = nil
    }
  }

  /// The pool's encoded status, from the current tick if it was asked for before.
  mutating func payload(_ pool: Int32, encode: () -> ByteBuffer) -> ByteBuffer {
    if let payload = payloads[Int(pool)] { return payload }
    let payload = encode()
    payloads[Int(pool)] = payload
    return payload
  }

  /// Forgets encoded bytes: they tell of times that have passed.
  mutating func dropPayloads() {
    for pool in payloads.indices { payloads[pool] = nil }
  }
}
