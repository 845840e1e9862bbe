import CResourceCoordinator
import Model

extension Codec {
  /// Decodes a message and encodes it again: known fields only, each once, by number. Two encodings of one content have
  /// the same canonical bytes, so tests compare with other implementations by it.
  package func canonicalBytes(
    of bytes: [UInt8], type: MessageType
  ) throws(WireError) -> [UInt8] {
    let result = bytes.withUnsafeBytes { (raw) -> Result<[UInt8], WireError> in
      do throws(WireError) {
        return .success(packed(try unpack(type, raw)))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// The bytes of a message in the arena, which owns it.
  func packed(_ message: UnsafeMutablePointer<ProtobufCMessage>) -> [UInt8] {
    let count = protobuf_c_message_get_packed_size(message)
    var packed = [UInt8](repeating: 0, count: count)
    packed.withUnsafeMutableBufferPointer { room in
      // The array has as many bytes as protobuf-c counted; an empty one has no address to write to.
      guard let start = room.baseAddress, count > 0 else { return }
      _ = protobuf_c_message_pack(message, start)
    }
    return packed
  }
}
