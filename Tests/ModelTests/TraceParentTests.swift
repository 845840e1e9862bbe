import Model
import TestSupport
import Testing

@Suite struct `Trace contexts` {
  @Test func `are read as they are written, and tell their trace`() throws {
    let trace = try #require(TraceParent(Traces.text))
    #expect(trace.text.string == Traces.text)
    #expect(trace.traceID == Traces.id)
    #expect(TraceParent("cc" + Traces.text.dropFirst(2)) != nil, "a version to come")
  }

  @Test func `are none where one character is not as it must be`() {
    let zeros = { (count: Int) in String(repeating: "0", count: count) }
    let bad = [
      "", "00", Traces.text + "-00", String(Traces.text.dropLast()), Traces.text.uppercased(),
      "ff" + Traces.text.dropFirst(2), Traces.text.replacing("-", with: "_"),
      "00-\(zeros(32))-b7ad6b7169203331-01", "00-\(Traces.id)-\(zeros(16))-01",
      "00-\(Traces.id.dropLast())é-b7ad6b7169203331-01",
    ]
    for text in bad { #expect(TraceParent(text) == nil, "\(text)") }
    for position in 0..<TraceParent.byteCount {
      var characters = Array(Traces.text)
      characters[position] = "g"
      #expect(TraceParent(String(characters)) == nil, "position \(position)")
    }
  }

  @Test func `are added to metadata that has room and no trace of its own`() throws {
    var limits = Limits()
    let own = Metadata([("job", "nightly"), ("user", "ada")])
    let traced = try #require(own.tracing(Traces.one, limits: limits))
    #expect(traced.entries.map(\.key) == ["job", "user", "traceparent"])
    #expect(traced["traceparent"] == Traces.text && traced["job"] == "nightly")
    #expect(traced.isTraced(own))
    #expect(!traced.isTraced(Metadata([("job", "nightly"), ("user", "eve")])))
    #expect(!own.isTraced(Metadata([("job", "nightly")])))
    #expect(try #require(Metadata.empty.tracing(Traces.one, limits: limits)).isTraced(.empty))
    for key in ["traceparent", "trace_id"] {
      #expect(Metadata([(key, "mine")]).tracing(Traces.one, limits: limits) == nil)
    }
    limits.metadataEntries = 2
    #expect(own.tracing(Traces.one, limits: limits) == nil)
    limits.metadataEntries = 3
    limits.metadataBytes = traced.byteCount
    #expect(own.tracing(Traces.one, limits: limits) == traced)
    limits.metadataBytes -= 1
    #expect(own.tracing(Traces.one, limits: limits) == nil)
  }
}
