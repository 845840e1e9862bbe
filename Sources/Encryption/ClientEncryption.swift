package import NIOCore
import NIOSSL
import NIOTLS

/// A client's side of TLS. Files are read for each connection, so that renewed ones are taken.
package struct ClientEncryption: Hashable, Sendable {
  /// The authorities that are believed, in PEM form; nil = the system's.
  package var authorities: String?
  /// The client's certificate and key, in PEM form, for servers that ask for one; both or none.
  package var certificate: String?
  package var key: String?

  package init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
    self.authorities = authorities
    self.certificate = certificate
    self.key = key
  }

  /// What connections are secured with. Throws what is wrong with the files.
  package func prepare() throws(EncryptionError) -> Prepared {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    if let authorities {
      configuration.trustRoots = .certificates(try PEM.certificates(authorities))
    }
    switch (certificate, key) {
    case (nil, nil): break
    case (let certificate?, let key?):
      let pair = try PEM.pair(certificate: certificate, key: key)
      configuration.certificateChain = pair.0
      configuration.privateKey = pair.1
    case (.some, nil), (nil, .some):
      throw EncryptionError("a client's certificate and its key go together; name both or none")
    }
    return Prepared(
      context: try PEM.context(configuration, certificate ?? "(none)", key ?? "(none)"))
  }

  package struct Prepared: Sendable {
    fileprivate let context: NIOSSLContext

    /// Puts TLS at the front of a connection to a host. On the channel's loop. The future tells when both sides have
    /// agreed, or why they did not.
    @discardableResult
    package func secure(_ channel: any Channel, host: String) throws -> EventLoopFuture<Void> {
      // An address is checked against the certificate by itself; only names are sent.
      let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
      let handler = try NIOSSLClientHandler(
        context: context, serverHostname: isAddress ? nil : host)
      let promise = channel.eventLoop.makePromise(of: Void.self)
      let operations = channel.pipeline.syncOperations
      try operations.addHandler(handler)
      try operations.addHandler(HandshakeWatch(promise))
      return promise.futureResult
    }
  }

  /// An error of a connection with TLS in words that help.
  package static func describe(_ error: any Error) -> String? {
    let text = "\(error)"
    if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidateCertificate") {
      return
        "the coordinator's certificate is not from an authority that is believed here; name its authority's file"
    }
    if text.contains("CERTIFICATE_REQUIRED") {
      return "the coordinator asks clients for a certificate, and this one has none"
    }
    if text.contains("WRONG_VERSION_NUMBER") {
      return "the coordinator's port does not speak TLS"
    }
    if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
      return "the coordinator's certificate is for another name or address"
    }
    return error is NIOSSLError || error is NIOSSLExtraError ? "TLS failed: \(text)" : nil
  }
}

/// Tells once whether both sides have agreed.
private final class HandshakeWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  private var promise: EventLoopPromise<Void>?

  init(_ promise: EventLoopPromise<Void>) {
    self.promise = promise
  }

  private func finish(_ result: Result<Void, any Error>) {
    promise?.completeWith(result)
    promise = nil
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.handshakeCompleted) = event as? TLSUserEvent { finish(.success(())) }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    finish(.failure(error))
    context.fireErrorCaught(error)
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish(.failure(EncryptionError("the connection was closed before TLS was agreed on")))
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    finish(.failure(EncryptionError("the connection was closed before TLS was agreed on")))
  }
}
