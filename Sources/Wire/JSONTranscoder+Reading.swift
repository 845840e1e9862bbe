package import Model

extension JSONTranscoder {
  /// The message that a JSON object describes.
  package func bytes(
    _ value: JSONValue, type: MessageType
  ) throws(TranscodingError) -> [UInt8] {
    try bytes(value, type: type, path: "")
  }

  private func bytes(
    _ value: JSONValue, type: MessageType, path: String
  ) throws(TranscodingError) -> [UInt8] {
    switch type {
    case .duration: return try JSONTimes.duration(value, path: path)
    case .timestamp: return try JSONTimes.timestamp(value, path: path)
    default: break
    }
    guard case .object(let members) = value else {
      throw wrong(value, "an object", path)
    }
    let fields = description.fields(of: type)
    var written: [Int: [UInt8]] = [:]
    for member in members {
      let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
      guard let field = field(named: member.key, in: fields) else {
        throw TranscodingError(path: inner, message: unknown(member.key, in: fields, of: type))
      }
      guard written[field.number] == nil else {
        throw TranscodingError(path: inner, message: "the field is given twice")
      }
      guard member.value != .null else { continue }
      var out: [UInt8] = []
      try append(member.value, field, to: &out, path: inner)
      written[field.number] = out
    }
    return written.keys.sorted().flatMap { written[$0] ?? [] }
  }

  private func field(named key: String, in fields: [FieldDescription]) -> FieldDescription? {
    fields.first { $0.name == key || JSONTranscoder.camelCase($0.name) == key }
  }

  private func unknown(_ key: String, in fields: [FieldDescription], of type: MessageType) -> String
  {
    guard !fields.isEmpty else { return "this message has no fields" }
    let names = fields.map(\.name)
    let question = NearestName.question(for: key, in: names)
    return question.isEmpty
      ? "there is no such field; the fields are \(names.joined(separator: ", "))"
      : "there is no such field\(question)"
  }

  private func append(
    _ value: JSONValue, _ field: FieldDescription, to out: inout [UInt8], path: String
  ) throws(TranscodingError) {
    guard field.isRepeated else {
      try appendOne(value, field, to: &out, path: path, keepsDefault: false)
      return
    }
    if case .message(.metadataEntry) = field.kind, case .object(let members) = value {
      for member in members {
        guard case .string(let text) = member.value else {
          throw wrong(member.value, "a string", "\(path).\(member.key)")
        }
        var entry: [UInt8] = []
        entry.appendText(member.key, field: 1)
        entry.appendText(text, field: 2)
        out.appendTag(field.number, WireType.bytes)
        out.appendSized(entry)
      }
      return
    }
    guard case .array(let values) = value else { throw wrong(value, "an array", path) }
    for (index, value) in values.enumerated() {
      try appendOne(value, field, to: &out, path: "\(path)[\(index)]", keepsDefault: true)
    }
  }

  private func appendOne(
    _ value: JSONValue, _ field: FieldDescription, to out: inout [UInt8], path: String,
    keepsDefault: Bool
  ) throws(TranscodingError) {
    switch field.kind {
    case .int32: out.appendNumber(try integer(value, Int32.self, path), field.number)
    case .int64: out.appendNumber(try integer(value, Int64.self, path), field.number)
    case .uint32: out.appendNumber(try integer(value, UInt32.self, path), field.number)
    case .uint64: out.appendNumber(try integer(value, UInt64.self, path), field.number)
    case .bool:
      guard let bool = value.boolValue else { throw wrong(value, "true or false", path) }
      out.appendNumber(bool ? 1 : 0, field.number)
    case .double:
      guard let double = value.doubleValue, double.isFinite else {
        throw wrong(value, "a number", path)
      }
      guard double != 0 else { return }
      out.appendTag(field.number, WireType.fixed64)
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        out.append(UInt8(truncatingIfNeeded: double.bitPattern >> shift))
      }
    case .text:
      guard case .string(let text) = value else { throw wrong(value, "a string", path) }
      guard keepsDefault || !text.isEmpty else { return }
      out.appendTag(field.number, WireType.bytes)
      out.appendSized(Array(text.utf8))
    case .bytes: throw TranscodingError(path: path, message: "envelopes have no JSON form")
    case .enumeration(let description):
      out.appendNumber(try number(value, description, path), field.number)
    case .message(let type):
      let body = try bytes(value, type: type, path: path)
      out.appendTag(field.number, WireType.bytes)
      out.appendSized(body)
    }
  }

  private func integer<Number: FixedWidthInteger>(
    _ value: JSONValue, _ type: Number.Type, _ path: String
  ) throws(TranscodingError) -> Number {
    // 64-bit numbers are often written as strings, for languages whose numbers are floating-point.
    let number = value.stringValue.map(JSONValue.number) ?? value
    guard let integer = number.integerValue(as: type) else {
      throw wrong(value, "an integer from \(type.min) to \(type.max)", path)
    }
    return integer
  }

  private func number(
    _ value: JSONValue, _ description: EnumDescription, _ path: String
  ) throws(TranscodingError) -> Int32 {
    if let number = value.integerValue(as: Int32.self) { return number }
    guard case .string(let name) = value else {
      throw wrong(value, "one of \(description.name)'s names or numbers", path)
    }
    if let number = description.number(named: name) ?? Int32(name) { return number }
    let names = description.values.map(\.name)
    let short = names.map { String($0.dropFirst(description.prefix.count)) }
    let question = NearestName.question(for: name, in: names + short)
    throw TranscodingError(
      path: path,
      message: "\"\(name)\" is not a \(description.name)"
        + (question.isEmpty ? "; the names are \(short.joined(separator: ", "))" : question))
  }

  private func wrong(_ value: JSONValue, _ wanted: String, _ path: String) -> TranscodingError {
    TranscodingError(path: path, message: "expected \(wanted), found \(value.kindName)")
  }
}

extension [UInt8] {
  fileprivate mutating func appendTag(_ field: Int, _ wireType: UInt32) {
    appendVarint(UInt64(field) << 3 | UInt64(wireType))
  }

  /// A number as a varint, negative ones over 64 bits; 0 is left out, as proto3 does.
  fileprivate mutating func appendNumber(_ number: some FixedWidthInteger, _ field: Int) {
    guard number != 0 else { return }
    appendTag(field, WireType.varint)
    appendVarint(UInt64(truncatingIfNeeded: number))
  }

  fileprivate mutating func appendText(_ text: String, field: Int) {
    guard !text.isEmpty else { return }
    appendTag(field, WireType.bytes)
    appendSized(Array(text.utf8))
  }
}
