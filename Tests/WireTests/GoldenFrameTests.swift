import Foundation
import Model
import NIOCore
import Testing
import Wire

/// Frames as they were first written: every later version reads them for ever, and writes them again byte for byte.
///
/// `COORDINATOR_REWRITE_VECTORS=1` writes the files of frames that have none yet. A file that exists is never changed:
/// a difference means that old clients or servers would no longer be understood.
@Suite(.serialized) struct GoldenFrameTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Proto/vectors")
  private static let isRewriting =
    ProcessInfo.processInfo.environment["COORDINATOR_REWRITE_VECTORS"] == "1"

  private let codec = Codec(limits: Limits())

  @Test(arguments: GoldenFrame.all)
  func `the stored frame decodes to the stored values and is written again as it stands`(
    _ golden: GoldenFrame
  ) throws {
    let file = Self.folder.appending(path: "\(golden.name).json")
    if Self.isRewriting, !FileManager.default.fileExists(atPath: file.path()) {
      let frame = try golden.bytes(codec)
      let text = document(golden, frame, try decode(frame, golden)).indentedText
      try Data((text + "\n").utf8).write(to: file)
    }
    let stored = try JSONParser.parse([UInt8](Data(contentsOf: file)))
    let frame = try bytes(hex: try #require(stored["frame"]?.stringValue))
    #expect(try decode(frame, golden).text == stored["decoded"]?.text)
    #expect(hex(try encodeAgain(frame, golden)) == hex(frame))
  }

  @Test func `every file has its frame in the tests, and every method has both`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path())
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    #expect(Set(files) == Set(GoldenFrame.all.map(\.name)))
    for method in Method.allCases {
      #expect(GoldenFrame.all.contains { $0.method == method && $0.isCall })
      #expect(GoldenFrame.all.contains { $0.method == method && !$0.isCall })
    }
  }

  private func bytes(hex text: String) throws -> [UInt8] {
    let digits = Array(text)
    try #require(digits.count.isMultiple(of: 2))
    return try stride(from: 0, to: digits.count, by: 2).map {
      try #require(UInt8(String(digits[$0...$0 + 1]), radix: 16))
    }
  }

  /// The frame decoded to values and written from them.
  private func encodeAgain(_ frame: [UInt8], _ golden: GoldenFrame) throws -> [UInt8] {
    let buffer = ByteBuffer(bytes: frame)
    let range = 4..<frame.count
    var out = ByteBuffer()
    if golden.isCall {
      let header = try codec.decodeCall(in: buffer, at: range)
      guard !header.cancel else {
        codec.appendCancel(callID: header.callID, to: &out)
        return Array(out.readableBytesView)
      }
      let metadata =
        header.hasMetadata ? try codec.decodeCallMetadata(in: buffer, at: range) : .empty
      let message = try codec.decodeRequest(
        method: golden.method, in: buffer, payload: header.payload)
      try codec.appendCall(
        callID: header.callID, timeoutMilliseconds: header.timeoutMilliseconds, metadata: metadata,
        message: message, to: &out)
    } else {
      let header = try codec.decodeReply(in: buffer, at: range)
      let response =
        header.payload.isEmpty && header.code != .ok
        ? nil
        : try codec.decodeResponse(method: golden.method, in: buffer, payload: header.payload)
      codec.appendReply(
        callID: header.callID, code: header.code, message: header.message, details: header.details,
        end: header.end, response: response, to: &out)
    }
    return Array(out.readableBytesView)
  }

  private func document(
    _ golden: GoldenFrame, _ frame: [UInt8], _ decoded: JSONValue
  ) -> JSONValue {
    .object([
      JSONValue.Member("name", .string(golden.name)),
      JSONValue.Member("description", .string(golden.description)),
      JSONValue.Member("message", .string(golden.isCall ? "Call" : "Reply")),
      JSONValue.Member("method", .string("METHOD_\(golden.method.name.uppercased())")),
      JSONValue.Member(
        "payload_message",
        .string(
          ProtocolDescription.shared.name(
            of: golden.isCall ? golden.method.requestType : golden.method.responseType))),
      JSONValue.Member("frame", .string(hex(frame))),
      JSONValue.Member("decoded", decoded),
    ])
  }

  /// The frame's fields as JSON, read back from its bytes.
  private func decode(_ frame: [UInt8], _ golden: GoldenFrame) throws -> JSONValue {
    var buffer = ByteBuffer(bytes: frame)
    var reader = FrameReader(limits: Limits())
    let range = try #require(try reader.next(in: &buffer))
    #expect(range == 4..<frame.count)
    var members: [JSONValue.Member] = []
    let payload: Range<Int>
    if golden.isCall {
      let header = try codec.decodeCall(in: buffer, at: range)
      payload = header.payload
      members = [
        JSONValue.Member("call_id", .integer(header.callID)),
        JSONValue.Member("method", .integer(header.method)),
        JSONValue.Member("timeout_ms", .integer(header.timeoutMilliseconds)),
        JSONValue.Member("cancel", .bool(header.cancel)),
      ]
      if header.hasMetadata {
        let metadata = try codec.decodeCallMetadata(in: buffer, at: range)
        members.append(
          JSONValue.Member(
            "metadata",
            .object(metadata.entries.map { JSONValue.Member($0.key, .string($0.value)) })))
      }
    } else {
      let header = try codec.decodeReply(in: buffer, at: range)
      payload = header.payload
      members = [
        JSONValue.Member("call_id", .integer(header.callID)),
        JSONValue.Member("code", .integer(header.code.rawValue)),
        JSONValue.Member("message", .string(header.message)),
        JSONValue.Member("end", .bool(header.end)),
        JSONValue.Member("details", .array(header.details.map { codec.json(of: $0) })),
      ]
    }
    let type = golden.isCall ? golden.method.requestType : golden.method.responseType
    members.append(
      JSONValue.Member("payload", try codec.json(Array(frame[payload]), type: type)))
    return .object(members)
  }
}

/// One frame of `Proto/vectors`.
struct GoldenFrame: Sendable, CustomTestStringConvertible {
  let name: String
  let description: String
  let method: Model.Method
  let isCall: Bool
  let bytes: @Sendable (Codec) throws -> [UInt8]

  var testDescription: String { name }

  static let all: [GoldenFrame] = calls + replies + special

  private static func frame(_ write: (inout ByteBuffer) throws -> Void) rethrows -> [UInt8] {
    var buffer = ByteBuffer()
    try write(&buffer)
    return Array(buffer.readableBytesView)
  }

  /// One call of each sample; later samples of one method are numbered.
  private static let calls: [GoldenFrame] = {
    var seen: [Model.Method: Int] = [:]
    return Samples.requests.map { message in
      let method = message.method
      seen[method, default: 0] += 1
      let number = seen[method] ?? 1
      return GoldenFrame(
        name: "call_\(method.name)" + (number > 1 ? "_\(number)" : ""),
        description: "A call of \(method.name).", method: method, isCall: true
      ) { codec in
        try frame { out in
          try codec.appendCall(callID: 1, timeoutMilliseconds: 30_000, message: message, to: &out)
        }
      }
    }
  }()

  private static let replies: [GoldenFrame] = {
    var seen: [Model.Method: Int] = [:]
    var all = Samples.responses
    if let (_, mode) = all.first(where: { $0.0 == .getMode }) { all.append((.setMode, mode)) }
    return all.map { method, message in
      seen[method, default: 0] += 1
      let number = seen[method] ?? 1
      return GoldenFrame(
        name: "reply_\(method.name)" + (number > 1 ? "_\(number)" : ""),
        description: "A reply to \(method.name).", method: method, isCall: false
      ) { codec in
        frame { out in
          codec.appendReply(callID: 1, end: !method.isStream, response: message, to: &out)
        }
      }
    }
  }()

  private static let special: [GoldenFrame] = [
    GoldenFrame(
      name: "first_call", description: "The worked example of PROTOCOL.md: 8000 MB of GPU memory.",
      method: .requestResource, isCall: true
    ) { codec in
      let request = ResourceRequest(
        requestID: "job-1", component: "trainer",
        claims: Claims(PoolQuantity(pool: PoolReference(number: 1), quantity: 8000)))
      return try frame { try codec.appendCall(callID: 1, message: .request(request), to: &$0) }
    },
    GoldenFrame(
      name: "first_reply", description: "The worked example of PROTOCOL.md: granted.",
      method: .requestResource, isCall: false
    ) { codec in
      var response = ResourceResponse(
        requestID: "job-1", status: .granted, message: "Resource granted")
      response.grantedAt = Instant(nanoseconds: 1_800_000_000_500_000_000)
      response.expiresAt = Instant(nanoseconds: 1_800_003_600_500_000_000)
      response.token = "0d9c5a6e-7b1f-4c2d-8e3a-4f5b6c7d8e9f"
      response.grantedQuantity = 8000
      response.pool = "gpu"
      response.fencing = FencingToken(epoch: 1, counter: 1)
      return frame { codec.appendReply(callID: 1, response: .resource(response), to: &$0) }
    },
    GoldenFrame(
      name: "call_with_metadata", description: "A call with authorization and trace context.",
      method: .healthCheck, isCall: true
    ) { codec in
      let metadata = Metadata([
        ("authorization", "Bearer secret"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        ("client", "example/1.0"),
      ])
      return try frame {
        try codec.appendCall(callID: 2, metadata: metadata, message: .healthCheck, to: &$0)
      }
    },
    GoldenFrame(
      name: "call_cancel", description: "Ends the call 3.", method: .awaitGrant, isCall: true
    ) { codec in frame { codec.appendCancel(callID: 3, to: &$0) } },
    GoldenFrame(
      name: "reply_error", description: "A call that was not decided, with its reason.",
      method: .requestResource, isCall: false
    ) { codec in
      let error = CallError(
        .invalidField, "`quantity` is -1; ask for 1 or more.", field: "quantity")
      return frame { codec.appendReply(callID: 4, error: error, to: &$0) }
    },
    GoldenFrame(
      name: "reply_denied", description: "A request that was decided and denied: code OK.",
      method: .requestResource, isCall: false
    ) { codec in
      let response = ResourceResponse(
        requestID: "job-2", status: .denied, message: "Insufficient GPU memory available")
      return frame {
        codec.appendReply(
          callID: 5, details: [Samples.detail], response: .resource(response), to: &$0)
      }
    },
  ]
}
