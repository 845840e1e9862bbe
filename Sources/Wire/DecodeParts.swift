import CResourceCoordinator
import Model

// C values to `Model` values. All pointers here lead into the arena, are valid while the message is, and every array is
// bounded by the count that protobuf-c stored beside it.

extension Text {
  /// Copies a text that the scanner has found to be valid UTF-8. O(bytes); allocates only above 39 bytes.
  @inline(__always)
  init(_ data: ProtobufCBinaryData) {
    guard let start = data.data, data.len > 0 else {
      self = .empty
      return
    }
    guard data.len <= Text.inlineBytesMax else {
      self.init(String(data))
      return
    }
    self.init(words: Words(start, count: data.len))
  }
}

extension Text.Words {
  /// The bytes as canonical words. Reads exactly `count` bytes, at most 39.
  @inline(__always)
  init(_ start: UnsafePointer<UInt8>, count: Int) {
    typealias Words = Text.Words
    let raw = UnsafeRawPointer(start)
    let last = Words.tail(raw, count: count)
    let size = UInt64(count) << 56
    switch count >> 3 {
    case 0: self.init(last, 0, 0, 0, size)
    case 1: self.init(Words.word(raw, 0), last, 0, 0, size)
    case 2: self.init(Words.word(raw, 0), Words.word(raw, 1), last, 0, size)
    case 3: self.init(Words.word(raw, 0), Words.word(raw, 1), Words.word(raw, 2), last, size)
    default:
      self.init(
        Words.word(raw, 0), Words.word(raw, 1), Words.word(raw, 2), Words.word(raw, 3), last | size)
    }
  }

  /// Whether every byte, the count with them, is ASCII.
  @inline(__always)
  var isASCII: Bool { (a | b | c | d | e) & 0x8080_8080_8080_8080 == 0 }

  @inline(__always)
  private static func word(_ start: UnsafeRawPointer, _ index: Int) -> UInt64 {
    UInt64(littleEndian: start.loadUnaligned(fromByteOffset: index << 3, as: UInt64.self))
  }

  /// The bytes after the last whole word, the rest zero.
  @inline(__always)
  private static func tail(_ start: UnsafeRawPointer, count: Int) -> UInt64 {
    let rest = count & 7
    guard rest > 0 else { return 0 }
    guard count >= 8 else {
      var bits: UInt64 = 0
      for position in 0..<rest {
        let byte = start.load(fromByteOffset: position, as: UInt8.self)
        bits |= UInt64(byte) << UInt64(position << 3)
      }
      return bits
    }
    // The eight bytes that end with the text, of which the first ones belong to the word before.
    let word = UInt64(
      littleEndian: start.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
    return word >> UInt64((8 - rest) << 3)
  }
}

extension String {
  /// Copies a text that the scanner has found to be valid UTF-8.
  init(_ data: ProtobufCBinaryData) {
    self.init(decoding: UnsafeBufferPointer(start: data.data, count: data.len), as: UTF8.self)
  }
}

/// The nanoseconds of a Timestamp's or Duration's parts. Parts that the specification calls invalid (nanos out of
/// range, mixed signs) decode all the same, so they are added up; what is out of range saturates.
@inline(__always)
private func sum(seconds: Int64, nanos: Int32) -> Int64 {
  seconds.multipliedSaturated(by: 1_000_000_000).addingSaturated(Int64(nanos))
}

extension Instant {
  @inline(__always)
  init?(_ timestamp: UnsafePointer<CTimestamp>?) {
    guard let timestamp else { return nil }
    self.init(nanoseconds: sum(seconds: timestamp.pointee.seconds, nanos: timestamp.pointee.nanos))
  }
}

extension TimeSpan {
  @inline(__always)
  init?(_ duration: UnsafePointer<CDuration>?) {
    guard let duration else { return nil }
    self.init(seconds: duration.pointee.seconds, nanos: duration.pointee.nanos)
  }

  @inline(__always)
  init(seconds: Int64, nanos: Int32) {
    self.init(nanoseconds: sum(seconds: seconds, nanos: nanos))
  }
}

extension FencingToken {
  init?(_ token: UnsafePointer<CFencingToken>?) {
    guard let token else { return nil }
    self.init(epoch: token.pointee.epoch, counter: token.pointee.counter)
  }
}

extension RawRepresentable where RawValue == UInt8 {
  /// An open enum's value, or nil for a number that this version does not know.
  @inline(__always)
  init?(number: UInt32) {
    guard let small = UInt8(exactly: number) else { return nil }
    self.init(rawValue: small)
  }
}

/// The values of a repeated message field.
@inline(__always)
func map<Message, Value, Failure: Error>(
  _ count: Int, _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?,
  _ transform: (Message) throws(Failure) -> Value
) throws(Failure) -> [Value] {
  guard count > 0, let pointers else { return [] }
  var values: [Value] = []
  values.reserveCapacity(count)
  for index in 0..<count {
    // protobuf-c stores no empty pointers in a repeated field.
    guard let pointer = pointers[index] else { continue }
    values.append(try transform(pointer.pointee))
  }
  return values
}

extension PoolReference {
  @inline(__always)
  init(number: CResourceType, name: ProtobufCBinaryData) {
    self.init(number: Int32(bitPattern: number.rawValue), name: Text(name))
  }
}

extension PoolQuantity {
  init(_ message: CPoolQuantity) {
    self.init(
      pool: PoolReference(number: message.resource, name: message.pool), quantity: message.quantity)
  }
}

extension Codec {
  func details(
    _ count: Int, _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<CDetail>?>?
  ) -> [Detail] {
    map(count, pointers) { message in
      var detail = Detail(reasonName: Text(message.reason), message: String(message.message))
      detail.field = Text(message.field)
      detail.pool = Text(message.pool)
      detail.requested = message.requested
      detail.available = message.available
      detail.missing = message.missing
      detail.limit = message.limit
      detail.unit = Text(message.unit)
      detail.requestID = Text(message.request_id)
      detail.component = Text(message.component)
      detail.until = Instant(message.until)
      detail.retryAfter = TimeSpan(message.retry_after)
      detail.others = map(message.n_others, message.others) { other in
        OtherRequest(
          requestID: Text(other.request_id), component: Text(other.component),
          quantity: other.quantity, until: Instant(other.until))
      }
      detail.othersTotal = message.others_total
      return detail
    }
  }
}
