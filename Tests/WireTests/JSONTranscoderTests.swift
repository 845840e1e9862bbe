import Model
import NIOCore
import Testing
import Wire

@Suite struct JSONTranscoderTests {
  let codec = Codec(limits: Limits())

  private func request(_ text: String, _ method: Model.Method = .requestResource) throws
    -> RequestMessage
  {
    try codec.request(from: try JSONParser.parse(text), method: method)
  }

  private func resourceRequest(_ text: String) throws -> ResourceRequest {
    guard case .request(let request) = try request(text) else {
      throw TranscodingError(path: "", message: "not a request")
    }
    return request
  }

  private func failure(_ text: String, _ method: Model.Method = .requestResource) throws -> String {
    let error = try #require(throws: TranscodingError.self) { try request(text, method) }
    return error.description
  }

  @Test(arguments: Samples.requests)
  func `a request comes back from its JSON`(_ message: RequestMessage) throws {
    let json = codec.json(of: message)
    let again = try codec.request(
      from: try JSONParser.parse(json.indentedText), method: message.method)
    #expect(String(describing: again) == String(describing: message))
  }

  @Test func `snake and camel case, names and numbers, and every form of duration are read`() throws
  {
    let expected = try resourceRequest(
      #"{"request_id": "r", "resource": "RESOURCE_TYPE_GPU", "quantity": 5, "timeout": 3.5}"#)
    #expect(expected.timeout == .milliseconds(3500))
    #expect(expected.claims.first.pool.number == 1)
    for text in [
      #"{"requestId": "r", "resource": "GPU", "quantity": "5", "timeout": "3.5s"}"#,
      #"{"request_id":"r","resource":1,"quantity":5.0,"timeout":{"seconds":3,"nanos":500000000}}"#,
      #"{"request_id":"r","resource":"resource_type_gpu","quantity":5,"timeout":35e-1,"wait":null}"#,
    ] {
      #expect(try resourceRequest(text) == expected)
    }
  }

  @Test func `64-bit values are exact in both directions`() throws {
    let text = #"{"after_revision":18446744073709551615}"#
    #expect(codec.json(of: try request(text, .watchEvents)).text == text)
    let low = #"{"quantity":-9223372036854775808}"#
    #expect(codec.json(of: try request(low)).text == low)
  }

  @Test func `metadata is an object, and its array of entries is read too`() throws {
    let object = try resourceRequest(#"{"metadata": {"b": "1", "a": ""}}"#)
    #expect(object.metadata == Metadata([("b", "1"), ("a", "")]))
    let array = try resourceRequest(#"{"metadata": [{"key": "b", "value": "1"}, {"key": "a"}]}"#)
    #expect(array.metadata == object.metadata)
    #expect(codec.json(of: .request(object)).text == #"{"metadata":{"b":"1","a":""}}"#)
  }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00Z"), (3_100_000_000, "1970-01-01T00:00:03.1Z"),
    (-1, "1969-12-31T23:59:59.999999999Z"),
    (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
    (1_700_000_000_123_456_789, "2023-11-14T22:13:20.123456789Z"),
  ])
  func `times are RFC 3339 in UTC`(_ nanoseconds: Int64, _ text: String) throws {
    let request = HistoryRequest(after: Instant(nanoseconds: nanoseconds))
    let json = codec.json(of: .history(request))
    #expect(json["after"]?.stringValue == text)
    let again = codec.json(of: try codec.request(from: json, method: .listHistory))
    #expect(again == json)
  }

  @Test func `a time may have an offset or be a number of seconds`() throws {
    for after in [#""1970-01-01T01:00:03.1+01:00""#, "3.1", #"{"seconds": 3, "nanos": 100000000}"#]
    {
      guard case .history(let request) = try request("{\"after\": \(after)}", .listHistory) else {
        Issue.record("not a history request")
        return
      }
      #expect(request.after == Instant(nanoseconds: 3_100_000_000))
    }
  }

  @Test(arguments: [
    (#"{"quantty": 1}"#, "quantty: there is no such field (did you mean quantity?)"),
    (#"{"resource": "GPUU"}"#, "did you mean GPU"),
    (
      #"{"resource": "disk-drive-of-node"}"#,
      "the names are UNSPECIFIED, GPU, CLAUDE_API, MEMORY, CPU"
    ),
    (#"{"quantity": 1.5}"#, "quantity: expected an integer from"),
    (#"{"quantity": 9223372036854775808}"#, "quantity: expected an integer from"),
    (#"{"wait": 1}"#, "wait: expected true or false, found a number"),
    (#"{"request_id": 7}"#, "request_id: expected a string, found a number"),
    (#"{"request_id": "a", "requestId": "b"}"#, "requestId: the field is given twice"),
    (#"{"timeout": 0.0000000001}"#, "timeout: expected a number of seconds"),
    (#"{"timeout": {"second": 1}}"#, "timeout.second: expected the integers"),
    (#"{"metadata": {"a": 1}}"#, "metadata.a: expected a string"),
    (#"[]"#, "expected an object, found an array"),
  ])
  func `a wrong value is refused with its place and what was expected`(
    _ text: String, _ part: String
  ) throws {
    #expect(try failure(text).contains(part))
  }

  @Test(arguments: [
    "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01",
    "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z",
    "3000-01-01T00:00:00Z",
  ])
  func `a time that does not exist, or not in range, is refused`(_ text: String) throws {
    #expect(
      try failure("{\"after\": \"\(text)\"}", .listHistory).hasPrefix("after: expected a time"))
  }

  @Test func `outcomes are written even where they have their default`() {
    let released = codec.json(of: .release(ReleaseResponse(success: false, message: "")))
    #expect(released.text == #"{"success":false}"#)
    let unknown = codec.json(
      of: .resource(ResourceResponse(requestID: "r", status: nil, message: "")))
    #expect(unknown.text == #"{"request_id":"r","status":"REQUEST_STATUS_UNSPECIFIED"}"#)
  }

  @Test func `numbers that a later server knows are written as numbers`() throws {
    let json = try codec.json([0x10, 0x63, 0x30, 0x07], type: .resourceResponse)
    #expect(json.text == #"{"status":99}"#)
  }

  @Test func `a length beyond 292 years is written exactly`() throws {
    // seconds = 2^63 - 1, nanos = 999999999
    let bytes: [UInt8] = [
      0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x10, 0xFF, 0x93, 0xEB, 0xDC,
      0x03,
    ]
    #expect(try codec.json(bytes, type: .duration).text == "9223372036854775807.999999999")
    #expect(try codec.json(bytes, type: .timestamp).text == "9223372036854775807.999999999")
  }
}
