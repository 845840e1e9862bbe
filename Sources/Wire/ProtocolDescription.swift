import CResourceCoordinator

/// What the protocol's messages consist of, read from protobuf-c's descriptors.
package struct ProtocolDescription: Sendable {
  /// The one description; the descriptors never change.
  package static let shared = ProtocolDescription()

  private let messages: [Message]

  private struct Message: Sendable {
    let name: String
    let fields: [FieldDescription]
  }

  private init() {
    let schema = Schema()
    messages = MessageType.allCases.map { type in
      let descriptor = schema.descriptors[type.rawValue]
      let fields = Schema.fields(of: descriptor).map { field in
        FieldDescription(field, rule: schema.rule(of: type, field: Int(field.id)), schema)
      }
      // Static memory that ends with NUL.
      return Message(name: String(cString: descriptor.pointee.name), fields: fields)
    }
  }

  /// The message's full name, such as `resource_coordinator.Call`.
  package func name(of type: MessageType) -> String { messages[type.rawValue].name }

  /// The message's fields by number.
  package func fields(of type: MessageType) -> [FieldDescription] { messages[type.rawValue].fields }
}

/// One field of a message.
package struct FieldDescription: Sendable {
  package enum Kind: Sendable {
    case int32
    case int64
    case uint32
    case uint64
    case bool
    case double
    case text
    case bytes
    case enumeration(EnumDescription)
    case message(MessageType)
  }

  /// The name in snake_case, as in the .proto file.
  package let name: String
  package let number: Int
  package let kind: Kind
  package let isRepeated: Bool

  fileprivate init(_ field: ProtobufCFieldDescriptor, rule: FieldRule, _ schema: Schema) {
    // Static memory that ends with NUL.
    name = String(cString: field.name)
    number = Int(field.id)
    isRepeated = rule.isRepeated
    kind =
      switch field.type {
      case PROTOBUF_C_TYPE_INT32: .int32
      case PROTOBUF_C_TYPE_INT64: .int64
      case PROTOBUF_C_TYPE_UINT32: .uint32
      case PROTOBUF_C_TYPE_UINT64: .uint64
      case PROTOBUF_C_TYPE_BOOL: .bool
      case PROTOBUF_C_TYPE_DOUBLE: .double
      case PROTOBUF_C_TYPE_BYTES: rule.isText ? .text : .bytes
      case PROTOBUF_C_TYPE_ENUM: .enumeration(EnumDescription(field))
      case PROTOBUF_C_TYPE_MESSAGE: .message(schema.messageType(of: field))
      default: preconditionFailure("Schema has refused other types")
      }
  }
}

/// The named values of an enum.
package struct EnumDescription: Sendable {
  package let name: String
  package let values: [(name: String, number: Int32)]
  /// What every value's name begins with, such as `REQUEST_STATUS_`.
  package let prefix: String

  fileprivate init(_ field: ProtobufCFieldDescriptor) {
    // For enum fields protobuf-c's untyped pointer is the enum's descriptor: static memory, valid for ever, its array
    // bounded by the count beside it, its names ended by NUL.
    guard let descriptor = field.descriptor?.assumingMemoryBound(to: ProtobufCEnumDescriptor.self)
    else { preconditionFailure("an enum field has its enum's descriptor") }
    name = String(cString: descriptor.pointee.short_name)
    let all = UnsafeBufferPointer(
      start: descriptor.pointee.values, count: Int(descriptor.pointee.n_values))
    values = all.map { (String(cString: $0.name), $0.value) }
    var prefix = ""
    for value in values where value.number == 0 && value.name.hasSuffix("UNSPECIFIED") {
      prefix = String(value.name.dropLast("UNSPECIFIED".count))
    }
    self.prefix = prefix
  }

  package func name(of number: Int32) -> String? {
    values.first { $0.number == number }?.name
  }

  /// The number of a name, with or without its prefix, in any case.
  package func number(named name: String) -> Int32? {
    let upper = name.uppercased()
    return values.first { $0.name == upper || $0.name == prefix + upper }?.number
  }
}
