import CResourceCoordinator

/// Writes an envelope's fields into memory that the caller owns and that must be large enough; nothing checks it here,
/// so every caller counts first.
struct HeadWriter {
  /// The most bytes that three numbers and the tag and length of a text take.
  static let fixedBytesMax = 3 * 11 + 6

  private let start: UnsafeMutablePointer<UInt8>
  private var out: UnsafeMutablePointer<UInt8>

  @inline(__always)
  init(_ start: UnsafeMutableRawPointer) {
    // Bytes are written as bytes.
    self.start = start.assumingMemoryBound(to: UInt8.self)
    out = self.start
  }

  /// What has been written; the caller's memory.
  @inline(__always)
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: out - start) }

  /// The bytes of a text or message with its tag, which has one byte, and its length.
  @inline(__always)
  static func sizedCount(_ count: Int) -> Int {
    1 + varintCount(UInt64(count)) + count
  }

  @inline(__always)
  static func varintCount(_ number: UInt64) -> Int {
    max(1, (UInt64.bitWidth - number.leadingZeroBitCount + 6) / 7)
  }

  @inline(__always)
  mutating func writeFrameLength(_ count: Int) {
    UnsafeMutableRawPointer(out).storeBytes(of: UInt32(count).bigEndian, as: UInt32.self)
    out += FrameReader.lengthBytes
  }

  @inline(__always)
  mutating func writeVarint(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      out[0] = UInt8(truncatingIfNeeded: rest) | 0x80
      out += 1
      rest >>= 7
    }
    out[0] = UInt8(truncatingIfNeeded: rest)
    out += 1
  }

  @inline(__always)
  private mutating func writeTag(_ field: Int, _ wireType: UInt32) {
    out[0] = UInt8(field << 3) | UInt8(wireType)
    out += 1
  }

  /// A number; 0 is left out, as proto3 does.
  @inline(__always)
  mutating func write(field: Int, number: UInt64) {
    guard number != 0 else { return }
    writeTag(field, WireType.varint)
    writeVarint(number)
  }

  /// A text; the empty one is left out, as proto3 does.
  @inline(__always)
  mutating func write(field: Int, text: ProtobufCBinaryData) {
    guard text.len > 0, let data = text.data else { return }
    writeTag(field, WireType.bytes)
    writeVarint(UInt64(text.len))
    out.update(from: data, count: text.len)
    out += text.len
  }

  @inline(__always)
  mutating func write(_ bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    UnsafeMutableRawPointer(out).copyMemory(from: source, byteCount: bytes.count)
    out += bytes.count
  }

  /// A message whose packed size has been counted.
  mutating func write(field: Int, message: UnsafeMutablePointer<ProtobufCMessage>, count: Int) {
    writeTag(field, WireType.bytes)
    writeVarint(UInt64(count))
    out += protobuf_c_message_pack(message, out)
  }

  /// A message of unknown size: packed first, its length put in front of it afterwards. Left out if it is empty.
  ///
  /// Needs room for the message, one byte for the tag and five for the length.
  @inline(__always)
  mutating func write(field: Int, message: UnsafeMutablePointer<ProtobufCMessage>) {
    let body = out + 2
    let count = protobuf_c_message_pack(message, body)
    guard count > 0 else { return }
    let lengthCount = HeadWriter.varintCount(UInt64(count))
    if lengthCount > 1 { (out + 1 + lengthCount).update(from: body, count: count) }
    writeTag(field, WireType.bytes)
    writeVarint(UInt64(count))
    out += count
  }
}
