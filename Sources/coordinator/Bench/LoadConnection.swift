import Histogram
import Model
import NIOCore
import Wire

/// What all connections of one load share; confined to one event loop.
final class LoadRun {
  var frames: LoadFrames
  let depth: Int
  var nextID: UInt64
  /// Pairs in flight are finished, but none is begun any more.
  var isEnding = false
  var completed: UInt64 = 0
  var failed: UInt64 = 0
  var firstFailure: String?
  /// Nanoseconds.
  var latencies = Histogram<UInt32>(
    highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
  var isMeasuring = false

  init(frames: LoadFrames, depth: Int, firstID: UInt64) {
    self.frames = frames
    self.depth = depth
    nextID = firstID
  }
}

/// One connection of the load: a closed loop of `depth` pairs, each call sent when the one before it is answered.
final class LoadConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let run: LoadRun
  private var reader = FrameReader(limits: Limits())
  private var partial: ByteBuffer?
  private var out = ByteBufferAllocator().buffer(capacity: 65_536)
  private var ids: [UInt64]
  private var sentAt: [ContinuousClock.Instant]
  private var isHeld: [Bool]
  private let clock = ContinuousClock()
  private(set) var inFlight = 0
  private let onIdle: () -> Void
  /// Sent before all else; empty for nothing.
  private let greeting: ByteBuffer

  /// Below those of the load's own calls.
  static let greetingCallID: UInt64 = LoadFrames.firstCallID - 1

  init(run: LoadRun, greeting: ByteBuffer = ByteBuffer(), onIdle: @escaping () -> Void) {
    self.run = run
    self.greeting = greeting
    self.onIdle = onIdle
    ids = Array(repeating: 0, count: run.depth)
    sentAt = Array(repeating: clock.now, count: run.depth)
    isHeld = Array(repeating: false, count: run.depth)
  }

  func channelActive(context: ChannelHandlerContext) {
    let now = clock.now
    out.writeImmutableBuffer(greeting)
    for slot in 0..<run.depth { begin(slot, at: now) }
    send(context)
  }

  private func begin(_ slot: Int, at now: ContinuousClock.Instant) {
    ids[slot] = run.nextID
    run.nextID += 1
    isHeld[slot] = false
    sentAt[slot] = now
    inFlight += 1
    run.frames.appendRequest(
      callID: LoadFrames.firstCallID + UInt64(slot), id: ids[slot], to: &out)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    if var held = partial {
      partial = nil
      held.writeBuffer(&bytes)
      bytes = held
    }
    let now = clock.now
    // Frames that were read stay readable here.
    let whole = bytes
    let start = whole.readerIndex
    do {
      while let frame = try reader.next(in: &bytes) {
        answered(frame.lowerBound - start..<frame.upperBound - start, whole, at: now)
      }
    } catch {
      fail("bytes that are no frame: \(error)")
      context.close(promise: nil)
      return
    }
    if bytes.readableBytes > 0 {
      bytes.discardReadBytes()
      partial = bytes
    }
    send(context)
    if inFlight == 0 { onIdle() }
  }

  private func answered(_ frame: Range<Int>, _ bytes: ByteBuffer, at now: ContinuousClock.Instant) {
    let received = bytes.readableBytesUInt8Span
    guard let reply = LoadReply(received, at: frame), reply.code == 0,
      reply.callID >= LoadFrames.firstCallID
    else {
      if isWelcome(frame, bytes) { return }
      fail("a call was refused: \(describe(frame, bytes))")
      inFlight -= 1
      return
    }
    let slot = Int(reply.callID - LoadFrames.firstCallID)
    inFlight -= 1
    run.completed += 1
    if run.isMeasuring {
      let took = sentAt[slot].duration(to: now).components
      run.latencies.record(UInt64(took.seconds * 1_000_000_000 + took.attoseconds / 1_000_000_000))
    }
    guard reply.isSuccess else {
      fail("a request was not granted or a release refused: \(describe(frame, bytes))")
      return
    }
    if !isHeld[slot], let token = reply.tokenAt {
      isHeld[slot] = true
      sentAt[slot] = now
      inFlight += 1
      run.frames.appendRelease(
        callID: reply.callID, id: ids[slot], tokenAt: token, of: received, to: &out)
    } else if !run.isEnding {
      begin(slot, at: now)
    }
  }

  /// Whether a reply says that the token is good.
  private func isWelcome(_ frame: Range<Int>, _ bytes: ByteBuffer) -> Bool {
    let start = bytes.readerIndex
    let position = frame.lowerBound + start..<frame.upperBound + start
    let reply = try? Codec(limits: Limits()).decodeReply(in: bytes, at: position)
    return reply?.code == .ok && reply?.callID == LoadConnection.greetingCallID
  }

  private func describe(_ frame: Range<Int>, _ bytes: ByteBuffer) -> String {
    let start = bytes.readerIndex
    let position = frame.lowerBound + start..<frame.upperBound + start
    return (try? Codec(limits: Limits()).decodeReply(in: bytes, at: position).message) ?? "?"
  }

  private func fail(_ reason: String) {
    run.failed += 1
    if run.firstFailure == nil { run.firstFailure = reason }
  }

  private func send(_ context: ChannelHandlerContext) {
    guard out.readableBytes > 0 else { return }
    context.writeAndFlush(wrapOutboundOut(out), promise: nil)
    out.clear()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail("\(error)")
    context.close(promise: nil)
  }
}
