import Encryption

/// How a client knows its coordinator, and shows who it is itself, over TLS.
///
/// Files are in PEM form and are read for each connection, so that renewed ones are taken.
public struct TLSOptions: Hashable, Sendable {
  /// The file of the authorities that are believed; nil for the system's.
  public var authorities: String?
  /// The files of the client's certificate and key, for coordinators that ask clients for one; both or none.
  public var certificate: String?
  /// The key's file, without a passphrase.
  public var key: String?

  /// TLS with the system's authorities, or those of a file.
  public init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
    self.authorities = authorities
    self.certificate = certificate
    self.key = key
  }

  var encryption: ClientEncryption {
    ClientEncryption(authorities: authorities, certificate: certificate, key: key)
  }
}
