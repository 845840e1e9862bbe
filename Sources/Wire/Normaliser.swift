/// Rewrites a message that the scanner found well-formed but irregular: unknown fields go, of a repeated number or text
/// the last one stays, numbers lose the bits above the 64th, and a message in several pieces becomes one.
///
/// The pieces of a message merge by laying them one behind the other: the specification defines that this decodes as
/// their merge. Costs copies of the message, at most one for each level of nesting, and only for irregular ones.
struct Normaliser {
  private let schema: Schema

  init(schema: Schema) {
    self.schema = schema
  }

  /// The bytes belong to the caller, must have passed the scanner, and are not kept.
  func normalForm(of bytes: UnsafeBufferPointer<UInt8>, type: MessageType) -> [UInt8] {
    guard let start = bytes.baseAddress else { return [] }
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    // Of each field that may stand once: the last value of a number or text, tag and all, or a message's pieces.
    var single: [[UInt8]?] = Array(repeating: nil, count: Schema.fieldNumbersEnd)
    var cursor = FieldCursor(from: start, to: start + bytes.count)
    while cursor.next(depth: FieldCursor.depthMax) {
      let rule = schema.rule(of: type, field: cursor.field)
      guard rule.wireType == cursor.wireType else { continue }
      let value = UnsafeBufferPointer(start: cursor.value, count: cursor.position - cursor.value)
      if rule.isMessage, !rule.isRepeated {
        single[cursor.field, default: []] += value
        continue
      }
      var written: [UInt8] = []
      written.appendVarint(UInt64(cursor.tag))
      if rule.isMessage {
        written.appendSized(normalForm(of: value, type: messageType(rule)))
      } else if rule.wireType == WireType.bytes {
        written.appendSized(value)
      } else if rule.wireType == WireType.varint {
        written.appendVarint(cursor.number)
      } else {
        written += value
      }
      if rule.isRepeated {
        out += written
      } else {
        single[cursor.field] = written
      }
    }
    for (field, pieces) in single.enumerated() {
      guard let pieces else { continue }
      let rule = schema.rule(of: type, field: field)
      guard rule.isMessage else {
        out += pieces
        continue
      }
      out.appendVarint(UInt64(field) << 3 | UInt64(WireType.bytes))
      out.appendSized(
        pieces.withUnsafeBufferPointer { normalForm(of: $0, type: messageType(rule)) })
    }
    return out
  }

  private func messageType(_ rule: FieldRule) -> MessageType {
    guard let type = MessageType(rawValue: rule.message) else {
      preconditionFailure("rules are made from MessageType")
    }
    return type
  }
}

extension Array<[UInt8]?> {
  fileprivate subscript(index: Int, default empty: [UInt8]) -> [UInt8] {
    get { self[index] ?? empty }
    _modify {
      var value = self[index] ?? empty
      self[index] = nil
      defer { self[index] = value }
      yield &value
    }
  }
}

extension [UInt8] {
  /// Appends a number in protobuf's base 128, least significant group first.
  mutating func appendVarint(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  /// Appends bytes behind their length.
  mutating func appendSized(_ bytes: some Collection<UInt8>) {
    appendVarint(UInt64(bytes.count))
    append(contentsOf: bytes)
  }
}
