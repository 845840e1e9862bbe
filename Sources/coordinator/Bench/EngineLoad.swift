import Coordination
import Foundation
import Model
import NIOCore
import Server
import Session

/// The same pairs against the engine alone, without sockets: what a request costs before the operating system.
struct EngineLoad {
  var depth: Int
  var pairs: Int
  /// Leases with empty metadata that are held all the while.
  var liveLeases = 0

  struct Result: Codable {
    var requests: Int
    var nanosecondsPerRequest: Double
    /// Of the live leases: what the process grew by for each.
    var residentBytesPerLease: Double?
    /// GetResourceStatus while they are held.
    var statusMicroseconds: Double
    /// What the process grew by while the pairs were made, after the first tenth of them.
    var residentGrowthBytes: Int64
  }

  func run() throws -> Result {
    let clock = SystemClock()
    var settings = CoordinationSettings(mode: .respectLimits)
    settings.pools[0].capacity = 10_000_000
    let engine = Engine(
      coordinator: Coordinator(
        settings: settings, epoch: 1, hashSeed: SystemEntropy.word(),
        entropy: SystemEntropy.make(), at: clock.now), at: clock.now)
    guard let connection = engine.open(at: clock.now) else {
      throw Failure(.failed, "the engine takes no connection")
    }
    let frames = try LoadFrames(pool: "gpu", quantity: 1, duration: .seconds(3600))
    let process = ServerProcess(pid: ProcessInfo.processInfo.processIdentifier)
    var nextID: UInt64 = 1
    let perLease = try holdLeases(engine, connection, clock, &nextID, process)
    let status = try statusMicroseconds(engine)
    var calls = ByteBufferAllocator().buffer(capacity: 65_536)
    var spent = Duration.zero
    var settled: Int64 = 0
    for round in 0..<(pairs / depth) {
      if round == pairs / depth / 10 { settled = try process.read().residentBytes }
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
        guard let reply = LoadReply(bytes, at: frame), reply.success == .granted else {
          throw Failure(.failed, "a request was not granted")
        }
        frames.appendRelease(
          callID: reply.callID, id: id, tokenAt: reply.tokenAt, of: granted.bytes, to: &calls)
      }
      let released = try exchange(&calls, engine, connection, clock, &spent)
      guard let last = released.frames.last,
        LoadReply(released.bytes.readableBytesUInt8Span, at: last)?.success == .done
      else { throw Failure(.failed, "a release was refused") }
    }
    let requests = pairs / depth * depth * 2
    let nanoseconds =
      Double(spent.components.seconds) * 1e9 + Double(spent.components.attoseconds) / 1e9
    return Result(
      requests: requests, nanosecondsPerRequest: nanoseconds / Double(max(1, requests)),
      residentBytesPerLease: perLease, statusMicroseconds: status,
      residentGrowthBytes: try process.read().residentBytes - settled)
  }

  /// Takes the live leases. Answers the resident bytes of each; nil without any.
  private func holdLeases(
    _ engine: Engine, _ connection: ConnectionID, _ clock: SystemClock, _ nextID: inout UInt64,
    _ process: ServerProcess
  ) throws -> Double? {
    guard liveLeases > 0 else { return nil }
    let frames = try LoadFrames(
      pool: "gpu", quantity: 1, duration: .seconds(3600), metadata: .empty)
    var calls = ByteBufferAllocator().buffer(capacity: 65_536)
    var spent = Duration.zero
    let before = try process.read().residentBytes
    var held = 0
    while held < liveLeases {
      calls.clear()
      for slot in 0..<min(64, liveLeases - held) {
        frames.appendRequest(
          callID: LoadFrames.firstCallID + UInt64(slot), id: nextID, to: &calls)
        nextID += 1
        held += 1
      }
      let granted = try exchange(&calls, engine, connection, clock, &spent)
      guard let last = granted.frames.last,
        LoadReply(granted.bytes.readableBytesUInt8Span, at: last)?.success == .granted
      else { throw Failure(.failed, "a lease was not granted") }
    }
    return Double(try process.read().residentBytes - before) / Double(liveLeases)
  }

  private func statusMicroseconds(_ engine: Engine) throws -> Double {
    let rounds = 200
    let began = ContinuousClock.now
    for _ in 0..<rounds { _ = try engine.perform(.status(StatusRequest()), connection: 0) }
    let took = began.duration(to: .now).components
    return (Double(took.seconds) * 1e6 + Double(took.attoseconds) / 1e12) / Double(rounds)
  }

  private func exchange(
    _ calls: inout ByteBuffer, _ engine: Engine, _ connection: ConnectionID, _ clock: SystemClock,
    _ spent: inout Duration
  ) throws -> (bytes: ByteBuffer, frames: [Range<Int>]) {
    var sent = calls
    let whole: ByteBuffer
    do {
      let began = ContinuousClock.now
      engine.receive(&sent, on: connection, at: clock.now)
      let output = engine.nextOutput()
      spent += began.duration(to: .now)
      guard let output else { throw Failure(.failed, "the engine answered nothing") }
      // A copy of its own, so that the engine can fill its buffer again.
      whole = ByteBuffer(bytes: Array(output.bytes.readableBytesView))
    }
    var copy = whole
    var frames: [Range<Int>] = []
    while let length = copy.readInteger(as: UInt32.self) {
      frames.append(copy.readerIndex..<copy.readerIndex + Int(length))
      copy.moveReaderIndex(forwardBy: Int(length))
    }
    engine.finishBatch(at: clock.now)
    return (whole, frames)
  }
}
