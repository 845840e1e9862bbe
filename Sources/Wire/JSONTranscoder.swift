package import Model
import NIOCore

/// Why a JSON value is not a message.
package struct TranscodingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where in the value, such as `pools[0].quantity`; empty for the whole value.
  package let path: String
  package let message: String

  package init(path: String, message: String) {
    self.path = path
    self.message = message
  }

  package var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

/// Turns JSON values into messages and messages into JSON values, by the protocol's own description.
///
/// Names are the .proto's snake_case; camelCase is read too. 64-bit values are numbers, enums their names, times RFC 3339
/// texts, lengths of time seconds, and metadata an object.
package struct JSONTranscoder: Sendable {
  let description = ProtocolDescription.shared

  package init() {}

  /// The field's name in JSON as other programs write it.
  static func camelCase(_ name: String) -> String {
    let words = name.split(separator: "_")
    return words.dropFirst().reduce(String(words.first ?? "")) { text, word in
      text + word.prefix(1).uppercased() + word.dropFirst()
    }
  }

  /// Fields that are written even where they have their default: the answer that one looks for first.
  static let alwaysWritten: Set<String> = ["status", "success", "cancelled", "healthy"]
}

extension Codec {
  /// The request that a JSON value describes, for scripts and the command line.
  package func request(
    from value: JSONValue, method: Method
  ) throws(TranscodingError) -> RequestMessage {
    let bytes = try JSONTranscoder().bytes(value, type: method.requestType)
    do throws(WireError) {
      let buffer = ByteBuffer(bytes: bytes)
      return try decodeRequest(method: method, in: buffer, payload: 0..<bytes.count)
    } catch {
      throw TranscodingError(path: "", message: error.callError.message)
    }
  }

  package func json(of message: RequestMessage) -> JSONValue {
    arena.reset()
    return JSONTranscoder().json(
      canonical: packed(arena.message(message)), type: message.method.requestType)
  }

  package func json(of message: ResponseMessage) -> JSONValue {
    arena.reset()
    return JSONTranscoder().json(canonical: packed(arena.message(message)), type: message.type)
  }

  package func json(of detail: Detail) -> JSONValue {
    arena.reset()
    return JSONTranscoder().json(canonical: packed(arena.message(detail).base), type: .detail)
  }

  /// What a message's bytes say, for tools that show frames.
  package func json(_ bytes: [UInt8], type: MessageType) throws(WireError) -> JSONValue {
    JSONTranscoder().json(canonical: try canonicalBytes(of: bytes, type: type), type: type)
  }
}
