import ArgumentParser
import Encryption
import Foundation
import Model
import ResourceCoordinatorClient
import Tokens

/// How a command knows its coordinator, and shows who it is. Tokens are never taken from arguments, which every user of
/// the machine can read.
struct GuardingOptions: ParsableArguments {
  @Flag(
    help:
      "Connect over TLS; so do the other --tls flags, and COORDINATOR_TLS=1 and COORDINATOR_TLS_CA."
  )
  var tls = false

  @Option(
    help: ArgumentHelp(
      "Authorities to believe, PEM. Default: $COORDINATOR_TLS_CA, or the system's.",
      valueName: "file"))
  var tlsCa: String?

  @Option(help: ArgumentHelp("This client's certificate, PEM.", valueName: "file"))
  var tlsCert: String?

  @Option(help: ArgumentHelp("The certificate's private key, PEM.", valueName: "file"))
  var tlsKey: String?

  @Option(
    help: ArgumentHelp(
      "File with the token. Default: $COORDINATOR_TOKEN_FILE, or the token in $COORDINATOR_API_KEY.",
      valueName: "file"))
  var tokenFile: String?

  @Option(
    help: ArgumentHelp(
      "The W3C trace context that calls carry. Default: $TRACEPARENT.", valueName: "context"))
  var traceparent: String?

  /// No token file is larger, in bytes.
  private static let fileBytesMax = 4096

  /// What connections are made with. Throws a usage failure for what cannot be.
  func resolved() throws -> ClientGuarding {
    ClientGuarding(encryption: try encryption(), token: try token(), trace: try trace())
  }

  private func variable(_ name: String) -> String? {
    let text = ProcessInfo.processInfo.environment[name] ?? ""
    return text.isEmpty ? nil : text
  }

  /// The trace that is given. A variable that holds none is left alone, as the recommendation asks: other programs set it.
  private func trace() throws -> TraceParent? {
    guard let traceparent else { return variable("TRACEPARENT").flatMap(TraceParent.init) }
    guard let trace = TraceParent(traceparent) else {
      throw Failure(
        .usage,
        "--traceparent: expected VERSION-TRACE-PARENT-FLAGS in lower-case hexadecimal digits, got \"\(printable(traceparent))\""
      )
    }
    return trace
  }

  private func encryption() throws -> ClientEncryption? {
    guard (tlsCert == nil) == (tlsKey == nil) else {
      throw Failure(.usage, "--tls-cert and --tls-key go together; name both or none")
    }
    let authorities = tlsCa ?? variable("COORDINATOR_TLS_CA")
    let isWanted =
      switch variable("COORDINATOR_TLS") {
      case nil, "0", "false": tls
      case "1", "true": true
      case let text?:
        throw Failure(.usage, "COORDINATOR_TLS: expected 1 or 0, got \"\(printable(text))\"")
      }
    guard isWanted || authorities != nil || tlsCert != nil else { return nil }
    return ClientEncryption(authorities: authorities, certificate: tlsCert, key: tlsKey)
  }

  private func token() throws -> BearerToken? {
    if let path = tokenFile ?? variable("COORDINATOR_TOKEN_FILE") {
      let text: String
      do {
        text = try SecretFile.read(path, bytesMax: GuardingOptions.fileBytesMax)
      } catch {
        throw Failure(.usage, "--token-file: \(printable("\(error)"))")
      }
      guard let token = BearerToken(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
        throw Failure(
          .usage, "--token-file: \(printable(path)) is to hold one token and nothing else")
      }
      return token
    }
    guard let text = variable("COORDINATOR_API_KEY") else { return nil }
    guard let token = BearerToken(text) else {
      throw Failure(.usage, "COORDINATOR_API_KEY: expected one token without blanks")
    }
    return token
  }
}
