import Model
import TestSupport
import Testing

@testable import Coordination

@Suite struct `Traces of calls` {
  private static func metadata(_ trial: Trial, _ kind: EventKind) -> Metadata? {
    trial.history().events.first { $0.kind == kind }?.metadata
  }

  @Test func `are kept with the metadata of what they made`() throws {
    let trial = Trial()
    _ = try trial.request("a", [("gpu", 60)], trace: Traces.one)
    #expect(Self.metadata(trial, .granted)?["traceparent"] == Traces.text)
    _ = try trial.request("b", [("gpu", 60)], wait: true, trace: Traces.other)
    #expect(Self.metadata(trial, .queued)?["traceparent"] == Traces.otherText)
    _ = try trial.request("c", [("gpu", 60)], trace: Traces.one)
    #expect(Self.metadata(trial, .denied)?["traceparent"] == Traces.text)
    _ = try trial.request("d", [("gpu", 60)])
    #expect(Self.metadata(trial, .denied) == .empty)
  }

  @Test func `do not make another request of a repeated one`() throws {
    let trial = Trial()
    let first = try trial.request("a", [("gpu", 60)], trace: Traces.one)
    for trace in [nil, Traces.one, Traces.other] {
      #expect(try trial.request("a", [("gpu", 60)], trace: trace).token == first.token)
    }
    let plain = try trial.request("b", [("gpu", 1)])
    #expect(try trial.request("b", [("gpu", 1)], trace: Traces.one).token == plain.token)
    // The client's own metadata still tells requests apart, also where it looks like what was added.
    var asked = ResourceRequest(
      requestID: "a", component: "trainer",
      claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 60)), priority: 2,
      metadata: Metadata([("traceparent", Traces.text)]))
    #expect(callError { () throws(CallError) in try trial.request(asked) }?.code == .alreadyExists)
    asked.metadata = Metadata([("job", "x")])
    #expect(callError { () throws(CallError) in try trial.request(asked) }?.code == .alreadyExists)
  }

  @Test func `of the client's own choice stand`() throws {
    let trial = Trial()
    let asked = ResourceRequest(
      requestID: "a", component: "trainer",
      claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: 1)),
      metadata: Metadata([("trace_id", "mine")]))
    let first = try trial.request(asked, trace: Traces.one)
    #expect(Self.metadata(trial, .granted)?.entries.map(\.key) == ["trace_id"])
    #expect(try trial.request(asked, trace: Traces.other).token == first.token)
  }
}
