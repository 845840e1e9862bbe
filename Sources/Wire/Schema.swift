import CResourceCoordinator

/// What the scanner knows of one field, in one word, so that the usual field costs one load.
struct FieldRule: Hashable {
  enum Kind: UInt8 {
    case scalar = 0
    case text = 1
    case message = 2
  }

  /// A field that the message does not have: its wire type, 7, exists nowhere.
  static let unknown = FieldRule(bits: 7)

  private let bits: UInt32

  private init(bits: UInt32) {
    self.bits = bits
  }

  init(wireType: UInt32, kind: Kind, isRepeated: Bool, message: Int) {
    bits =
      wireType | UInt32(kind.rawValue) << 3 | (isRepeated ? 1 << 5 : 0) | UInt32(message) << 8
  }

  var wireType: UInt32 { bits & 7 }
  var isText: Bool { bits & 0x18 == 0x08 }
  var isMessage: Bool { bits & 0x18 == 0x10 }
  var isRepeated: Bool { bits & 0x20 != 0 }
  /// The field's message as a raw value of `MessageType`; meaningless for others.
  var message: Int { Int(bits >> 8) }
}

/// The rules of every message, made from protobuf-c's descriptors: there is no second description of the protocol.
final class Schema {
  /// Field numbers below this one may be used; more than the protocol has, and one load apart in the table.
  static let fieldNumbersEnd = 32

  /// `fieldNumbersEnd` rules for each message, by its number. Owned here, valid as long as the schema.
  let rules: UnsafeMutablePointer<FieldRule>
  let descriptors: [UnsafePointer<ProtobufCMessageDescriptor>]
  private let types: [UnsafePointer<ProtobufCMessageDescriptor>: MessageType]

  init() {
    descriptors = MessageType.allCases.map(\.descriptor)
    types = Dictionary(uniqueKeysWithValues: zip(descriptors, MessageType.allCases))
    let count = MessageType.allCases.count * Schema.fieldNumbersEnd
    rules = .allocate(capacity: count)
    rules.initialize(repeating: .unknown, count: count)
    for type in MessageType.allCases {
      for field in Schema.fields(of: descriptors[type.rawValue]) {
        precondition(field.id < Schema.fieldNumbersEnd, "raise fieldNumbersEnd")
        rules[type.rawValue * Schema.fieldNumbersEnd + Int(field.id)] = rule(for: field, in: type)
      }
    }
  }

  deinit {
    rules.deallocate()
  }

  /// The fields of a message by number; static memory, valid for ever, bounded by the descriptor's own count.
  static func fields(
    of descriptor: UnsafePointer<ProtobufCMessageDescriptor>
  ) -> UnsafeBufferPointer<ProtobufCFieldDescriptor> {
    UnsafeBufferPointer(start: descriptor.pointee.fields, count: Int(descriptor.pointee.n_fields))
  }

  /// The message that a field of type message holds.
  func messageType(of field: ProtobufCFieldDescriptor) -> MessageType {
    // For fields of type message protobuf-c's untyped pointer is that message's descriptor.
    let pointer = field.descriptor?.assumingMemoryBound(to: ProtobufCMessageDescriptor.self)
    guard let pointer, let type = types[pointer] else {
      preconditionFailure("a message is missing from MessageType")
    }
    return type
  }

  func rule(of type: MessageType, field: Int) -> FieldRule {
    guard field < Schema.fieldNumbersEnd else { return .unknown }
    return rules[type.rawValue * Schema.fieldNumbersEnd + field]
  }

  private func rule(for field: ProtobufCFieldDescriptor, in type: MessageType) -> FieldRule {
    let isRepeated = field.label == PROTOBUF_C_LABEL_REPEATED
    switch field.type {
    case PROTOBUF_C_TYPE_MESSAGE:
      return FieldRule(
        wireType: WireType.bytes, kind: .message, isRepeated: isRepeated,
        message: messageType(of: field).rawValue)
    case PROTOBUF_C_TYPE_BYTES:
      // Texts are bytes to protobuf-c, so that they may hold NUL; the payloads are the only true bytes.
      let isPayload =
        (type == .call || type == .reply) && field.id == EnvelopeField.payload
      return FieldRule(
        wireType: WireType.bytes, kind: isPayload ? .scalar : .text, isRepeated: isRepeated,
        message: 0)
    case PROTOBUF_C_TYPE_DOUBLE:
      precondition(
        !isRepeated, "repeated numbers need packing, which the normal form does not have")
      return FieldRule(wireType: WireType.fixed64, kind: .scalar, isRepeated: false, message: 0)
    case PROTOBUF_C_TYPE_INT32, PROTOBUF_C_TYPE_INT64, PROTOBUF_C_TYPE_UINT32,
      PROTOBUF_C_TYPE_UINT64, PROTOBUF_C_TYPE_BOOL, PROTOBUF_C_TYPE_ENUM:
      precondition(
        !isRepeated, "repeated numbers need packing, which the normal form does not have")
      return FieldRule(wireType: WireType.varint, kind: .scalar, isRepeated: false, message: 0)
    default:
      preconditionFailure("a field type that the protocol has not used before")
    }
  }
}

/// How a field's value is written. 6 and 7 do not exist.
enum WireType {
  static let varint: UInt32 = 0
  static let fixed64: UInt32 = 1
  static let bytes: UInt32 = 2
  static let groupStart: UInt32 = 3
  static let groupEnd: UInt32 = 4
  static let fixed32: UInt32 = 5
}
