import Model
import NIOCore
import Wire

// The protocol's bytes, and its messages as JSON.

/// Used by one thread, the fuzzing engine's; making a codec for each input would be most of the work.
nonisolated(unsafe) private let codec = Codec(limits: Limits(), arenaBytes: 1 << 20)

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

func readCalls(_ bytes: [UInt8]) {
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

func readReplies(_ bytes: [UInt8]) {
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

func readMessage(_ bytes: [UInt8]) {
  guard let first = bytes.first else { return }
  let type = MessageType.allCases[Int(first) % MessageType.allCases.count]
  guard let canonical = try? codec.canonicalBytes(of: Array(bytes.dropFirst()), type: type) else {
    return
  }
  let again = try? codec.canonicalBytes(of: canonical, type: type)
  precondition(again == canonical, "a canonical form is its own canonical form")
  _ = try? codec.json(canonical, type: type)
}

func readText(_ bytes: [UInt8]) {
  guard let first = bytes.first, let value = try? JSONParser.parse(Array(bytes.dropFirst())) else {
    return
  }
  let method = Method.allCases[Int(first) % Method.allCases.count]
  _ = try? codec.request(from: value, method: method)
}
