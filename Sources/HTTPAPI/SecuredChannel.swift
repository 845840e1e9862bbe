import Encryption
import Hummingbird
import HummingbirdCore
import Logging
import Model
import NIOCore

/// A connection of the HTTP server with TLS at its front, where there is some.
///
/// Beside the framework's own, whose certificate stays as it was at the start.
struct SecuredChannel<Base: ServerChildChannel>: ServerChildChannel {
  let base: Base
  let encryption: ServerEncryption?
  let limits: Limits

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
    guard let encryption else { return base.setup(channel: channel, logger: logger) }
    return channel.eventLoop.makeCompletedFuture {
      try encryption.secure(channel, handshakeNanoseconds: limits.handshake.nanoseconds)
    }
    .flatMap { base.setup(channel: channel, logger: logger) }
  }

  func handle(value: Base.Value, logger: Logger) async {
    await base.handle(value: value, logger: logger)
  }
}
