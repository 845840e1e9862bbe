import CResourceCoordinator
import Model

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

  /// A text's words, all 40 bytes of which are stored before the count moves on: the room must reach so far.
  @inline(__always)
  mutating func write(field: Int, words: Text.Words) {
    let count = Int(words.e >> 56)
    guard count > 0 else { return }
    writeTag(field, WireType.bytes)
    out[0] = UInt8(count)
    let raw = UnsafeMutableRawPointer(out + 1)
    raw.storeBytes(of: words.a.littleEndian, as: UInt64.self)
    raw.storeBytes(of: words.b.littleEndian, toByteOffset: 8, as: UInt64.self)
    raw.storeBytes(of: words.c.littleEndian, toByteOffset: 16, as: UInt64.self)
    raw.storeBytes(of: words.d.littleEndian, toByteOffset: 24, as: UInt64.self)
    raw.storeBytes(of: words.e.littleEndian, toByteOffset: 32, as: UInt64.self)
    out += 1 + count
  }

  /// A Timestamp.
  @inline(__always)
  mutating func write(field: Int, time: Instant) {
    let (seconds, nanos) = time.secondsAndNanos
    writeShort(field: field) { message in
      message.write(field: 1, number: UInt64(bitPattern: seconds))
      message.write(field: 2, number: UInt64(nanos))
    }
  }

  /// A message of less than 128 bytes, written by the body. It is there even if it is empty.
  @inline(__always)
  mutating func writeShort(field: Int, _ body: (inout HeadWriter) -> Void) {
    writeTag(field, WireType.bytes)
    var message = HeadWriter(UnsafeMutableRawPointer(out + 1))
    body(&message)
    let count = message.bytes.count
    out[0] = UInt8(count)
    out += 1 + count
  }

  /// A message of less than 16,384 bytes, written by the body; it moves by a byte if its length takes only one.
  @inline(__always)
  mutating func write(field: Int, _ body: (inout HeadWriter) -> Void) {
    writeTag(field, WireType.bytes)
    var message = HeadWriter(UnsafeMutableRawPointer(out + 2))
    body(&message)
    let count = message.bytes.count
    if count < 128 { (out + 1).update(from: out + 2, count: count) }
    writeVarint(UInt64(count))
    out += count
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
}
