import CResourceCoordinator
import Model

// `Model` values to C values. Everything is a copy inside the arena, valid until the arena's next reset; protobuf-c
// only reads it while packing.
extension Arena {
  @inline(__always)
  func copy(_ text: Text) -> ProtobufCBinaryData {
    if let long = text.long { return long.withUnsafeBytes { copy($0) } }
    let words = text.words
    guard words.count > 0 else { return ProtobufCBinaryData() }
    // Five words of eight bytes, of which at most 39 bytes are used.
    let block = take(40)
    block.storeBytes(of: words.a.littleEndian, as: UInt64.self)
    block.storeBytes(of: words.b.littleEndian, toByteOffset: 8, as: UInt64.self)
    block.storeBytes(of: words.c.littleEndian, toByteOffset: 16, as: UInt64.self)
    block.storeBytes(of: words.d.littleEndian, toByteOffset: 24, as: UInt64.self)
    block.storeBytes(of: words.e.littleEndian, toByteOffset: 32, as: UInt64.self)
    return ProtobufCBinaryData(len: words.count, data: block.assumingMemoryBound(to: UInt8.self))
  }

  @inline(__always)
  func copy(_ string: String) -> ProtobufCBinaryData {
    var string = string
    return string.withUTF8 { copy(UnsafeRawBufferPointer($0)) }
  }

  /// Copies bytes that belong to the caller.
  @inline(__always)
  func copy(_ bytes: UnsafeRawBufferPointer) -> ProtobufCBinaryData {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return ProtobufCBinaryData() }
    // The block has exactly as many bytes as are copied.
    let block = take(bytes.count)
    block.copyMemory(from: start, byteCount: bytes.count)
    return ProtobufCBinaryData(len: bytes.count, data: block.assumingMemoryBound(to: UInt8.self))
  }

  /// Rounds down to whole seconds, so that the nanoseconds are never negative.
  @inline(__always)
  func timestamp(_ instant: Instant?) -> UnsafeMutablePointer<CTimestamp>? {
    guard let instant else { return nil }
    let message = make(CTimestamp.self)
    (message.pointee.seconds, message.pointee.nanos) = instant.secondsAndNanos
    return message
  }

  /// Seconds and nanoseconds have the same sign, as the specification asks.
  @inline(__always)
  func duration(_ span: TimeSpan?) -> UnsafeMutablePointer<CDuration>? {
    guard let span else { return nil }
    let (seconds, nanos) = span.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let message = make(CDuration.self)
    message.pointee.seconds = seconds
    message.pointee.nanos = Int32(truncatingIfNeeded: nanos)
    return message
  }

  /// The pointers of a repeated message field.
  func list<Value, Message: CMessage>(
    _ values: [Value], _ transform: (Value) -> UnsafeMutablePointer<Message>
  ) -> (count: Int, pointers: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?) {
    guard !values.isEmpty else { return (0, nil) }
    typealias Pointer = UnsafeMutablePointer<Message>?
    // One pointer for each value; each is initialised below.
    let block = take(values.count * MemoryLayout<Pointer>.stride)
      .bindMemory(to: Pointer.self, capacity: values.count)
    for (index, value) in values.enumerated() {
      (block + index).initialize(to: transform(value))
    }
    return (values.count, block)
  }

  /// The texts of a repeated field.
  func list(
    _ strings: [String]
  ) -> (count: Int, texts: UnsafeMutablePointer<ProtobufCBinaryData>?) {
    guard !strings.isEmpty else { return (0, nil) }
    // One entry for each text; each is initialised below.
    let block = take(strings.count * MemoryLayout<ProtobufCBinaryData>.stride)
      .bindMemory(to: ProtobufCBinaryData.self, capacity: strings.count)
    for (index, string) in strings.enumerated() {
      (block + index).initialize(to: copy(string))
    }
    return (strings.count, block)
  }

  /// The entries of a map. Empty metadata costs nothing.
  func list(
    _ metadata: Metadata
  ) -> (count: Int, pointers: UnsafeMutablePointer<UnsafeMutablePointer<CMetadataEntry>?>?) {
    guard !metadata.isEmpty else { return (0, nil) }
    var ranges: [(key: Range<Int>, value: Range<Int>)] = []
    ranges.reserveCapacity(metadata.count)
    metadata.forEachRange { ranges.append(($0, $1)) }
    return metadata.packed.withUnsafeBytes { packed in
      list(ranges) { range in
        let message = make(CMetadataEntry.self)
        message.pointee.key = copy(UnsafeRawBufferPointer(rebasing: packed[range.key]))
        message.pointee.value = copy(UnsafeRawBufferPointer(rebasing: packed[range.value]))
        return message
      }
    }
  }

  func message(_ quantity: PoolQuantity) -> UnsafeMutablePointer<CPoolQuantity> {
    let message = make(CPoolQuantity.self)
    message.pointee.resource = CResourceType(number: quantity.pool.number)
    message.pointee.pool = copy(quantity.pool.name)
    message.pointee.quantity = quantity.quantity
    return message
  }

  @inline(__always)
  func message(_ token: FencingToken?) -> UnsafeMutablePointer<CFencingToken>? {
    guard let token else { return nil }
    let message = make(CFencingToken.self)
    message.pointee.epoch = token.epoch
    message.pointee.counter = token.counter
    return message
  }

  func message(_ settings: ContentionSettings?) -> UnsafeMutablePointer<CContentionSettings>? {
    guard let settings else { return nil }
    let message = make(CContentionSettings.self)
    message.pointee.deny_probability = settings.denyProbability
    message.pointee.queue_probability = settings.queueProbability
    message.pointee.seed = settings.seed
    return message
  }

  func message(_ detail: Detail) -> UnsafeMutablePointer<CDetail> {
    let message = make(CDetail.self)
    message.pointee.reason = copy(detail.reason)
    message.pointee.message = copy(detail.message)
    message.pointee.field = copy(detail.field)
    message.pointee.pool = copy(detail.pool)
    message.pointee.requested = detail.requested
    message.pointee.available = detail.available
    message.pointee.missing = detail.missing
    message.pointee.limit = detail.limit
    message.pointee.unit = copy(detail.unit)
    message.pointee.request_id = copy(detail.requestID)
    message.pointee.component = copy(detail.component)
    message.pointee.until = timestamp(detail.until)
    message.pointee.retry_after = duration(detail.retryAfter)
    (message.pointee.n_others, message.pointee.others) = list(detail.others) { self.message($0) }
    message.pointee.others_total = detail.othersTotal
    return message
  }

  func message(_ other: OtherRequest) -> UnsafeMutablePointer<COtherRequest> {
    let message = make(COtherRequest.self)
    message.pointee.request_id = copy(other.requestID)
    message.pointee.component = copy(other.component)
    message.pointee.quantity = other.quantity
    message.pointee.until = timestamp(other.until)
    return message
  }
}

extension RawRepresentable where RawValue == UInt32 {
  /// The C enum of an open enum's number.
  init(number: Int32) where Self: COpenEnum {
    self.init(UInt32(bitPattern: number))
  }

  /// The C enum of a value, or 0 for none.
  init<Value: RawRepresentable<UInt8>>(_ value: Value?) where Self: COpenEnum {
    self.init(UInt32(value?.rawValue ?? 0))
  }
}

/// A generated C enum: it may hold any number.
protocol COpenEnum: RawRepresentable<UInt32> {
  init(_ rawValue: UInt32)
}

extension CResourceType: COpenEnum {}
extension ResourceCoordinator__Method: COpenEnum {}
extension ResourceCoordinator__Priority: COpenEnum {}
extension ResourceCoordinator__RequestStatus: COpenEnum {}
extension ResourceCoordinator__ResponseMode: COpenEnum {}
extension ResourceCoordinator__PoolKind: COpenEnum {}
extension ResourceCoordinator__EventKind: COpenEnum {}

extension Instant {
  /// A Timestamp's parts: the nanoseconds count forward, also before 1970.
  @inline(__always)
  var secondsAndNanos: (seconds: Int64, nanos: Int32) {
    let (seconds, nanos) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return nanos < 0
      ? (seconds - 1, Int32(truncatingIfNeeded: nanos + 1_000_000_000))
      : (seconds, Int32(truncatingIfNeeded: nanos))
  }
}
