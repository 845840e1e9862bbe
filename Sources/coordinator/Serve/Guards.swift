import Access
import Encryption
import Foundation
import Logging
import Server
import Settings
import Tokens

/// What guards a server: who may call, TLS, and the log of administrative calls.
struct Guards: Sendable {
  let tokens: TokenSource?
  let encryption: ServerEncryption?
  let audit: AuditLog
  let logger: Logger

  /// Reads the files. Throws a failure that says what is wrong with them.
  init(_ configuration: CoordinatorConfiguration, logger: Logger) throws(Failure) {
    let guarding = configuration.guarding
    self.logger = logger
    audit = try AuditLog(path: guarding.auditFile, logger: ServeLog.audit(configuration))
    do {
      tokens = try guarding.tokens.map { path throws(SecretError) in
        try TokenSource(path: path, logger: logger)
      }
    } catch {
      throw Failure(.badConfiguration, "auth.tokens: \(printable("\(error)"))")
    }
    do {
      encryption = try Guards.files(guarding).map { files throws(EncryptionError) in
        try ServerEncryption(files)
      }
    } catch {
      throw Failure(.badConfiguration, "tls: \(printable("\(error)"))")
    }
    if let tokens, tokens.tokens.identities.isEmpty {
      logger.warning("the token file has no token: nobody can call")
    }
  }

  private static func files(
    _ guarding: CoordinatorConfiguration.Guarding
  ) -> ServerEncryption.Files? {
    guard let certificate = guarding.certificate, let key = guarding.key else { return nil }
    return ServerEncryption.Files(
      certificate: certificate, key: key, clientAuthorities: guarding.clientAuthorities)
  }

  /// Puts the guards before a server that does not listen yet.
  func apply(to configuration: inout Server.ServerConfiguration) {
    configuration.encryption = encryption
    configuration.access = tokens.map { AccessControl(tokens: $0.tokens) }
    configuration.auditor = { [audit] entry, peer in audit.write(entry, peer: peer) }
  }

  /// Looks once a second whether the token file is another one, until cancelled.
  func watch(_ server: CoordinatorServer) async {
    guard let tokens else { return }
    while (try? await Task.sleep(for: .seconds(1))) != nil {
      if let fresh = tokens.refresh() { server.setTokens(fresh) }
    }
  }

  /// Reads everything again, whatever it looks like.
  func reload(_ server: CoordinatorServer) {
    if let fresh = tokens?.refresh(always: true) { server.setTokens(fresh) }
    audit.reopen()
    guard let encryption else { return }
    do throws(EncryptionError) {
      try encryption.reload()
      logger.notice("the certificate was read anew")
    } catch {
      logger.error("the certificate of before stays", metadata: ["error": "\(error)"])
    }
  }
}
