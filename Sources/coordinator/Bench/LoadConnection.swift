import Histogram
import Model
import NIOCore
import Wire

/// What all connections of one load share; confined to one event loop.
final class LoadRun {
  let frames: LoadFrames
  let depth: Int
  var nextID: UInt64
  /// Pairs in flight are finished, but none is begun any more.
  var isEnding = false
  var completed: UInt64 = 0
  var failed: UInt64 = 0
  var firstFailure: String?
  /// Nanoseconds.
  private(set) var latencies = Histogram<UInt32>(
    highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
  var isMeasuring = false
  /// A latency that is not in the histogram yet, and how often it came: calls that were sent and answered together took
  /// the same time.
  private var latency: UInt64 = 0
  private var latencyCount: UInt32 = 0

  init(frames: LoadFrames, depth: Int, firstID: UInt64) {
    self.frames = frames
    self.depth = depth
    nextID = firstID
  }

  /// Counts a call that took so many nanoseconds.
  func count(_ nanoseconds: UInt64) {
    completed += 1
    guard isMeasuring else { return }
    if nanoseconds != latency { recordLatency() }
    latency = nanoseconds
    latencyCount += 1
  }

  /// Moves what was counted last into the histogram.
  func recordLatency() {
    if latencyCount > 0 { latencies.record(latency, count: latencyCount) }
    latencyCount = 0
  }
}

/// One connection of the load: a closed loop of `depth` pairs, each call sent when the one before it is answered.
final class LoadConnection: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// One of the pairs that are kept going; its number and `LoadFrames.firstCallID` are the id of its calls.
  private struct Pair {
    var id: UInt64 = 0
    /// Nanoseconds since the system's start.
    var sentAt: UInt64 = 0
    /// What the answer on its way must tell; nil without a call in flight.
    var awaited: LoadReply.Success?
  }

  private let run: LoadRun
  private var reader = FrameReader(limits: Limits())
  private var partial: ByteBuffer?
  private var out = ByteBufferAllocator().buffer(capacity: 65_536)
  private var pairs: ContiguousArray<Pair>

  /// Sent before all else; empty for nothing.
  private let greeting: ByteBuffer

  /// Below those of the load's own calls.
  static let greetingCallID: UInt64 = LoadFrames.firstCallID - 1

  init(run: LoadRun, greeting: ByteBuffer) {
    self.run = run
    self.greeting = greeting
    pairs = ContiguousArray(repeating: Pair(), count: run.depth)
  }

  func channelActive(context: ChannelHandlerContext) {
    let now = NIODeadline.now().uptimeNanoseconds
    out.writeImmutableBuffer(greeting)
    for number in pairs.indices { begin(number, at: now) }
    send(context)
  }

  private func begin(_ number: Int, at now: UInt64) {
    pairs[number] = Pair(id: run.nextID, sentAt: now, awaited: run.frames.requestSuccess)
    run.frames.appendRequest(
      callID: LoadFrames.firstCallID + UInt64(number), id: run.nextID, to: &out)
    run.nextID += 1
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    if var held = partial {
      partial = nil
      held.writeBuffer(&bytes)
      bytes = held
    }
    let now = NIODeadline.now().uptimeNanoseconds
    // Frames that were read stay readable here.
    let whole = bytes
    let start = whole.readerIndex
    do {
      while let frame = try reader.next(in: &bytes) {
        let position = frame.lowerBound - start..<frame.upperBound - start
        guard answered(position, whole, at: now) || isWelcome(position, whole) else {
          fail("not the answer that was awaited: \(describe(frame, whole))")
          continue
        }
      }
    } catch {
      fail("bytes that are no frame: \(error)")
      context.close(promise: nil)
      return
    }
    run.recordLatency()
    if bytes.readableBytes > 0 {
      bytes.discardReadBytes()
      partial = bytes
    }
    send(context)
  }

  /// Takes an answer and sends the call that follows it. False if it is not what its call's answer must be.
  private func answered(
    _ frame: Range<Int>, _ received: ByteBuffer, at now: UInt64
  ) -> Bool {
    guard let reply = LoadReply(received.readableBytesUInt8Span, at: frame),
      reply.callID >= LoadFrames.firstCallID,
      reply.callID - LoadFrames.firstCallID < UInt64(pairs.count)
    else { return false }
    let number = Int(reply.callID - LoadFrames.firstCallID)
    guard let awaited = pairs[number].awaited else { return false }
    pairs[number].awaited = nil
    guard reply.code == 0, reply.success == awaited else { return false }
    run.count(now - pairs[number].sentAt)
    switch awaited {
    case .granted:
      pairs[number].sentAt = now
      pairs[number].awaited = .done
      run.frames.appendRelease(
        callID: reply.callID, id: pairs[number].id, tokenAt: reply.tokenAt, of: received, to: &out)
    case .done:
      if !run.isEnding { begin(number, at: now) }
    }
    return true
  }

  /// Whether a reply says that the token is good.
  private func isWelcome(_ frame: Range<Int>, _ bytes: ByteBuffer) -> Bool {
    guard let reply = reply(frame, bytes) else { return false }
    return reply.code == .ok && reply.callID == LoadConnection.greetingCallID
  }

  private func describe(_ frame: Range<Int>, _ bytes: ByteBuffer) -> String {
    reply(frame, bytes)?.message ?? "?"
  }

  private func reply(_ frame: Range<Int>, _ bytes: ByteBuffer) -> ReplyHeader? {
    let start = bytes.readerIndex
    return try? Codec(limits: Limits()).decodeReply(
      in: bytes, at: frame.lowerBound + start..<frame.upperBound + start)
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
