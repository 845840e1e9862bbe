import Model

extension JSONTranscoder {
  /// What a message says. The bytes are canonical: known fields only, each once, by number.
  func json(canonical bytes: [UInt8], type: MessageType) -> JSONValue {
    bytes.withUnsafeBufferPointer { bytes in
      // Canonical bytes come from the codec itself; the array owns them during the closure.
      guard let start = bytes.baseAddress else { return empty(type) }
      return json(from: start, to: start + bytes.count, type: type)
    }
  }

  private func empty(_ type: MessageType) -> JSONValue {
    switch type {
    case .duration: .number("0")
    case .timestamp: JSONTimes.timestamp(seconds: 0, nanos: 0)
    default: .object(members([:], type: type))
    }
  }

  /// The bytes are the caller's and are only read during the call.
  private func json(from start: BytePointer, to end: BytePointer, type: MessageType) -> JSONValue {
    var values: [Int: [FieldCursor]] = [:]
    var cursor = FieldCursor(from: start, to: end)
    while cursor.next(depth: 0) { values[cursor.field, default: []].append(cursor) }
    precondition(cursor.fault == nil, "canonical bytes are well-formed")
    if type == .duration || type == .timestamp {
      let seconds = Int64(truncatingIfNeeded: values[1]?.last?.number ?? 0)
      let nanos = Int32(truncatingIfNeeded: values[2]?.last?.number ?? 0)
      return type == .duration
        ? JSONTimes.duration(seconds: seconds, nanos: nanos)
        : JSONTimes.timestamp(seconds: seconds, nanos: nanos)
    }
    return .object(members(values, type: type))
  }

  private func members(_ values: [Int: [FieldCursor]], type: MessageType) -> [JSONValue.Member] {
    var members: [JSONValue.Member] = []
    for field in description.fields(of: type) {
      let found = values[field.number] ?? []
      if case .message(.metadataEntry) = field.kind, !found.isEmpty {
        members.append(JSONValue.Member(field.name, metadata(found)))
      } else if field.isRepeated, !found.isEmpty {
        members.append(JSONValue.Member(field.name, .array(found.map { json($0, field.kind) })))
      } else if let value = found.last {
        members.append(JSONValue.Member(field.name, json(value, field.kind)))
      } else if JSONTranscoder.alwaysWritten.contains(field.name) {
        members.append(JSONValue.Member(field.name, defaultValue(field.kind)))
      }
    }
    return members
  }

  private func defaultValue(_ kind: FieldDescription.Kind) -> JSONValue {
    switch kind {
    case .enumeration(let description): description.name(of: 0).map(JSONValue.string) ?? .integer(0)
    case .bool: .bool(false)
    case .int32, .int64, .uint32, .uint64, .double, .text, .bytes, .message: .null
    }
  }

  private func json(_ value: FieldCursor, _ kind: FieldDescription.Kind) -> JSONValue {
    switch kind {
    case .int32: return .integer(Int32(truncatingIfNeeded: value.number))
    case .int64: return .integer(Int64(truncatingIfNeeded: value.number))
    case .uint32: return .integer(UInt32(truncatingIfNeeded: value.number))
    case .uint64: return .integer(value.number)
    case .bool: return .bool(value.number != 0)
    case .double:
      // Eight bytes, as the wire type says.
      let bits = UInt64(littleEndian: UnsafeRawPointer(value.value).loadUnaligned(as: UInt64.self))
      let double = Double(bitPattern: bits)
      return double.isFinite ? .number("\(double)") : .string("\(double)")
    case .text: return .string(text(value))
    case .bytes:
      return .string(
        bytes(value).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
    case .enumeration(let description):
      let number = Int32(truncatingIfNeeded: value.number)
      return description.name(of: number).map(JSONValue.string) ?? .integer(number)
    case .message(let type): return json(from: value.value, to: value.position, type: type)
    }
  }

  private func bytes(_ value: FieldCursor) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: value.value, count: value.position - value.value)
  }

  private func text(_ value: FieldCursor) -> String {
    String(decoding: bytes(value), as: UTF8.self)
  }

  /// Entries as an object; of a key that stands twice the last value counts.
  private func metadata(_ entries: [FieldCursor]) -> JSONValue {
    var members: [JSONValue.Member] = []
    for entry in entries {
      var key = ""
      var value = ""
      var cursor = FieldCursor(from: entry.value, to: entry.position)
      while cursor.next(depth: 0) {
        if cursor.field == 1 { key = text(cursor) } else { value = text(cursor) }
      }
      if let index = members.firstIndex(where: { $0.key == key }) {
        members[index].value = .string(value)
      } else {
        members.append(JSONValue.Member(key, .string(value)))
      }
    }
    return .object(members)
  }
}
