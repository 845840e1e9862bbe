package import Model

/// What is remembered of one administrative call, carried out or refused.
package struct AuditEntry: Sendable {
  package var time: Instant
  /// Nil if the caller is not known.
  package var principal: Text?
  package var method: Model.Method
  package var arguments: [JSONValue.Member]
  /// Nil if the call was carried out.
  package var refusal: CallError?
  /// The trace of the call; nil if it came with none.
  package var trace: TraceParent?

  /// - Parameter message: nil if the call was refused before it was read.
  package init(
    time: Instant, principal: Text?, method: Model.Method, message: RequestMessage?,
    refusal: CallError?, trace: TraceParent? = nil
  ) {
    self.time = time
    self.principal = principal
    self.method = method
    arguments = message.map(AuditEntry.arguments) ?? []
    self.refusal = refusal
    self.trace = trace
  }

  /// `ok`, or the reason of the refusal.
  package var outcome: String {
    guard let refusal else { return "ok" }
    return refusal.details.first?.reason.string ?? refusal.code.name
  }

  /// Only what administrative calls say, which holds no secret; of other calls nothing.
  private static func arguments(of message: RequestMessage) -> [JSONValue.Member] {
    switch message {
    case .setMode(let request):
      let mode = UInt8(exactly: request.mode).flatMap(ResponseMode.init(rawValue:))
      var all: [JSONValue.Member] = []
      if request.mode != 0 {
        all.append(.init("mode", mode.map { .string($0.name) } ?? .integer(request.mode)))
      }
      if let contention = request.contention {
        all.append(.init("deny_probability", .string("\(contention.denyProbability)")))
        all.append(.init("queue_probability", .string("\(contention.queueProbability)")))
        if contention.seed != 0 { all.append(.init("seed", .integer(contention.seed))) }
      }
      return all
    case .setCapacity(let request):
      let pool = request.pool
      return [
        .init("pool", pool.name.isEmpty ? .integer(pool.number) : .string(pool.name.string)),
        .init("capacity", .integer(request.capacity)),
      ]
    case .drain(let request):
      let deadline = request.deadline.map { $0.nanoseconds / 1_000_000 }
      return [.init("resume", .bool(request.resume)), .init("stop", .bool(request.stop))]
        + (deadline.map { [.init("deadline_ms", .integer($0))] } ?? [])
    case .request, .release, .status, .healthCheck, .streamStatus, .hello, .renew, .cancel,
      .awaitGrant, .explain, .history, .watch, .getMode:
      return []
    }
  }

  /// One line of the audit log, a JSON object.
  ///
  /// - Parameters:
  ///   - time: the entry's time as text, which needs a calendar.
  ///   - peer: the caller's address.
  package func line(time: String, peer: String) -> String {
    let fields: [JSONValue.Member] = [
      .init("ts", .string(time)), .init("logger", .string("audit")),
      .init("principal", principal.map { .string($0.string) } ?? .null),
      .init("peer", .string(peer)), .init("method", .string(method.name)),
      .init("arguments", .object(arguments)), .init("outcome", .string(outcome)),
    ]
    let traced = trace.map { [JSONValue.Member("trace_id", .string($0.traceID))] } ?? []
    return JSONValue.object(fields + traced).text
  }
}
