import Model
import Wire

/// The lines that a rehearsal prints.
struct PlayOutput {
  let codec: Codec

  /// `{"at", "as", "call", "code", "reply", "details"}`; `message` stands in refusals, `end` in streams.
  func line(_ reply: VirtualCoordinator.Reply) -> String {
    var members = [
      JSONValue.Member("at", VirtualTime.json(reply.at)),
      JSONValue.Member("as", .string(reply.name)),
      JSONValue.Member("call", reply.method.map { .string($0.name) } ?? .null),
      JSONValue.Member("code", .integer(reply.header.code.rawValue)),
    ]
    if reply.header.code != .ok {
      members.append(JSONValue.Member("message", .string(reply.header.message)))
    }
    members.append(JSONValue.Member("reply", body(reply)))
    members.append(JSONValue.Member("details", .array(reply.header.details.map(codec.json))))
    if reply.method?.isStream == true {
      members.append(JSONValue.Member("end", .bool(reply.header.end)))
    }
    return JSONValue.object(members).text
  }

  private func body(_ reply: VirtualCoordinator.Reply) -> JSONValue {
    guard let method = reply.method, reply.header.code == .ok else { return .null }
    do {
      return try codec.json(reply.payload, type: method.responseType)
    } catch {
      preconditionFailure("the engine's own messages decode: \(error)")
    }
  }

  /// `{"at", "event", "request_id", …}`.
  func line(_ event: VirtualEvent) -> String {
    var members = [
      JSONValue.Member("at", VirtualTime.json(event.at)),
      JSONValue.Member("event", .string(event.kind.name)),
      JSONValue.Member("request_id", .string(event.requestID.string)),
    ]
    if !event.component.isEmpty {
      members.append(JSONValue.Member("component", .string(event.component.string)))
    }
    if !event.pools.isEmpty {
      let pools = event.pools.map { pool in
        JSONValue.object([
          JSONValue.Member("pool", .string(pool.name.string)),
          JSONValue.Member("quantity", .integer(pool.quantity)),
        ])
      }
      members.append(JSONValue.Member("pools", .array(pools)))
    }
    for (key, value) in [
      ("waited_seconds", event.waited.map(VirtualTime.json)),
      ("until", event.until.map(VirtualTime.json)),
      ("claim_by", event.claimBy.map(VirtualTime.json)),
    ] {
      if let value { members.append(JSONValue.Member(key, value)) }
    }
    return JSONValue.object(members).text
  }

  /// The last line: `{"at", "status"}`.
  func line(at instant: Instant, status: ResponseMessage) -> String {
    JSONValue.object([
      JSONValue.Member("at", VirtualTime.json(instant)),
      JSONValue.Member("status", codec.json(of: status)),
    ]).text
  }
}
