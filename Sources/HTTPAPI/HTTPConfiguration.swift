package import Access
package import Encryption
package import Model

/// Where and for whom the HTTP service answers.
package struct HTTPConfiguration: Sendable {
  /// Addresses to listen on.
  package var hosts: [String]
  /// The port, the same on every address; 0 takes a free one.
  package var port: Int
  /// Names that a request may address this service by, beside `localhost` and numeric addresses, such as the one
  /// it has behind a proxy.
  package var allowedHosts: [String] = []
  /// Origins of other sites whose pages may read from here, such as `https://dashboards.example.org`.
  package var allowedOrigins: [String] = []
  /// Whether the web page is served; health, metrics and data always are.
  package var servesPage = true
  package var limits = Limits()
  /// TLS on every connection; nil = none.
  package var encryption: ServerEncryption?
  /// Who may ask, as it is now; nil = everybody.
  package var access: (@Sendable () -> AccessControl)?

  package init(hosts: [String] = ["127.0.0.1", "::1"], port: Int = 8080) {
    self.hosts = hosts
    self.port = port
  }
}

/// An address that is being listened on.
package struct BoundAddress: Hashable, Sendable {
  package let host: String
  package let port: Int
  /// Whether it speaks TLS.
  package var isSecure = false

  /// The address as the beginning of a URL.
  package var url: String {
    (isSecure ? "https://" : "http://")
      + (host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
  }
}
