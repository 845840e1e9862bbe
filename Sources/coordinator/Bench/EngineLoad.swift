import Coordination
import Model
import NIOCore
import Server
import Session

/// The same pairs against the engine alone, without sockets: what a request costs before the operating system.
struct EngineLoad {
  var depth: Int
  var pairs: Int
  var mode: ResponseMode

  struct Result: Codable {
    var requests: Int
    var nanosecondsPerRequest: Double
  }

  func run() throws -> Result {
    let clock = SystemClock()
    var settings = CoordinationSettings(mode: mode)
    settings.pools[0].capacity = 1_000_000
    let engine = Engine(
      coordinator: Coordinator(
        settings: settings, epoch: 1, hashSeed: SystemEntropy.word(),
        entropy: SystemEntropy.make(), at: clock.now), at: clock.now)
    guard let connection = engine.open(at: clock.now) else {
      throw Failure(.failed, "the engine takes no connection")
    }
    var frames = try LoadFrames(pool: "gpu", quantity: 1, duration: .seconds(3600))
    var calls = ByteBufferAllocator().buffer(capacity: 65_536)
    var spent = Duration.zero
    var nextID: UInt64 = 1
    for _ in 0..<(pairs / depth) {
      let ids = nextID..<nextID + UInt64(depth)
      nextID = ids.upperBound
      calls.clear()
      for (slot, id) in ids.enumerated() {
        frames.appendRequest(
          callID: LoadFrames.firstCallID + UInt64(slot), id: id, to: &calls)
      }
      let granted = try exchange(&calls, engine, connection, clock, &spent)
      calls.clear()
      for (frame, id) in zip(granted.frames, ids) {
        let bytes = granted.bytes.readableBytesUInt8Span
        guard let reply = LoadReply(bytes, at: frame), let token = reply.tokenAt else {
          throw Failure(.failed, "a request was not granted")
        }
        frames.appendRelease(
          callID: reply.callID, id: id, tokenAt: token, of: bytes, to: &calls)
      }
      let released = try exchange(&calls, engine, connection, clock, &spent)
      guard let last = released.frames.last,
        LoadReply(released.bytes.readableBytesUInt8Span, at: last)?.isSuccess == true
      else { throw Failure(.failed, "a release was refused") }
    }
    let requests = pairs / depth * depth * 2
    let nanoseconds =
      Double(spent.components.seconds) * 1e9 + Double(spent.components.attoseconds) / 1e9
    return Result(requests: requests, nanosecondsPerRequest: nanoseconds / Double(requests))
  }

  private func exchange(
    _ calls: inout ByteBuffer, _ engine: Engine, _ connection: ConnectionID, _ clock: SystemClock,
    _ spent: inout Duration
  ) throws -> (bytes: ByteBuffer, frames: [Range<Int>]) {
    var sent = calls
    let began = ContinuousClock.now
    engine.receive(&sent, on: connection, at: clock.now)
    let output = engine.nextOutput()
    spent += began.duration(to: .now)
    guard let bytes = output?.bytes else { throw Failure(.failed, "the engine answered nothing") }
    // A copy of its own, so that the engine can fill its buffer again.
    var copy = ByteBuffer(bytes: Array(bytes.readableBytesView))
    let whole = copy
    var frames: [Range<Int>] = []
    while let length = copy.readInteger(as: UInt32.self) {
      frames.append(copy.readerIndex..<copy.readerIndex + Int(length))
      copy.moveReaderIndex(forwardBy: Int(length))
    }
    engine.finishBatch(at: clock.now)
    return (whole, frames)
  }
}
