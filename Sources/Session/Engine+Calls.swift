import Access
import Coordination
package import Model
import Monitoring
import NIOCore
import Wire

extension Engine {
  /// Handles one frame: decodes, decides and writes the answer.
  func handleFrame(_ frame: Range<Int>, in buffer: ByteBuffer, on id: ConnectionID) {
    let header: CallHeader
    do throws(WireError) {
      header = try codec.decodeCall(in: buffer, at: frame)
    } catch {
      drop(id.slot, error.callError)
      return
    }
    guard !header.cancel else {
      cancelCall(header.callID, on: id.slot)
      return
    }
    guard let raw = UInt8(exactly: header.method), let method = Method(rawValue: raw) else {
      fail(header.callID, CallError(.unknownMethod, "method \(header.method) is unknown"), on: id)
      return
    }
    if streams.count > 0, connections[id.slot].streams[header.callID] != nil {
      fail(
        header.callID,
        CallError(.callIDInUse, "call_id \(header.callID) is in use by an open stream"), on: id)
      return
    }
    countAnswer(method)
    var caller: Identity?
    if trace != nil { trace = nil }
    do throws(CallError) {
      if header.hasMetadata || access != nil {
        caller = try readMetadata(header, frame, in: buffer, on: id.slot)
      }
      switch method {
      case .requestResource:
        var request = ResourceRequest.empty
        try decode { () throws(WireError) in
          try codec.decode(&request, in: buffer, payload: header.payload)
        }
        watchCall(method, request.component)
        try caller?.principal.check(method, for: request.component)
        let answer = try coordinator.take(
          request, connection: id.number, by: caller?.party, trace: trace, at: now)
        consumeEffects()
        self.answer(header.callID, answer, on: id)
      case .releaseResource:
        var request = ReleaseRequest.empty
        try decode { () throws(WireError) in
          try codec.decode(&request, in: buffer, payload: header.payload)
        }
        watchCall(method, request.component)
        try caller?.principal.check(method, for: request.component)
        let response = try coordinator.release(request, by: caller?.party, at: now)
        consumeEffects()
        write(on: id.slot) {
          codec.appendReply(callID: header.callID, release: response, to: &$0)
        }
      default:
        try handle(method, header, in: buffer, by: caller, on: id)
      }
    } catch {
      consumeEffects()
      // Of a call whose caller is known `handle` has told already.
      if access != nil, caller == nil { audit(method, nil, by: nil, refusal: error, on: id) }
      metrics.countFailedCall(method: method, code: error.code)
      fail(header.callID, error, on: id)
    }
  }

  @inline(__always)
  private func decode<Message>(
    _ body: () throws(WireError) -> Message
  ) throws(CallError) -> Message {
    do throws(WireError) {
      return try body()
    } catch {
      throw error.callError
    }
  }

  private func fail(_ callID: UInt64, _ error: CallError, on id: ConnectionID) {
    write(on: id.slot) { codec.appendReply(callID: callID, error: error, to: &$0) }
  }

  private func answer(_ callID: UInt64, _ answer: RequestAnswer, on id: ConnectionID) {
    switch answer {
    case .record(let slot, let showsToken):
      if coordinator.isPlainGrant(slot) {
        let grant = coordinator.plainGrant(slot, showsToken: showsToken)
        write(on: id.slot) { codec.appendReply(callID: callID, grant: grant, to: &$0) }
      } else {
        self.answer(callID, coordinator.answer(slot, showsToken: showsToken), on: id)
      }
    case .peek(let response):
      self.answer(callID, response, on: id)
    }
  }

  private func answer(_ callID: UInt64, _ response: ResourceResponse, on id: ConnectionID) {
    write(on: id.slot) { out in
      if let explanation = response.explanation {
        codec.appendReply(
          callID: callID, details: explanation.blockers, response: .resource(response), to: &out)
      } else {
        codec.appendReply(callID: callID, response: .resource(response), to: &out)
      }
    }
  }

  /// Calls off the hot path.
  private func handle(
    _ method: Model.Method, _ header: CallHeader, in buffer: ByteBuffer, by caller: Identity?,
    on id: ConnectionID
  ) throws(CallError) {
    var message: RequestMessage?
    do throws(CallError) {
      let decoded = try decode { () throws(WireError) in
        try codec.decodeRequest(method: method, in: buffer, payload: header.payload)
      }
      message = decoded
      if !decoded.isStream { watchCall(method, decoded.component ?? .empty) }
      try caller?.principal.check(method, for: decoded.component)
      try make(decoded, header, by: caller, on: id)
    } catch {
      audit(method, message, by: caller, refusal: error, on: id)
      throw error
    }
    audit(method, message, by: caller, refusal: nil, on: id)
  }

  private func make(
    _ message: RequestMessage, _ header: CallHeader, by caller: Identity?, on id: ConnectionID
  ) throws(CallError) {
    switch message {
    case .streamStatus(let request):
      try openStatusStream(request, header, by: caller, on: id)
    case .awaitGrant(let key):
      try openAwait(key, header, by: caller, on: id)
    case .watch(let request):
      try openWatch(request, header, by: caller, on: id)
    case .request(let request):
      let answer = try coordinator.take(
        request, connection: id.number, by: caller?.party, trace: trace, at: now)
      consumeEffects()
      self.answer(header.callID, answer, on: id)
    default:
      let response = try perform(message, connection: id.number, by: caller?.party)
      if case .resource(let response) = response {
        answer(header.callID, response, on: id)
      } else {
        write(on: id.slot) {
          codec.appendReply(callID: header.callID, response: response, to: &$0)
        }
      }
    }
  }

  /// Makes one unary call for a connection, or for the shell itself (connection 0).
  package func perform(
    _ message: RequestMessage, connection: UInt64, by party: Party? = nil
  ) throws(CallError) -> ResponseMessage {
    defer { consumeEffects() }
    switch message {
    case .request(let request):
      return .resource(
        try coordinator.request(request, connection: connection, by: party, at: now))
    case .release(let request):
      return .release(try coordinator.release(request, by: party, at: now))
    case .status(let request):
      return .status(try coordinator.status(request, at: now))
    case .healthCheck:
      var health = coordinator.health(at: now)
      health.metadata = recent.append(to: health.metadata, metrics, at: now)
      return .health(health)
    case .hello(let request):
      return .hello(hello(request))
    case .renew(let request):
      return .renew(try coordinator.renew(request, connection: connection, by: party, at: now))
    case .cancel(let key):
      return .cancel(try coordinator.cancel(key, connection: connection, by: party, at: now))
    case .explain(let request):
      return .explanation(try coordinator.explain(request, connection: connection, at: now))
    case .history(let request):
      return .history(try coordinator.history(request, at: now))
    case .getMode:
      return .mode(coordinator.modeStatus)
    case .setMode(let request):
      return .mode(try coordinator.setMode(request, at: now))
    case .setCapacity(let request):
      return .poolStatus(try coordinator.setCapacity(request, at: now))
    case .drain(let request):
      guard !isStopping else { throw CallError(.draining, "the server is stopping already") }
      let response = coordinator.drain(resume: request.resume, at: now)
      if request.stop && !request.resume { stopRequest = request }
      return .drain(response)
    case .streamStatus, .awaitGrant, .watch:
      throw CallError(.unknownMethod, "\(message.method.name) is a stream")
    }
  }

  /// The newest version of the protocol that the server speaks.
  package static let protocolVersion: UInt32 = 1

  private func hello(_ request: HelloRequest) -> HelloResponse {
    HelloResponse(
      protocolVersion: min(max(request.protocolVersion, 1), Engine.protocolVersion),
      serverVersion: coordinatorVersion,
      features: ["await_grant", "multi_pool", "explain", "history", "watch_events", "rate_pools"],
      epoch: coordinator.epoch, frameBytesMax: UInt64(limits.frameBytes), serverTime: now)
  }

  private func cancelCall(_ callID: UInt64, on slot: Int) {
    // A call that has ended already, as every unary call has, needs no answer: its reply is on the way.
    guard let stream = connections[slot].streams[callID] else { return }
    endStream(stream, CallError(.callCancelled, "the call was cancelled"))
  }
}
