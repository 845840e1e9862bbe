import Model
import NIOCore
import Session

/// The end of one connection's pipeline: hands bytes to the engine and what the engine has to say to the channels.
///
/// Everything runs on the loop that owns the engine.
final class ConnectionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let loop: EngineLoop
  private var id: ConnectionID?
  /// Bytes may be read on: the peer takes what is written to it.
  private var isReading = true

  init(loop: EngineLoop) {
    self.loop = loop
  }

  func channelActive(context: ChannelHandlerContext) {
    id = loop.opened(context)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let id else { return }
    var bytes = unwrapInboundIn(data)
    loop.received(&bytes, on: id)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    loop.batchEnded()
    context.fireChannelReadComplete()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    guard let id else { return }
    let isWritable = context.channel.isWritable
    if isReading != isWritable {
      // A peer that does not read its answers is not asked for more calls.
      isReading = isWritable
      context.channel.setOption(.autoRead, value: isWritable).assumeIsolated().whenFailure { _ in }
    }
    loop.writabilityChanged(isWritable, on: id)
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    if let id { loop.closed(id) }
    id = nil
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // Half-closed by the peer: answers on the way are still sent, then it is closed.
    if case .some(.inputClosed) = event as? ChannelEvent, let id { loop.halfClosed(id) }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
