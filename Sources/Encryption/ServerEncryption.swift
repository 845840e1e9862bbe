import NIOConcurrencyHelpers
package import NIOCore
import NIOSSL
import NIOTLS

/// TLS cannot be set up: what is wrong and what to do.
package struct EncryptionError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// The server's side of TLS, the same for every port: its certificate, and whose clients' certificates it takes.
package final class ServerEncryption: Sendable {
  /// Paths of files in PEM form.
  package struct Files: Hashable, Sendable {
    /// The server's certificate, and those between it and its authority.
    package var certificate: String
    package var key: String
    /// The authorities of clients; nil = clients need no certificate.
    package var clientAuthorities: String?

    package init(certificate: String, key: String, clientAuthorities: String? = nil) {
      self.certificate = certificate
      self.key = key
      self.clientAuthorities = clientAuthorities
    }
  }

  private let files: Files
  private let context: NIOLockedValueBox<NIOSSLContext>

  /// Reads the files. Throws what is wrong with them.
  package init(_ files: Files) throws(EncryptionError) {
    self.files = files
    context = NIOLockedValueBox(try ServerEncryption.makeContext(files))
  }

  /// Reads the files again, for connections from now on. Throws what is wrong with them, and changes nothing then.
  package func reload() throws(EncryptionError) {
    let fresh = try ServerEncryption.makeContext(files)
    context.withLockedValue { $0 = fresh }
  }

  /// Puts TLS at the front of a connection that was taken. On the channel's loop.
  ///
  /// - Parameter handshakeNanoseconds: how long the peer may take until both sides have agreed, from now. It has a timer
  ///   of its own: what stands behind TLS knows nothing of the connection before.
  package func secure(_ channel: any Channel, handshakeNanoseconds: Int64) throws {
    let handler = NIOSSLServerHandler(context: context.withLockedValue { $0 })
    let operations = channel.pipeline.syncOperations
    try operations.addHandler(handler)
    try operations.addHandler(HandshakeDeadline(.nanoseconds(handshakeNanoseconds)))
  }

  private static func makeContext(_ files: Files) throws(EncryptionError) -> NIOSSLContext {
    let (chain, key) = try PEM.pair(certificate: files.certificate, key: files.key)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain, privateKey: key)
    configuration.minimumTLSVersion = .tlsv12
    if let authorities = files.clientAuthorities {
      configuration.trustRoots = .certificates(try PEM.certificates(authorities))
      configuration.certificateVerification = .noHostnameVerification
    }
    return try PEM.context(configuration, files.certificate, files.key)
  }
}

/// Closes a connection whose peer does not get through the handshake in time, and leaves once it did.
private final class HandshakeDeadline: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = NIOAny

  private let limit: TimeAmount
  private var timer: Scheduled<Void>?

  init(_ limit: TimeAmount) {
    self.limit = limit
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    timer = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    context.fireUserInboundEventTriggered(event)
    guard case .some(.handshakeCompleted) = event as? TLSUserEvent else { return }
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    timer = nil
  }
}

/// Files in PEM form.
enum PEM {
  static func certificates(_ path: String) throws(EncryptionError) -> [NIOSSLCertificate] {
    do {
      let all = try NIOSSLCertificate.fromPEMFile(path)
      guard !all.isEmpty else { throw EncryptionError("") }
      return all
    } catch {
      throw EncryptionError(
        "cannot read certificates from \(path); name a PEM file that this user may read")
    }
  }

  static func pair(
    certificate: String, key: String
  ) throws(EncryptionError) -> ([NIOSSLCertificateSource], NIOSSLPrivateKeySource) {
    let chain = try certificates(certificate).map { NIOSSLCertificateSource.certificate($0) }
    do {
      return (chain, .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
    } catch {
      throw EncryptionError(
        "cannot read a private key from \(key); name a PEM file without a passphrase that this user may read"
      )
    }
  }

  static func context(
    _ configuration: TLSConfiguration, _ certificate: String, _ key: String
  ) throws(EncryptionError) -> NIOSSLContext {
    do {
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw EncryptionError(
        "the certificate in \(certificate) and the key in \(key) cannot be used together; are they a pair?"
      )
    }
  }
}
