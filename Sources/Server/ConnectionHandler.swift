import Model
import NIOCore
import Session

/// The end of one connection's pipeline: hands bytes to the engine and what the engine has to say to the channels.
///
/// Everything runs on the loop that owns the engine.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum Stage {
    /// Not begun, refused or over.
    case outside
    /// Before the engine is there.
    case early(EarlyConnection, ChannelHandlerContext)
    case open(EngineLoop, ConnectionID)
  }

  private let door: Door
  private var stage = Stage.outside
  /// Bytes may be read on: the peer takes what is written to it.
  private var isReading = true

  init(door: Door) {
    self.door = door
  }

  func channelActive(context: ChannelHandlerContext) {
    if let loop = door.engineLoop {
      open(loop, context)
    } else if door.admit(self) {
      stage = .early(EarlyConnection(limits: door.limits), context)
    } else {
      context.close(promise: nil)
    }
    context.fireChannelActive()
  }

  private func open(_ loop: EngineLoop, _ context: ChannelHandlerContext) {
    stage = loop.opened(context).map { .open(loop, $0) } ?? .outside
  }

  /// Goes from the waiting room to the engine, with the frame that has begun.
  func enter(_ loop: EngineLoop) {
    guard case .early(let early, let context) = stage else { return }
    open(loop, context)
    guard case .open(_, let id) = stage else { return }
    if !isReading { loop.writabilityChanged(false, on: id) }
    guard var rest = early.takeRest() else { return }
    loop.received(&rest, on: id)
  }

  /// Ends a connection of the waiting room.
  func end() {
    guard case .early(_, let context) = stage else { return }
    stage = .outside
    context.close(promise: nil)
  }

  /// Leaves the waiting room once all is sent. A peer that does not close within ``Limits/closeLinger`` is cut.
  private func leave(_ context: ChannelHandlerContext, behind bytes: ByteBuffer) {
    door.forget(self)
    stage = .outside
    let channel = context.channel
    let isSent = context.eventLoop.makePromise(of: Void.self)
    context.writeAndFlush(wrapOutboundOut(bytes), promise: isSent)
    isSent.futureResult.whenComplete { _ in channel.close(mode: .output, promise: nil) }
    let linger = TimeAmount.nanoseconds(door.limits.closeLinger.nanoseconds)
    let cut = context.eventLoop.scheduleTask(in: linger) { channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in cut.cancel() }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var bytes = unwrapInboundIn(data)
    switch stage {
    case .open(let loop, let id):
      loop.received(&bytes, on: id)
    case .early(var early, _):
      let answer = early.receive(&bytes, uptime: door.uptime)
      stage = .early(early, context)
      if answer.ends {
        leave(context, behind: answer.bytes)
      } else if answer.bytes.readableBytes > 0 {
        context.writeAndFlush(wrapOutboundOut(answer.bytes), promise: nil)
      }
    case .outside:
      break
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if case .open(let loop, _) = stage { loop.batchEnded() }
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    let isWritable = context.channel.isWritable
    if isReading != isWritable {
      // A peer that does not read its answers is not asked for more calls.
      isReading = isWritable
      context.channel.setOption(.autoRead, value: isWritable && !isPaused).assumeIsolated()
        .whenFailure { _ in }
    }
    if case .open(let loop, let id) = stage { loop.writabilityChanged(isWritable, on: id) }
    context.fireChannelWritabilityChanged()
  }

  private var isPaused: Bool {
    if case .open(let loop, let id) = stage { loop.isPaused(id) } else { false }
  }

  func channelInactive(context: ChannelHandlerContext) {
    switch stage {
    case .open(let loop, let id): loop.closed(id)
    case .early: door.forget(self)
    case .outside: break
    }
    stage = .outside
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent {
      // Half-closed by the peer: answers on the way are still sent, then it is closed.
      switch stage {
      case .open(let loop, let id): loop.halfClosed(id)
      case .early: leave(context, behind: ByteBuffer())
      case .outside: break
      }
    }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
