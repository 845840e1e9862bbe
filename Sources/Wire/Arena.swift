import CResourceCoordinator
import Model

/// Memory for the C structs of one message: a bump allocator with a hard bound, emptied before the next message.
///
/// Everything allocated here is owned by the arena and valid until the next ``reset()``; no pointer into it leaves
/// `Wire`. Confined to one event loop, like the `Codec` that owns it.
final class Arena {
  /// What every block is aligned to: the strictest alignment of the generated structs.
  static let alignment = 8

  /// What changes with every block. It stands in memory of its own, not in the class: protobuf-c's callback reaches it
  /// by one pointer, and no access is checked for exclusivity.
  private struct State {
    /// Owned until the arena goes.
    var base: UnsafeMutableRawPointer
    var used = 0
    var capacity: Int
    /// Set when an allocation failed for lack of room; the message is then refused.
    var isExhausted = false
    /// Whether `extra` has blocks.
    var hasExtra = false

    /// A block, or nil when the bound is met.
    @inline(__always)
    mutating func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
      // Sizes come from C as unsigned numbers; one that is negative here is beyond every bound.
      guard size >= 0, size <= capacity - used else {
        isExhausted = true
        return nil
      }
      let block = base + used
      used = min(capacity, (used + size + Arena.alignment - 1) & ~(Arena.alignment - 1))
      return block
    }
  }

  /// Owned here from `init` to `deinit`.
  private let state: UnsafeMutablePointer<State>
  /// What protobuf-c is given; owned here from `init` to `deinit`.
  let allocator: UnsafeMutablePointer<ProtobufCAllocator>
  /// Blocks beyond the bound, for our own messages only; see ``take(_:)``.
  private var extra: [UnsafeMutableRawPointer] = []

  init(capacity: Int) {
    precondition(capacity > 0, "an arena has room")
    state = .allocate(capacity: 1)
    // Pages that no message reaches are never touched and so cost nothing.
    state.initialize(
      to: State(
        base: .allocate(byteCount: capacity, alignment: Arena.alignment), capacity: capacity))
    allocator = .allocate(capacity: 1)
    allocator.initialize(
      to: ProtobufCAllocator(
        alloc: { data, size in
          // `data` is the arena's state, put there below; it outlives every call of protobuf-c.
          data?.assumingMemoryBound(to: State.self).pointee.allocate(size)
        },
        free: { _, _ in },
        allocator_data: state))
  }

  deinit {
    reset()
    allocator.deallocate()
    state.pointee.base.deallocate()
    state.deallocate()
  }

  var capacity: Int { state.pointee.capacity }

  /// Whether an allocation has failed for lack of room since the last reset.
  var isExhausted: Bool { state.pointee.isExhausted }

  /// Forgets all blocks. O(1), unless a message of ours went beyond the bound.
  @inline(__always)
  func reset() {
    state.pointee.used = 0
    state.pointee.isExhausted = false
    if state.pointee.hasExtra { releaseExtra() }
  }

  private func releaseExtra() {
    for block in extra { block.deallocate() }
    extra.removeAll()
    state.pointee.hasExtra = false
  }

  /// A block for a message of our own, which `Limits` bound already: beyond the arena's bound it comes from the heap.
  @inline(__always)
  func take(_ size: Int) -> UnsafeMutableRawPointer {
    if let block = state.pointee.allocate(size) { return block }
    return takeExtra(size)
  }

  private func takeExtra(_ size: Int) -> UnsafeMutableRawPointer {
    // Owned by `extra` until the next reset.
    let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: Arena.alignment)
    extra.append(block)
    state.pointee.hasExtra = true
    return block
  }

  /// An empty message of our own.
  @inline(__always)
  func make<Message: CMessage>(_ type: Message.Type) -> UnsafeMutablePointer<Message> {
    // The block is large and aligned enough for one `Message`; the generated init fills all of it.
    let message = take(MemoryLayout<Message>.size).bindMemory(to: Message.self, capacity: 1)
    Message.initialise(message)
    return message
  }
}
