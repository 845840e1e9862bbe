import Model

/// Messages in few words, for the transcript.
enum Words {
  static func text(_ message: RequestMessage) -> String {
    switch message {
    case .request(let request):
      let claims = request.claims.all.map(text).joined(separator: " + ")
      return "request \(request.requestID) \(claims) for \(text(request.duration))"
        + (request.wait ? ", waits \(text(request.timeout))" : "")
        + (request.clientSecret.isEmpty ? "" : ", secret")
    case .release(let request): return "release \(request.requestID) \(short(request.token))"
    case .renew(let request): return "renew \(request.requestID) \(short(request.token))"
    case .cancel(let key): return "cancel \(key.requestID)"
    case .awaitGrant(let key): return "await \(key.requestID)"
    case .setMode(let request): return "set_mode \(request.mode)"
    case .setCapacity(let request): return "set_capacity \(request.pool.name) \(request.capacity)"
    case .drain(let request):
      return request.resume ? "drain: resume" : request.stop ? "drain: stop" : "drain"
    case .status, .healthCheck, .streamStatus, .hello, .explain, .history, .watch, .getMode:
      return message.method.name
    }
  }

  static func text(_ message: ResponseMessage) -> String {
    switch message {
    case .resource(let response): return text(response)
    case .grantUpdate(let update):
      if let response = update.response { return text(response) }
      return "still waits, at \(update.queue?.position ?? 0)"
    case .release(let response): return response.success ? "released" : response.message
    case .renew(let response):
      return "renewed until \(text(response.expiresAt))" + (response.atMaximum ? ", at most" : "")
    case .cancel(let response): return response.message
    case .mode(let status): return "mode \(status.mode?.name ?? "?")"
    case .poolStatus(let status):
      return "\(status.name) has \(status.totalCapacity), \(status.allocated) held"
    case .drain(let response): return response.draining ? "draining" : "serving"
    case .status: return "a status"
    case .health(let response): return response.healthy ? "healthy" : "not healthy"
    case .hello(let response): return "hello, epoch \(response.epoch)"
    case .explanation(let explanation): return "explanation: \(explanation.summary)"
    case .history(let response): return "\(response.events.count) events"
    case .event(let event): return "event \(event.revision)"
    }
  }

  private static func text(_ response: ResourceResponse) -> String {
    let name = response.status?.name ?? "?"
    guard let fencing = response.fencing else {
      let place = response.queue.map { ", at \($0.position) until \(text($0.deadline))" } ?? ""
      return "\(response.requestID) \(name)\(place)"
    }
    return "\(response.requestID) \(name) \(response.grantedQuantity) of \(response.pool), "
      + "fencing \(fencing.epoch).\(fencing.counter), until \(text(response.expiresAt)), "
      + (response.token.isEmpty ? "no token" : short(response.token))
  }

  private static func text(_ amount: PoolQuantity) -> String {
    "\(amount.pool.name.isEmpty ? "pool \(amount.pool.number)" : amount.pool.name.string) "
      + "\(amount.quantity)"
  }

  private static func short(_ token: Text) -> String { "token \(token.string.prefix(8))" }
  private static func text(_ span: TimeSpan?) -> String { span.map { "\($0.seconds) s" } ?? "-" }

  /// In seconds since the world's beginning, by the server's clock.
  static func text(_ instant: Instant?) -> String {
    instant.map { "\(($0 - WorldPlan.start).seconds)" } ?? "-"
  }
}
