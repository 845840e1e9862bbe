import Model
import NIOCore
import Wire

/// What the fuzzer feeds: the first byte chooses the decoder, the rest is its input. Whatever comes, decoding must
/// end with a value or an error, touch no memory that is not its own, and stay inside the arena.
private enum Fuzzed: UInt8, CaseIterable {
  /// A client's bytes: frames, each a `Call` with the request of its method.
  case calls
  /// A server's bytes: frames, each a `Reply`, read as the answer of the method that the next byte chooses.
  case replies
  /// One message of the type that the next byte chooses, in the canonical form and as JSON.
  case message
  /// A JSON text, and the request that it describes.
  case text
}

/// Used by one thread, the fuzzing engine's; making a codec for each input would be most of the work.
nonisolated(unsafe) private let codec = Codec(limits: Limits(), arenaBytes: 1 << 20)

/// The engine's entry point. It owns the bytes; they are copied before anything reads them.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let first = bytes.first else { return 0 }
  let kinds = Fuzzed.allCases
  let rest = Array(bytes.dropFirst())
  switch kinds[Int(first) % kinds.count] {
  case .calls: readCalls(rest)
  case .replies: readReplies(rest)
  case .message: readMessage(rest)
  case .text: readText(rest)
  }
  return 0
}

private func forEachFrame(in bytes: ArraySlice<UInt8>, _ body: (ByteBuffer, Range<Int>) -> Void) {
  var reader = FrameReader(limits: codec.limits)
  var buffer = ByteBuffer(bytes: bytes)
  do throws(FrameError) {
    while let frame = try reader.next(in: &buffer) {
      precondition(
        frame.lowerBound >= 0 && frame.upperBound <= buffer.writerIndex,
        "a frame lies inside the buffer")
      body(buffer, frame)
    }
    _ = reader.missingBytes(in: buffer)
  } catch {
    _ = error.callError
  }
}

private func readCalls(_ bytes: [UInt8]) {
  forEachFrame(in: bytes[...]) { buffer, frame in
    guard let call = try? codec.decodeCall(in: buffer, at: frame) else { return }
    precondition(
      call.payload.lowerBound >= frame.lowerBound && call.payload.upperBound <= frame.upperBound,
      "a payload lies inside its frame")
    _ = try? codec.decodeCallMetadata(in: buffer, at: frame)
    guard let raw = UInt8(exactly: call.method), let method = Method(rawValue: raw),
      let request = try? codec.decodeRequest(method: method, in: buffer, payload: call.payload)
    else { return }
    _ = codec.json(of: request)
  }
}

private func readReplies(_ bytes: [UInt8]) {
  guard let first = bytes.first else { return }
  let method = Method.allCases[Int(first) % Method.allCases.count]
  forEachFrame(in: bytes.dropFirst()) { buffer, frame in
    guard let reply = try? codec.decodeReply(in: buffer, at: frame) else { return }
    precondition(
      reply.payload.lowerBound >= frame.lowerBound && reply.payload.upperBound <= frame.upperBound,
      "a payload lies inside its frame")
    let response = try? codec.decodeResponse(method: method, in: buffer, payload: reply.payload)
    if let response { _ = codec.json(of: response) }
  }
}

private func readMessage(_ bytes: [UInt8]) {
  guard let first = bytes.first else { return }
  let type = MessageType.allCases[Int(first) % MessageType.allCases.count]
  guard let canonical = try? codec.canonicalBytes(of: Array(bytes.dropFirst()), type: type) else {
    return
  }
  let again = try? codec.canonicalBytes(of: canonical, type: type)
  precondition(again == canonical, "a canonical form is its own canonical form")
  _ = try? codec.json(canonical, type: type)
}

private func readText(_ bytes: [UInt8]) {
  guard let first = bytes.first, let value = try? JSONParser.parse(Array(bytes.dropFirst())) else {
    return
  }
  let method = Method.allCases[Int(first) % Method.allCases.count]
  _ = try? codec.request(from: value, method: method)
}
