import Model

/// Records that are written and made durable together, ready for ``JournalWriter/write(_:)``.
package struct Batch: Hashable, Sendable {
  /// Room for the header, then the body. The writer fills the header, because it depends on the place, and so that
  /// the checksum costs the thread of the disk and not the one that builds.
  var bytes: [UInt8]
  package let recordCount: Int
  /// The last position before the first record.
  package let previousPosition: UInt64
  package let firstPosition: UInt64
  package let lastPosition: UInt64

  /// Bytes on the disk.
  package var byteCount: Int { bytes.count }
}

/// Encodes records into batches. No record costs an allocation once the buffers have grown.
///
/// The body of a batch is its records one after another, and then bytes 0xFF, at least one, up to a multiple of 64.
/// A record is three parts:
///
/// 1. `4n + 3` as a varint, n being the bytes of the payload;
/// 2. the position less the one before, as a varint;
/// 3. the payload, with a byte 0xFF after every ``pieceBytes`` bytes that are not its last ones.
///
/// So no sector behind the header's has only zeros where the body is. The first byte of a record and every 0xFF have
/// two bits set or more. From one of these to the next there are at most 15 bytes of the first two parts and 480 of
/// the third, which is less than a sector; and the last sector has the 0xFF at the end. Two bits, so that a single
/// flipped one does not make a sector of zeros either: such a sector is a write that was never finished, or lost.
package struct BatchBuilder {
  /// The longest run of payload bytes without a separator.
  static let pieceBytes = 480
  /// Between pieces, and after the records.
  static let filler: UInt8 = 0xFF

  private let limits: JournalLimits
  private var buffer: [UInt8] = []
  private var spare: [UInt8] = []
  private var previousPosition: UInt64
  private var firstPosition: UInt64 = 0
  package private(set) var recordCount = 0
  package private(set) var lastPosition: UInt64

  /// - Parameter position: the last one in the journal, ``JournalEnd/lastPosition``.
  package init(after position: UInt64, limits: JournalLimits = JournalLimits()) {
    self.limits = limits
    previousPosition = position
    lastPosition = position
    start()
  }

  package var isEmpty: Bool { recordCount == 0 }
  /// Bytes that the batch takes on the disk, but for at most 64.
  package var byteCount: Int { buffer.count }

  /// Adds a record. Positions rise from record to record; gaps are allowed.
  ///
  /// Throws, and adds nothing, where the payload is above ``JournalLimits/recordBytes`` or would take the batch above
  /// ``JournalLimits/batchBytes``: finish the batch first.
  package mutating func append(
    position: UInt64, payload: ArraySlice<UInt8>
  ) throws(JournalError) {
    precondition(position > lastPosition, "positions of records rise")
    let count = payload.count
    if count > limits.recordBytes || buffer.count + count + count / 256 + 32 > limits.batchBytes {
      throw tooLarge(count, position)
    }
    buffer.appendVarint(UInt64(count) << 2 | 3)
    buffer.appendVarint(position - lastPosition)
    if count <= Self.pieceBytes {
      buffer.append(contentsOf: payload)
    } else {
      appendPieces(payload)
    }
    if recordCount == 0 { firstPosition = position }
    recordCount += 1
    lastPosition = position
  }

  package mutating func append(position: UInt64, payload: [UInt8]) throws(JournalError) {
    try append(position: position, payload: payload[...])
  }

  /// The batch of what was added, at least one record. The builder goes on with an empty one.
  package mutating func finish() -> Batch {
    precondition(recordCount > 0, "a batch has records")
    let alignment = JournalLimits.alignmentBytes
    repeat { buffer.append(Self.filler) } while buffer.count % alignment != 0
    let batch = Batch(
      bytes: buffer, recordCount: recordCount, previousPosition: previousPosition,
      firstPosition: firstPosition, lastPosition: lastPosition)
    previousPosition = lastPosition
    recordCount = 0
    // Shared memory would be copied by the next record: the buffer lets go of what the batch has now.
    buffer = []
    swap(&buffer, &spare)
    start()
    return batch
  }

  /// Takes the memory of a batch that was written, for a later one.
  package mutating func recycle(_ batch: consuming Batch) {
    spare = batch.bytes
  }

  private mutating func start() {
    buffer.removeAll(keepingCapacity: true)
    for _ in 0..<BatchHeader.bytes { buffer.append(0) }
  }

  private mutating func appendPieces(_ payload: ArraySlice<UInt8>) {
    var rest = payload
    while rest.count > Self.pieceBytes {
      buffer.append(contentsOf: rest.prefix(Self.pieceBytes))
      buffer.append(Self.filler)
      rest = rest.dropFirst(Self.pieceBytes)
    }
    buffer.append(contentsOf: rest)
  }

  private func tooLarge(_ count: Int, _ position: UInt64) -> JournalError {
    let file = JournalFile.segment(first: previousPosition + 1).name
    return JournalError(
      .tooLarge, file, positions: position...position,
      count > limits.recordBytes
        ? "a record of \(count) bytes is above the limit of \(limits.recordBytes) (recordBytes)"
        : "a batch of \(buffer.count) bytes has no room for \(count) more: the limit is "
          + "\(limits.batchBytes) (batchBytes)")
  }
}
