typealias Fault = WireError.Fault
typealias BytePointer = UnsafePointer<UInt8>

/// Walks over the fields of one message, values unread. The bytes belong to the caller and must outlive the cursor;
/// every read is checked against `end`.
struct FieldCursor {
  /// How deep messages and groups may be nested, as in the reference implementations.
  static let depthMax = 100

  private(set) var position: BytePointer
  let end: BytePointer
  /// The field number, times 8, plus the wire type.
  private(set) var tag: UInt32 = 0
  /// Where the value begins: behind the length of texts and messages. It ends at ``position``.
  private(set) var value: BytePointer
  /// The value of a varint field; the length of a text or message.
  private(set) var number: UInt64 = 0
  private(set) var fault: Fault?
  /// Whether a number so far had more than 64 bits: the reference implementations drop them, protobuf-c counts them
  /// where it reads a bool.
  private(set) var hasDroppedBits = false
  /// Whether the fault is the end of a group that began before this cursor's bytes.
  private var isAtGroupEnd = false

  init(from start: BytePointer, to end: BytePointer) {
    position = start
    value = start
    self.end = end
  }

  var field: Int { Int(tag >> 3) }
  var wireType: UInt32 { tag & 7 }

  /// Steps to the next field; false at the end and at a fault.
  ///
  /// - Parameter depth: how many more levels of groups may begin here.
  @inline(__always)
  mutating func next(depth: Int) -> Bool {
    if stepUsually() { return true }
    guard position < end else { return false }
    // The rare way goes on a copy, so that on the usual one nothing but registers holds the cursor.
    self = stepped(depth: depth)
    return fault == nil
  }

  /// Steps to a number or to bytes with a tag of one byte, which nearly all fields are. For every other it answers false,
  /// and nothing has changed.
  @inline(__always)
  private mutating func stepUsually() -> Bool {
    guard position < end else { return false }
    let first = UInt32(position.pointee)
    guard first >= 8, first < 0x80, let (read, behind) = shortVarint(at: position + 1) else {
      return false
    }
    switch first & 7 {
    case WireType.varint:
      value = position + 1
      position = behind
    case WireType.bytes:
      // As in the reference implementations, a length has at most 5 bytes.
      guard behind - position <= 6, read <= UInt64(end - behind) else { return false }
      value = behind
      position = behind + Int(read)
    default: return false
    }
    tag = first
    number = read
    return true
  }

  /// A number of at most 9 bytes, so that no bit of it is dropped, and where it ends; nil for every other.
  @inline(__always)
  private func shortVarint(at start: BytePointer) -> (number: UInt64, end: BytePointer)? {
    guard start < end else { return nil }
    var result = UInt64(start.pointee)
    if result < 0x80 { return (result, start + 1) }
    var position = start + 1
    var shift: UInt64 = 7
    result &= 0x7F
    while position < end, shift < 63 {
      let byte = UInt64(position.pointee)
      position += 1
      result |= (byte & 0x7F) &<< shift
      if byte < 0x80 { return (result, position) }
      shift += 7
    }
    return nil
  }

  @inline(never)
  private func stepped(depth: Int) -> FieldCursor {
    var cursor = self
    _ = cursor.step(depth: depth)
    return cursor
  }

  /// Steps to the next field of whatever form; false at the end and at a fault.
  private mutating func step(depth: Int) -> Bool {
    guard position < end else { return false }
    tag = UInt32(position.pointee)
    if tag < 0x80 {
      position += 1
    } else {
      guard readLongTag() else { return false }
    }
    switch tag & 7 {
    case WireType.varint:
      value = position
      return readVarint()
    case WireType.bytes:
      guard readLength() else { return false }
      value = position
      guard number <= UInt64(end - position) else { return fail(.truncated) }
      position += Int(number)
    case WireType.fixed64:
      value = position
      guard end - position >= 8 else { return fail(.truncated) }
      position += 8
    default: return nextRare(depth: depth)
    }
    return tag >= 8 || fail(.fieldZero)
  }

  /// The wire types that none of the protocol's fields has.
  private mutating func nextRare(depth: Int) -> Bool {
    guard tag >= 8 else { return fail(.fieldZero) }
    value = position
    switch tag & 7 {
    case WireType.fixed32:
      guard end - position >= 4 else { return fail(.truncated) }
      position += 4
      return true
    case WireType.groupStart: return skipGroup(depth: depth)
    case WireType.groupEnd:
      isAtGroupEnd = true
      return fail(.unmatchedGroup)
    default: return fail(.badWireType)
    }
  }

  /// Skips to behind the end of the group that has just begun. Recursion is bounded by the depth.
  private mutating func skipGroup(depth: Int) -> Bool {
    guard depth > 0 else { return fail(.tooDeep) }
    let start = value
    let opening = tag
    var inner = FieldCursor(from: position, to: end)
    while inner.next(depth: depth - 1) {}
    position = inner.position
    guard let fault = inner.fault else { return fail(.truncated) }
    guard inner.isAtGroupEnd, inner.tag >> 3 == opening >> 3 else { return fail(fault) }
    value = start
    tag = opening
    return true
  }

  @inline(__always)
  private mutating func readVarint() -> Bool {
    guard position < end else { return fail(.truncated) }
    let byte = position.pointee
    guard byte >= 0x80 else {
      number = UInt64(byte)
      position += 1
      return tag >= 8 || fail(.fieldZero)
    }
    return readLongVarint(bytesMax: 10) && (tag >= 8 || fail(.fieldZero))
  }

  @inline(__always)
  private mutating func readLength() -> Bool {
    guard position < end else { return fail(.truncated) }
    let byte = position.pointee
    guard byte >= 0x80 else {
      number = UInt64(byte)
      position += 1
      return true
    }
    // As in the reference implementations, a length is a 31-bit number of at most 5 bytes.
    guard readLongVarint(bytesMax: 5) else { return false }
    return number <= UInt64(Int32.max) || fail(.badVarint)
  }

  private mutating func readLongTag() -> Bool {
    guard readLongVarint(bytesMax: 5) else {
      return fail(fault == .badVarint ? .badTag : .truncated)
    }
    guard let narrow = UInt32(exactly: number) else { return fail(.badTag) }
    tag = narrow
    return true
  }

  private mutating func readLongVarint(bytesMax: Int) -> Bool {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    for _ in 0..<bytesMax {
      guard position < end else { return fail(.truncated) }
      let byte = position.pointee
      position += 1
      // The tenth byte of a 64-bit number has room for one bit.
      if shift == 63, byte & 0x7F > 1 { hasDroppedBits = true }
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        number = result
        return true
      }
      shift += 7
    }
    return fail(.badVarint)
  }

  @inline(never)
  private mutating func fail(_ fault: Fault) -> Bool {
    self.fault = fault
    return false
  }
}
