package import Model

/// Why the bytes of one message were refused. The connection stays usable: the frame's end is known.
package enum WireError: Error, Hashable, Sendable {
  /// The bytes are not a message of the kind they should be.
  case malformed(Fault, at: Int)
  /// The message would take more memory to decode than ``Limits/decodeArenaBytes``.
  case tooMuchMemory(limit: Int)
  /// A field breaks a bound that its decoded form has.
  case fieldTooLarge(Text, limit: Int)
  /// The message to send would not fit a frame.
  case frameTooLarge(bytes: Int, limit: Int)

  /// What the protobuf specification does not allow.
  package enum Fault: UInt8, Hashable, Sendable, CaseIterable {
    case truncated = 1
    case badVarint
    case badTag
    case fieldZero
    case badWireType
    case unmatchedGroup
    case tooDeep
    case invalidUTF8
    case notDecodable

    package var sentence: String {
      switch self {
      case .truncated: "a value runs past the end of its message"
      case .badVarint: "a number has more bytes than a 64-bit number can have"
      case .badTag: "a field's number is above 536870911"
      case .fieldZero: "a field has the number 0"
      case .badWireType: "a field has a wire type that does not exist"
      case .unmatchedGroup: "a group ends that did not begin"
      case .tooDeep: "messages are nested deeper than 100 levels"
      case .invalidUTF8: "a text is not valid UTF-8"
      case .notDecodable: "the protobuf library refused it"
      }
    }
  }

  /// The answer to the call whose message it was.
  package var callError: CallError {
    switch self {
    case .malformed(let fault, let position):
      CallError(
        .malformedMessage,
        "The message is malformed at byte \(position): \(fault.sentence). Check it against the .proto file."
      )
    case .tooMuchMemory(let limit):
      CallError(
        .frameTooLarge, "Decoding the message takes more than \(limit) bytes. Send fewer entries.",
        limit: Int64(limit))
    case .fieldTooLarge(let field, let limit):
      CallError(
        .invalidField, "`\(field)` is larger than the limit of \(limit).", field: field,
        limit: Int64(limit))
    case .frameTooLarge(let bytes, let limit):
      CallError(
        .frameTooLarge, "The message takes \(bytes) bytes; a frame has at most \(limit).",
        limit: Int64(limit))
    }
  }
}
