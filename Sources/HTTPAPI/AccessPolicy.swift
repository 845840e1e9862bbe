import HTTPTypes
import Model

/// Who may ask: closes the ways in which a foreign web page in the user's browser could read from a service on the
/// user's own machine.
///
/// - DNS rebinding: a foreign name that suddenly resolves to the loopback arrives with that name in `Host`, so names
///   are allowed by list. Numeric addresses cannot be rebound.
/// - Cross-site requests arrive with a foreign `Origin` or with `Sec-Fetch-Site`; following a link is allowed.
struct AccessPolicy: Sendable {
  /// What of a request's head matters here.
  struct Asker {
    var host: String?
    var origin: String?
    var fetchSite: String?
    var fetchMode: String?
  }

  enum Verdict: Hashable {
    /// Go on; the origin, if any, may read the answer from another site.
    case allowed(sharedWith: String?)
    case refused(Problem)
  }

  private let hosts: Set<String>
  private let origins: Set<String>

  init(allowedHosts: [String], allowedOrigins: [String]) {
    hosts = Set(allowedHosts.map { $0.lowercased() } + ["localhost"])
    origins = Set(allowedOrigins.map { $0.lowercased() })
  }

  func verdict(on asker: Asker) -> Verdict {
    guard let host = asker.host?.lowercased(), !host.isEmpty else {
      return .refused(.hostMissing)
    }
    let name = AccessPolicy.name(ofHost: host)
    guard hosts.contains(name) || AccessPolicy.isNumericAddress(name) else {
      return .refused(.hostUnknown(name))
    }
    if let origin = asker.origin?.lowercased() {
      if origins.contains(origin) { return .allowed(sharedWith: origin) }
      guard origin == "http://\(host)" || origin == "https://\(host)" else {
        return .refused(.foreignOrigin(origin))
      }
      return .allowed(sharedWith: nil)
    }
    switch asker.fetchSite {
    case nil, "same-origin", "none": return .allowed(sharedWith: nil)
    case "cross-site" where asker.fetchMode == "navigate",
      "same-site" where asker.fetchMode == "navigate":
      return .allowed(sharedWith: nil)
    default: return .refused(.foreignOrigin("another site"))
    }
  }

  /// The host without its port and, for IPv6, without its brackets.
  static func name(ofHost host: String) -> String {
    if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
      return String(host[host.index(after: host.startIndex)..<end])
    }
    guard let colon = host.lastIndex(of: ":") else { return host }
    return String(host[..<colon])
  }

  /// Whether the name is an address in dotted decimal or in colon form. Looser than a parser: what matters is that
  /// no name in the domain name system looks like it.
  static func isNumericAddress(_ name: String) -> Bool {
    if name.contains(":") {
      return name.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
    }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
  }
}

extension Problem {
  static let hostMissing = Problem(
    status: .badRequest, code: "host_missing", title: "The Host header is missing",
    detail: "Send the Host header, as every HTTP/1.1 client does.")

  static func hostUnknown(_ name: String) -> Problem {
    Problem(
      status: .misdirectedRequest, code: "host_not_allowed",
      title: "This service does not go by that name",
      detail: "\(name) is not an allowed host; ask by address or as localhost, or allow the name.")
  }

  static func foreignOrigin(_ origin: String) -> Problem {
    Problem(
      status: .forbidden, code: "origin_not_allowed",
      title: "Pages of other sites may not ask here",
      detail: "The request comes from \(origin); open this service's own page, or allow the origin."
    )
  }
}
