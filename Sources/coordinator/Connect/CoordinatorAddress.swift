import Encryption
import Model
import ResourceCoordinatorClient

/// Where a coordinator listens.
struct CoordinatorAddress: Hashable, CustomStringConvertible {
  /// A name or an address; an IPv6 address stands without brackets.
  var host: String
  var port: Int
  /// How connections to it are made. Not part of what is shown.
  var guarding = ClientGuarding()

  static let defaultPort = 50051
  static let `default` = CoordinatorAddress(host: "localhost", port: defaultPort)

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `host:port`, `host`, `:port`, `[::1]:port` or `::1`, with or without `tcp://` or, for TLS, `tls://` before it;
  /// nil for anything else.
  init?(_ text: String) {
    var text = Substring(text)
    if text.hasPrefix("tls://") { guarding.encryption = ClientEncryption() }
    if text.hasPrefix("tcp://") || text.hasPrefix("tls://") { text = text.dropFirst(6) }
    var portText: Substring?
    if text.hasPrefix("[") {
      guard let close = text.firstIndex(of: "]") else { return nil }
      host = String(text[text.index(after: text.startIndex)..<close])
      let rest = text[text.index(after: close)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
      portText = rest.isEmpty ? nil : rest.dropFirst()
    } else if text.count(where: { $0 == ":" }) == 1, let colon = text.firstIndex(of: ":") {
      host = String(text[..<colon])
      portText = text[text.index(after: colon)...]
    } else {
      host = String(text)
      guard !text.isEmpty else { return nil }
    }
    if host.isEmpty { host = CoordinatorAddress.default.host }
    guard !host.contains(where: { $0.isWhitespace || $0 == "/" }) else { return nil }
    guard let portText else {
      port = CoordinatorAddress.defaultPort
      return
    }
    guard let number = Int(portText), (1...65_535).contains(number) else { return nil }
    port = number
  }

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
