import CResourceCoordinator
import Model

/// Memory for the C structs of one message: a bump allocator with a hard bound, emptied before the next message.
///
/// Everything allocated here is owned by the arena and valid until the next ``reset()``; no pointer into it leaves
/// `Wire`. Confined to one event loop, like the `Codec` that owns it.
final class Arena {
  /// What every block is aligned to: the strictest alignment of the generated structs.
  static let alignment = 8

  let capacity: Int
  private let base: UnsafeMutableRawPointer
  private var used = 0
  /// Set when an allocation failed for lack of room; the message is then refused.
  private(set) var isExhausted = false
  /// Blocks beyond the bound, for our own messages only; see ``take(_:)``.
  private var extra: [UnsafeMutableRawPointer] = []
  /// What protobuf-c is given; owned here, valid as long as the arena, holds the arena unretained.
  private let allocatorBox: UnsafeMutablePointer<ProtobufCAllocator>

  init(capacity: Int) {
    precondition(capacity > 0, "an arena has room")
    self.capacity = capacity
    // Owned here until `deinit`. Pages that no message reaches are never touched and so cost nothing.
    base = .allocate(byteCount: capacity, alignment: Arena.alignment)
    allocatorBox = .allocate(capacity: 1)
    allocatorBox.initialize(
      to: ProtobufCAllocator(
        alloc: { data, size in
          // `data` is the arena's own reference, put there below; the arena outlives every call.
          guard let data else { return nil }
          return Unmanaged<Arena>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.allocate(size) }
        },
        free: { _, _ in },
        allocator_data: nil))
    allocatorBox.pointee.allocator_data = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    reset()
    allocatorBox.deallocate()
    base.deallocate()
  }

  var allocator: UnsafeMutablePointer<ProtobufCAllocator> { allocatorBox }

  /// Forgets all blocks. O(1), unless a message of ours went beyond the bound.
  @inline(__always)
  func reset() {
    used = 0
    isExhausted = false
    if !extra.isEmpty { releaseExtra() }
  }

  private func releaseExtra() {
    for block in extra { block.deallocate() }
    extra.removeAll()
  }

  /// A block for bytes from outside, or nil when the bound is met.
  @inline(__always)
  func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
    // Sizes come from C as unsigned numbers; one that is negative here is beyond every bound.
    guard size >= 0, size <= capacity - used else {
      isExhausted = true
      return nil
    }
    let block = base + used
    used = min(capacity, (used + size + Arena.alignment - 1) & ~(Arena.alignment - 1))
    return block
  }

  /// A block for a message of our own, which `Limits` bound already: beyond the arena's bound it comes from the heap.
  @inline(__always)
  func take(_ size: Int) -> UnsafeMutableRawPointer {
    if let block = allocate(size) { return block }
    return takeExtra(size)
  }

  private func takeExtra(_ size: Int) -> UnsafeMutableRawPointer {
    // Owned by `extra` until the next reset.
    let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: Arena.alignment)
    extra.append(block)
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
