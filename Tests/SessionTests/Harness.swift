import Coordination
import Model
import NIOCore
import Session
import TestSupport
import Testing
import Wire

/// An engine under a clock that the test moves, and clients made of nothing but bytes.
final class Harness {
  /// One reply as a client sees it.
  struct Reply {
    let callID: UInt64
    let code: StatusCode
    let message: String
    let reason: String
    let details: [Detail]
    let end: Bool
    let response: ResponseMessage?
  }

  let engine: Engine
  private let codec: Codec
  private(set) var now: Instant
  /// Connections that the engine ended.
  private(set) var ended: Set<ConnectionID> = []
  /// How many outputs each connection was given.
  private(set) var outputs: [ConnectionID: Int] = [:]
  private var inbox: [ConnectionID: ByteBuffer] = [:]
  private var methods: [ConnectionID: [UInt64: Model.Method]] = [:]

  static let start = Instant(nanoseconds: 1_800_000_000_000_000_000)

  init(seed: UInt64 = 1, _ change: (inout CoordinationSettings) -> Void = { _ in }) {
    var settings = CoordinationSettings(
      mode: .respectLimits,
      pools: [
        PoolDefinition(name: "gpu", number: 1, unit: "MB", capacity: 100),
        PoolDefinition(name: "memory", number: 3, unit: "MB", capacity: 50),
      ])
    change(&settings)
    now = Harness.start
    codec = Codec(limits: settings.limits)
    let coordinator = Coordinator(
      settings: settings, epoch: 7, hashSeed: seed, entropy: Entropy(seed: seed), at: now)
    engine = Engine(coordinator: coordinator, at: now)
  }

  // MARK: Connections

  func open() throws -> ConnectionID {
    try #require(engine.open(at: now))
  }

  func close(_ id: ConnectionID) {
    engine.closed(id, at: now)
    pump()
  }

  // MARK: Sending

  func frame(
    _ callID: UInt64, _ message: RequestMessage, timeoutMilliseconds: UInt64 = 0,
    token: String? = nil, on id: ConnectionID
  ) throws -> [UInt8] {
    var bytes = ByteBuffer()
    let metadata = token.map { Metadata([("client", "test"), ("authorization", "Bearer \($0)")]) }
    try codec.appendCall(
      callID: callID, timeoutMilliseconds: timeoutMilliseconds, metadata: metadata ?? .empty,
      message: message, to: &bytes)
    methods[id, default: [:]][callID] = message.method
    return Array(bytes.readableBytesView)
  }

  func send(_ bytes: [UInt8], on id: ConnectionID) {
    var buffer = ByteBuffer(bytes: bytes)
    engine.receive(&buffer, on: id, at: now)
    pump()
  }

  func send(
    _ callID: UInt64, _ message: RequestMessage, timeoutMilliseconds: UInt64 = 0,
    token: String? = nil, on id: ConnectionID
  ) throws {
    send(
      try frame(
        callID, message, timeoutMilliseconds: timeoutMilliseconds, token: token, on: id), on: id)
  }

  func cancel(_ callID: UInt64, on id: ConnectionID) {
    var bytes = ByteBuffer()
    codec.appendCancel(callID: callID, to: &bytes)
    send(Array(bytes.readableBytesView), on: id)
  }

  /// Sends a unary call and takes its answer; replies of streams that came before it are left out.
  @discardableResult
  func call(
    _ callID: UInt64, _ message: RequestMessage, token: String? = nil, on id: ConnectionID
  ) throws -> Reply {
    try send(callID, message, token: token, on: id)
    return try #require(take(id).last { $0.callID == callID })
  }

  // MARK: Receiving

  func pump() {
    while let output = engine.nextOutput() {
      var bytes = output.bytes
      outputs[output.connection, default: 0] += 1
      inbox[output.connection, default: ByteBuffer()].writeBuffer(&bytes)
      if output.closes { ended.insert(output.connection) }
    }
    engine.finishBatch(at: now)
  }

  /// The raw bytes that came since they were last taken.
  func takeBytes(_ id: ConnectionID) -> [UInt8] {
    Array((inbox.removeValue(forKey: id) ?? ByteBuffer()).readableBytesView)
  }

  /// The replies that came since they were last taken.
  func take(_ id: ConnectionID) throws -> [Reply] {
    guard var bytes = inbox.removeValue(forKey: id) else { return [] }
    var reader = FrameReader(limits: Limits())
    var replies: [Reply] = []
    while let frame = try reader.next(in: &bytes) {
      let header = try codec.decodeReply(in: bytes, at: frame)
      var response: ResponseMessage?
      if header.code == .ok, let method = methods[id]?[header.callID] {
        response = try codec.decodeResponse(method: method, in: bytes, payload: header.payload)
      }
      replies.append(
        Reply(
          callID: header.callID, code: header.code, message: header.message,
          reason: header.details.first?.reason.string ?? "", details: header.details,
          end: header.end, response: response))
    }
    #expect(bytes.readableBytes == 0, "replies are whole frames")
    return replies
  }

  // MARK: Time

  /// Lets time pass as a shell does: at each deadline of the engine, and at the end.
  func pass(_ span: TimeSpan) {
    let end = now + span
    for _ in 0..<1_000_000 {
      guard let deadline = engine.nextDeadline, deadline <= end else { break }
      now = max(now, deadline)
      engine.advance(to: now)
      pump()
    }
    now = end
    engine.advance(to: now)
    pump()
  }

  func pass(seconds: Int64) { pass(.seconds(seconds)) }

  // MARK: Short names

  static func request(
    _ id: Text, _ quantity: Int64 = 1, pool: Text = "gpu", by component: Text = "trainer",
    wait: Bool = false, timeout: TimeSpan? = nil, secret: Text = .empty,
    cancelOnDisconnect: Bool = false
  ) -> RequestMessage {
    .request(
      ResourceRequest(
        requestID: id, component: component,
        claims: Claims(PoolQuantity(pool: PoolReference(name: pool), quantity: quantity)),
        timeout: timeout, wait: wait, clientSecret: secret, cancelOnDisconnect: cancelOnDisconnect))
  }

  static func awaitGrant(
    _ id: Text, by component: Text = "trainer", secret: Text = .empty
  ) -> RequestMessage {
    .awaitGrant(RequestKey(requestID: id, component: component, clientSecret: secret))
  }

  /// Takes a lease and answers its token.
  func lease(
    _ id: Text, _ quantity: Int64, by component: Text = "trainer", callID: UInt64 = 1_000_000,
    on connection: ConnectionID
  ) throws -> Text {
    let reply = try call(callID, Harness.request(id, quantity, by: component), on: connection)
    let response = try #require(reply.resource)
    #expect(response.status == .granted)
    return response.token
  }

  func release(
    _ id: Text, _ token: Text, by component: Text = "trainer", callID: UInt64 = 1_000_001,
    on connection: ConnectionID
  ) throws {
    let message = RequestMessage.release(
      ReleaseRequest(requestID: id, token: token, component: component))
    try send(callID, message, on: connection)
  }
}

extension Harness.Reply {
  var resource: ResourceResponse? {
    switch response {
    case .resource(let response): response
    case .grantUpdate(let update): update.response
    default: nil
    }
  }

  var update: GrantUpdate? {
    guard case .grantUpdate(let update) = response else { return nil }
    return update
  }

  var pool: PoolStatus? {
    guard case .poolStatus(let status) = response else { return nil }
    return status
  }

  var event: Event? {
    guard case .event(let event) = response else { return nil }
    return event
  }
}
