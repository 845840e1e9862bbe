import Foundation
import Model

/// Where a coordinator listens.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// A name or an address, without brackets.
  public var host: String
  /// 1 to 65535.
  public var port: Int

  /// The port of a coordinator that was told no other.
  public static let defaultPort = 50_051

  /// An endpoint from its parts.
  public init(host: String, port: Int = Endpoint.defaultPort) {
    self.host = host
    self.port = port
  }

  /// Reads `HOST`, `HOST:PORT`, `[IPV6]:PORT`, each with or without `tcp://` before it; nil for anything else.
  public init?(_ text: String) {
    var rest = Substring(text)
    if rest.hasPrefix("tcp://") { rest = rest.dropFirst("tcp://".count) }
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    let host: Substring
    let port: Substring?
    if rest.hasPrefix("[") {
      guard let close = rest.firstIndex(of: "]") else { return nil }
      host = rest[rest.index(after: rest.startIndex)..<close]
      let tail = rest[rest.index(after: close)...]
      guard tail.isEmpty || tail.hasPrefix(":") else { return nil }
      port = tail.isEmpty ? nil : tail.dropFirst()
    } else if let colon = rest.lastIndex(of: ":"), rest.firstIndex(of: ":") == colon {
      host = rest[..<colon]
      port = rest[rest.index(after: colon)...]
    } else {
      // No colon, or an IPv6 address without brackets.
      host = rest
      port = nil
    }
    guard !host.isEmpty, !host.contains(where: { $0.isWhitespace || $0 == "/" }) else {
      return nil
    }
    let number = port.map { $0.allSatisfy(\.isASCII) ? Int($0) ?? 0 : 0 } ?? Endpoint.defaultPort
    guard (1...65_535).contains(number) else { return nil }
    self.init(host: String(host), port: number)
  }

  /// The endpoint in `COORDINATOR_ADDRESS`, or 127.0.0.1:50051 where that is unset or empty.
  ///
  /// An address that cannot be read is kept as a host, so that connecting to it fails and names it.
  public static var environment: Endpoint {
    let text = ProcessInfo.processInfo.environment["COORDINATOR_ADDRESS"] ?? ""
    guard !text.isEmpty else { return Endpoint(host: "127.0.0.1") }
    return Endpoint(text) ?? Endpoint(host: text)
  }

  /// `HOST:PORT`.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
