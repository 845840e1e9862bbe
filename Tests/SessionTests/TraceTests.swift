import Access
import Model
import NIOCore
import Session
import TestSupport
import Testing
import Wire

/// The trace that comes with a call, from its frame to where it is shown.
@Suite struct `Traces with calls` {
  /// Sends a call with metadata and takes its answer.
  private static func call(
    _ harness: Harness, _ callID: UInt64, _ message: RequestMessage, _ metadata: Metadata,
    on id: ConnectionID
  ) throws {
    var bytes = ByteBuffer()
    try Codec(limits: Limits()).appendCall(
      callID: callID, metadata: metadata, message: message, to: &bytes)
    harness.send(Array(bytes.readableBytesView), on: id)
    #expect(try harness.take(id).last?.code == .ok)
  }

  private static func traces(_ harness: Harness, on id: ConnectionID) throws -> [String?] {
    let reply = try harness.call(1000, .history(HistoryRequest(oldestFirst: true)), on: id)
    guard case .history(let history) = reply.response else { return [] }
    return history.events.map { $0.metadata["traceparent"] }
  }

  @Test func `are shown with the events of the request, and only with those of that call`() throws {
    let harness = Harness()
    let id = try harness.open()
    let trace = Metadata([("client", "test"), ("traceparent", Traces.text)])
    try Self.call(harness, 1, Harness.request("a"), trace, on: id)
    try harness.call(2, Harness.request("b"), on: id)
    var several = ResourceRequest(
      requestID: "c", component: "trainer",
      claims: Claims(
        PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 1),
        rest: [PoolQuantity(pool: PoolReference(name: "memory"), quantity: 1)]))
    several.isMultiple = true
    try Self.call(harness, 3, .request(several), trace, on: id)
    #expect(try Self.traces(harness, on: id) == [Traces.text, nil, Traces.text])
  }

  @Test func `are ignored where they are malformed`() throws {
    let harness = Harness()
    let id = try harness.open()
    let bad = Metadata([("traceparent", Traces.text.uppercased())])
    try Self.call(harness, 1, Harness.request("a"), bad, on: id)
    #expect(try Self.traces(harness, on: id) == [nil])
  }

  @Test func `stand in the audit line of the call`() throws {
    let harness = Harness()
    var lines: [String] = []
    harness.engine.auditor = { entry, _ in lines.append(entry.line(time: "t", peer: "p")) }
    let id = try harness.open()
    let message = RequestMessage.setMode(SetModeRequest(mode: 1))
    try Self.call(harness, 1, message, Metadata([("traceparent", Traces.text)]), on: id)
    try harness.call(2, message, on: id)
    #expect(lines.count == 2)
    #expect(lines.first?.hasSuffix(#""outcome":"ok","trace_id":"\#(Traces.id)"}"#) == true)
    #expect(lines.last?.contains("trace_id") == false)
  }
}
