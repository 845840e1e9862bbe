import HTTPTypes
import Hummingbird
import Model

/// A refusal as an RFC 9457 problem document.
struct Problem: Error, Hashable {
  var status: HTTPResponse.Status
  /// A stable name of the reason.
  var code: String
  var title: String
  /// What to do about it.
  var detail: String
  var headers: HTTPFields = [:]

  func response(path: String) -> Response {
    let body: JSON = .object([
      ("type", .string("about:blank")), ("title", .string(title)),
      ("status", .integer(Int64(status.code))), ("detail", .string(detail)),
      ("instance", .string(path)), ("code", .string(code)),
    ])
    var headers = headers
    headers[.contentType] = "application/problem+json"
    return Response(
      status: status, headers: headers,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: body.bytes)))
  }
}

extension Problem {
  static func noRoute(_ path: String) -> Problem {
    Problem(
      status: .notFound, code: "not_found", title: "Nothing is here",
      detail: "\(path) is not served; try /, /api/status, /api/health, /metrics, /livez or /readyz."
    )
  }

  static let methodNotAllowed = Problem(
    status: .methodNotAllowed, code: "method_not_allowed", title: "Only reading is possible here",
    detail: "Use GET or HEAD.", headers: [.allow: "GET, HEAD"])

  static let bodyNotAllowed = Problem(
    status: .contentTooLarge, code: "body_not_allowed", title: "The request has a body",
    detail: "No request here takes a body; send it without one.", headers: [.connection: "close"])

  static let tokenMissing = Problem(
    status: .unauthorized, code: "unauthenticated", title: "Who asks is not known",
    detail: "Send the header Authorization: Bearer TOKEN.", headers: [.wwwAuthenticate: "Bearer"])

  static let tokenUnknown = Problem(
    status: .unauthorized, code: "unauthenticated", title: "The token is not known here",
    detail: "Send the header Authorization: Bearer TOKEN with a token of the coordinator's file.",
    headers: [.wwwAuthenticate: #"Bearer error="invalid_token""#])

  static let failed = Problem(
    status: .internalServerError, code: "internal", title: "The answer could not be made",
    detail: "Try again; if it stays, report it with the server's log.")

  static func tooManyStreams(_ limit: Int) -> Problem {
    Problem(
      status: .serviceUnavailable, code: "too_many_streams", title: "Too many followers",
      detail:
        "\(limit) browsers follow the state already; ask /api/status from time to time instead.",
      headers: [.retryAfter: "5"])
  }

  /// A call that the coordinator refused for what was asked.
  init(_ error: CallError) {
    let isMissing = error.code == .notFound
    self.init(
      status: isMissing ? .notFound : .badRequest, code: error.code.name.lowercased(),
      title: isMissing ? "Nothing of that name" : "The request makes no sense",
      detail: error.message)
  }
}
