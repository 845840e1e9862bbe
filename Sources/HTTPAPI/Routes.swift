import HTTPTypes
import Hummingbird
import Model
import Monitoring
import NIOCore

/// What is served where.
struct Routes: Sendable {
  let reader: CoordinatorReader
  let hub: StatusHub
  let configuration: HTTPConfiguration

  func router() -> Router<PageContext> {
    let router = Router(context: PageContext.self, options: .autoGenerateHeadEndpoints)
    router.add(
      middleware: Gate(
        policy: AccessPolicy(
          allowedHosts: configuration.allowedHosts + configuration.hosts,
          allowedOrigins: configuration.allowedOrigins),
        access: configuration.access, openPaths: openPaths))
    router.get("/livez") { _, _ in Routes.text(.ok, "ok\n") }
    router.get("/readyz") { _, _ in await ready() }
    router.get("/metrics") { _, _ in try await metrics() }
    router.get("/api/health") { _, _ in await health() }
    router.get("/api/status") { request, _ in try await status(request) }
    router.get("/api/v1/snapshot") { _, _ in await snapshot() }
    router.get("/api/v1/events") { request, context in
      try await EventStream(hub: hub).response(to: request, context: context)
    }
    if configuration.servesPage {
      for (path, asset) in PageAssets().assets {
        router.get(RouterPath(path)) { request, _ in
          PageAssets.response(to: request, asset: asset)
        }
      }
    }
    return router
  }

  private var openPaths: Set<String> {
    Set(["/livez", "/readyz"] + (configuration.servesPage ? Array(PageAssets().assets.keys) : []))
  }

  private func ready() async -> Response {
    guard let reason = await reader.reasonNotReady() else {
      // Ready all the same: holders must get through to announce their leases.
      let reservation = await reader.reservation()
      return Routes.text(.ok, "ready\(reservation.map { ": " + $0 } ?? "")\n")
    }
    return Routes.text(.serviceUnavailable, "not ready: \(reason)\n")
  }

  private func metrics() async throws -> Response {
    guard let coordinatorText = await reader.handle.metrics() else {
      throw Problem(
        status: .notFound, code: "not_found", title: "The metrics are elsewhere",
        detail: "This process only shows the page; ask /metrics of the coordinator's own HTTP port."
      )
    }
    var writer = ExpositionWriter()
    writer.family("coordinator_page_clients", .gauge, "Browsers that follow the state.")
    writer.sample("coordinator_page_clients", await hub.followerCount)
    writer.family(
      "coordinator_page_dropped_total", .counter, "Browsers cut off because they read too slowly.")
    writer.sample("coordinator_page_dropped_total", await hub.droppedCount)
    return Response(
      status: .ok, headers: [.contentType: ExpositionWriter.contentType],
      body: ResponseBody(byteBuffer: ByteBuffer(string: coordinatorText + writer.text)))
  }

  private func health() async -> Response {
    let health = await reader.health()
    return Routes.json(Routes.statusCode(health), Documents.health(health))
  }

  private func status(_ request: Request) async throws -> Response {
    let status = await reader.status(try StatusQuery(request).request)
    if case .failure(let error) = status,
      error.code == .invalidArgument || error.code == .notFound
    {
      throw Problem(error)
    }
    return Routes.json(
      Routes.statusCode(status), Documents.status(status, now: reader.now()))
  }

  /// The state that the event stream sends, once.
  private func snapshot() async -> Response {
    let (isReachable, document) = await reader.snapshot(sequence: await hub.sequence)
    return Routes.json(isReachable ? .ok : .serviceUnavailable, document)
  }

  /// An outage must not look like an empty success.
  private static func statusCode<Answer>(
    _ answer: Result<Answer, CallError>
  ) -> HTTPResponse.Status {
    switch answer {
    case .success: .ok
    case .failure: .serviceUnavailable
    }
  }

  private static func json(_ status: HTTPResponse.Status, _ document: JSON) -> Response {
    Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: document.bytes)))
  }

  private static func text(_ status: HTTPResponse.Status, _ text: String) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

/// The query of `/api/status`: `pool`, `page_size` and `page_token`, all optional.
struct StatusQuery {
  let request: StatusRequest

  init(_ request: Request) throws(Problem) {
    let query = request.uri.queryParameters
    var pageSize: Int64 = 0
    if let text = query["page_size"] {
      guard let size = Int64(text), size >= 0 else {
        throw Problem(
          status: .badRequest, code: "invalid_argument", title: "The request makes no sense",
          detail: "page_size is to be a number of allocations from 0, not \(text).")
      }
      pageSize = size
    }
    self.request = StatusRequest(
      pool: PoolReference(name: Text(query["pool"].map(String.init) ?? "")), pageSize: pageSize,
      pageToken: Text(query["page_token"].map(String.init) ?? ""))
  }
}
