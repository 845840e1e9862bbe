import Access
import HTTPTypes
import Hummingbird
import Logging
import Model

/// What every request passes: access is checked on the way in, protective headers are added on the way out, and
/// whatever was thrown becomes a problem document.
struct Gate: RouterMiddleware {
  typealias Context = PageContext

  let policy: AccessPolicy
  /// Who may ask, as it is now; nil = everybody.
  let access: (@Sendable () -> AccessControl)?
  /// Paths that are answered to everybody: whether the process lives, and the page's own files, which hold nothing.
  let openPaths: Set<String>

  func handle(
    _ request: Request, context: PageContext,
    next: (Request, PageContext) async throws -> Response
  ) async throws -> Response {
    var response: Response
    var sharedWith: String?
    do {
      switch policy.verdict(on: AccessPolicy.Asker(request)) {
      case .allowed(let origin): sharedWith = origin
      case .refused(let problem): throw problem
      }
      guard request.method == .get || request.method == .head else {
        throw Problem.methodNotAllowed
      }
      guard !Gate.hasBody(request) else { throw Problem.bodyNotAllowed }
      var context = context
      context.mayStillRead = try admit(request)
      response = try await next(request, context)
    } catch let problem as Problem {
      response = problem.response(path: request.uri.path)
    } catch let error as HTTPError where error.status == .notFound {
      response = Problem.noRoute(request.uri.path).response(path: request.uri.path)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      var metadata: Logger.Metadata = ["path": "\(request.uri.path)", "error": "\(error)"]
      if let trace = request.headers[.traceParent].flatMap(TraceParent.init) {
        metadata["trace_id"] = "\(trace.traceID)"
      }
      context.logger.error("a request failed", metadata: metadata)
      response = Problem.failed.response(path: request.uri.path)
    }
    Gate.protect(&response.headers, sharedWith: sharedWith)
    if request.method == .head { response = response.createHeadResponse() }
    return response.headers[.connection] == "close" ? context.closing(after: response) : response
  }

  /// Asks who the caller is; every role may read. Answers whether that is still so later on.
  private func admit(_ request: Request) throws(Problem) -> @Sendable () -> Bool {
    guard let access, !openPaths.contains(request.uri.path) else { return { true } }
    guard let value = request.headers[.authorization] else { throw .tokenMissing }
    let identity: Identity
    do throws(CallError) {
      identity = try access().identity(authorization: value)
    } catch {
      throw .tokenUnknown
    }
    return { access().tokens.identity(identity.hash) != nil }
  }

  private static func hasBody(_ request: Request) -> Bool {
    request.headers[.transferEncoding] != nil
      || request.headers[.contentLength].map { $0 != "0" } == true
  }

  /// Headers that keep the answer to this site, its scripts to its own files and its type to what is said.
  private static func protect(_ headers: inout HTTPFields, sharedWith origin: String?) {
    headers[.contentSecurityPolicy] =
      "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    headers[.xContentTypeOptions] = "nosniff"
    headers[.referrerPolicy] = "no-referrer"
    headers[.crossOriginResourcePolicy] = origin == nil ? "same-origin" : "cross-origin"
    headers[.crossOriginOpenerPolicy] = "same-origin"
    headers[.vary] = "Origin"
    if let origin { headers[.accessControlAllowOrigin] = origin }
    if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
  }
}

extension AccessPolicy.Asker {
  init(_ request: Request) {
    host = request.head.authority
    origin = request.headers[.origin]
    fetchSite = request.headers[.secFetchSite]
    fetchMode = request.headers[.secFetchMode]
  }
}

extension HTTPField.Name {
  /// The constant of a name that is known to be well-formed.
  private static func known(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name") }
    return name
  }

  static let crossOriginOpenerPolicy = known("Cross-Origin-Opener-Policy")
  static let lastEventID = known("Last-Event-ID")
  static let referrerPolicy = known("Referrer-Policy")
  static let secFetchMode = known("Sec-Fetch-Mode")
  static let secFetchSite = known("Sec-Fetch-Site")
  static let traceParent = known(TraceParent.key)
}
