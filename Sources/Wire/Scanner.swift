/// Checks a message by the specification before protobuf-c sees it.
///
/// protobuf-c accepts texts that are not UTF-8, refuses known fields of another wire type and groups, loses parts of
/// messages that come in pieces, and spends memory on fields that nobody knows. The scanner refuses the first and
/// marks the others as irregular; `Normaliser` then rewrites the message. Regular messages pass unchanged.
struct Scanner {
  private let rules: UnsafePointer<FieldRule>
  /// Whether the message must be rewritten before protobuf-c may read it.
  private(set) var isIrregular = false
  private(set) var fault: Fault?
  private(set) var faultPosition: BytePointer?

  /// The schema must outlive the scanner.
  init(schema: Schema) {
    rules = UnsafePointer(schema.rules)
  }

  /// Scans one message; false if it is malformed. The bytes belong to the caller and are not kept. O(bytes).
  mutating func scan(from start: BytePointer, to end: BytePointer, type: MessageType) -> Bool {
    isIrregular = false
    return scan(from: start, to: end, message: type.rawValue, depth: FieldCursor.depthMax)
  }

  /// The recursion follows the schema, which is not recursive, so the depth only bounds groups.
  private mutating func scan(
    from start: BytePointer, to end: BytePointer, message: Int, depth: Int
  ) -> Bool {
    let table = rules + message &* Schema.fieldNumbersEnd
    var seen: UInt32 = 0
    var cursor = FieldCursor(from: start, to: end)
    while cursor.next(depth: depth) {
      let field = cursor.field
      guard field < Schema.fieldNumbersEnd else {
        isIrregular = true
        continue
      }
      let rule = table[field]
      guard rule.wireType == cursor.wireType else {
        isIrregular = true
        continue
      }
      guard check(cursor, rule, depth: depth) else { return false }
      if !rule.isRepeated {
        let bit: UInt32 = 1 << UInt32(truncatingIfNeeded: field)
        if seen & bit != 0 { isIrregular = true }
        seen |= bit
      }
    }
    if let fault = cursor.fault { return fail(fault, at: cursor.position) }
    if cursor.hasDroppedBits { isIrregular = true }
    return true
  }

  /// Checks the value of a known field at the cursor; false if it is malformed.
  @inline(__always)
  mutating func check(_ cursor: FieldCursor, _ rule: FieldRule, depth: Int) -> Bool {
    if rule.isText {
      return UTF8Check.isValid(cursor.value, count: cursor.position - cursor.value)
        || fail(.invalidUTF8, at: cursor.value)
    }
    if rule.isMessage {
      return scan(
        from: cursor.value, to: cursor.position, message: rule.message, depth: depth - 1)
    }
    return true
  }

  @inline(never)
  private mutating func fail(_ fault: Fault, at position: BytePointer) -> Bool {
    self.fault = fault
    faultPosition = position
    return false
  }
}
