import Model

/// One segment in memory, batch by batch: what is valid, and what is wrong with the first thing that is not.
///
/// Only looks; what damage means is decided by ``JournalReader``.
package struct SegmentReader {
  package let file: FileName
  package let header: FileHeader
  let bytes: [UInt8]
  /// Where the next batch begins: everything before is valid.
  package private(set) var offset = FileHeader.bytes
  /// The last position of what was read; the previous segment's before the first batch.
  package private(set) var lastPosition: UInt64
  /// The highest position that a batch or the header proves to be durable.
  package private(set) var provenThrough: UInt64

  package enum Step {
    case batch(BatchView)
    /// The file ends where a batch does.
    case end
    case damage(BatchDamage)
  }

  /// Throws where the header is not valid.
  package init(first: UInt64, bytes: [UInt8]) throws(JournalError) {
    file = JournalFile.segment(first: first).name
    header = try FileHeader(.segment, of: file, position: first, in: bytes)
    self.bytes = bytes
    lastPosition = header.previousPosition
    provenThrough = header.previousPosition
  }

  package init(
    _ disk: some Disk, first: UInt64, limits: JournalLimits
  ) throws(JournalError) {
    let file = JournalFile.segment(first: first).name
    let size = try onDisk { () throws(DiskError) in try disk.size(file) }
    guard size <= limits.readBytes else {
      throw JournalError(
        .tooLarge, file, "\(file) has \(size) bytes; the limit is \(limits.readBytes) (readBytes)")
    }
    try self.init(first: first, bytes: try onDisk { () throws(DiskError) in try disk.read(file) })
  }

  /// The next batch. After damage the answer stays the same.
  package mutating func next() -> Step {
    if offset == bytes.count { return .end }
    guard let batch = BatchHeader(in: bytes, segment: header.position, offset: offset) else {
      return .damage(unreadableHeader)
    }
    let bodyStart = offset + BatchHeader.bytes
    let end = bodyStart + Int(batch.bodyBytes)
    if let reason = headerFault(batch) { return .damage(damage(reason, batch, end: end)) }
    if end > bytes.count { return .damage(damage(.bodyPastEnd, batch, end: end)) }
    let view = BatchView(file: file, offset: offset, header: batch, bytes: bytes)
    if Checksum.of(bytes, bodyStart..<end) != batch.bodyChecksum {
      let reason: BatchDamage.Reason =
        hasLostSector(bodyStart..<end) ? .bodyWithLostSector : .bodyChecksum
      return .damage(damage(reason, batch, end: end))
    }
    guard view.isWellFormed else { return .damage(damage(.malformed, batch, end: end)) }
    offset = end
    lastPosition = batch.lastPosition
    provenThrough = max(provenThrough, batch.syncedThrough)
    return .batch(view)
  }

  /// The first valid header of a batch at or after an offset: proof that what stands before was once complete,
  /// because nothing is written before what came earlier is durable.
  ///
  /// Looks at every place where a batch may begin; a checksum that covers the place and the lineage makes sure that no
  /// payload looks like one.
  package func validHeader(from start: Int) -> (offset: Int, header: BatchHeader)? {
    let alignment = JournalLimits.alignmentBytes
    var place = (start + alignment - 1) / alignment * alignment
    while place + BatchHeader.bytes <= bytes.count {
      if let found = BatchHeader(in: bytes, segment: header.position, offset: place),
        found.lineage == header.lineage
      {
        return (place, found)
      }
      place += alignment
    }
    return nil
  }

  private var unreadableHeader: BatchDamage {
    let end = offset + BatchHeader.bytes
    let reason: BatchDamage.Reason =
      end > bytes.count
      ? .headerPastEnd : bytes.isZero(offset..<end) ? .headerInLostSector : .headerChecksum
    return BatchDamage(offset: offset, reason: reason, searchFrom: end, positions: nil)
  }

  private func headerFault(_ batch: BatchHeader) -> BatchDamage.Reason? {
    if batch.lineage != header.lineage { return .wrongLineage }
    if batch.previousPosition != lastPosition { return .wrongOrder }
    return batch.isConsistent ? nil : .malformed
  }

  /// Whether a sector behind the header's has only zeros where the body is. See ``BatchBuilder``: none of a valid
  /// body has. The header's own sector was written, since the header is valid.
  private func hasLostSector(_ body: Range<Int>) -> Bool {
    let sector = JournalLimits.sectorBytes
    var place = (body.lowerBound + sector - 1) / sector * sector
    while place < body.upperBound {
      if bytes.isZero(place..<min(place + sector, body.upperBound)) { return true }
      place += sector
    }
    return false
  }

  private func damage(_ reason: BatchDamage.Reason, _ batch: BatchHeader, end: Int) -> BatchDamage {
    BatchDamage(
      offset: offset, reason: reason, searchFrom: end,
      positions: batch.isMark || !batch.isConsistent
        ? nil : batch.firstPosition...batch.lastPosition)
  }
}

/// What is wrong with the bytes where a batch should be.
package struct BatchDamage: Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    case headerPastEnd
    case headerInLostSector
    case headerChecksum
    case bodyPastEnd
    case bodyWithLostSector
    case bodyChecksum
    case wrongLineage
    /// The batch does not follow the one before it.
    case wrongOrder
    /// The checksums are right, the contents are not what this version writes.
    case malformed
  }

  package var offset: Int
  package var reason: Reason
  /// Where something valid could follow.
  package var searchFrom: Int
  /// The positions of the batch, where its header is valid.
  package var positions: ClosedRange<UInt64>?

  /// Whether a write that was cut off leaves this: the file ends too early, or a sector was never written.
  package var looksTorn: Bool {
    switch reason {
    case .headerPastEnd, .headerInLostSector, .bodyPastEnd, .bodyWithLostSector: true
    case .headerChecksum, .bodyChecksum, .wrongLineage, .wrongOrder, .malformed: false
    }
  }

  /// Whether the header says where the batch ends.
  var isExtentKnown: Bool {
    switch reason {
    case .headerPastEnd, .headerInLostSector, .headerChecksum: false
    case .bodyPastEnd, .bodyWithLostSector, .bodyChecksum, .wrongLineage, .wrongOrder, .malformed:
      true
    }
  }

  package var sentence: String {
    switch reason {
    case .headerPastEnd: "the file ends in the header of a batch"
    case .headerInLostSector: "there are zeros where a batch should begin"
    case .headerChecksum: "the header of a batch has a wrong checksum"
    case .bodyPastEnd: "the file ends in a batch"
    case .bodyWithLostSector: "a batch has a sector of zeros"
    case .bodyChecksum: "a batch has a wrong checksum"
    case .wrongLineage: "a batch is from another journal"
    case .wrongOrder: "a batch does not follow the one before it"
    case .malformed: "a batch has the right checksum and contents that no version writes"
    }
  }
}

/// A valid batch and its records, in the memory of its segment.
package struct BatchView {
  package let file: FileName
  package let offset: Int
  package let header: BatchHeader
  let bytes: [UInt8]

  package var byteCount: Int { BatchHeader.bytes + Int(header.bodyBytes) }

  /// Hands out every record in order. A payload without separators is a view of the segment's memory.
  package func forEachRecord<Failure: Error>(
    _ body: (_ position: UInt64, _ payload: ArraySlice<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    let end = offset + byteCount
    var place = offset + BatchHeader.bytes
    var position = header.previousPosition
    for _ in 0..<header.recordCount {
      guard let head = recordHead(at: &place, before: end, after: position) else {
        preconditionFailure("a view is made of batches that are well-formed")
      }
      position = head.position
      try body(position, payload(head.count, at: place))
      place += Self.storedBytes(head.count)
    }
  }

  /// Whether the records, their positions and the filler are as the header says and as ``BatchBuilder`` writes them.
  var isWellFormed: Bool {
    let end = offset + byteCount
    var place = offset + BatchHeader.bytes
    var position = header.previousPosition
    for number in 0..<header.recordCount {
      guard let head = recordHead(at: &place, before: end, after: position),
        hasSeparators(head.count, at: place)
      else { return false }
      position = head.position
      if number == 0, position != header.firstPosition { return false }
      place += Self.storedBytes(head.count)
    }
    if header.isMark { return true }
    let filler = bytes[place..<end]
    return position == header.lastPosition && (1...JournalLimits.alignmentBytes) ~= filler.count
      && filler.allSatisfy { $0 == BatchBuilder.filler }
  }

  /// The length and the position of the record at `place`, which moves to its payload; nil where there is none.
  private func recordHead(
    at place: inout Int, before end: Int, after position: UInt64
  ) -> (count: Int, position: UInt64)? {
    guard let length = bytes.varint(at: &place, before: end), length & 3 == 3,
      let step = bytes.varint(at: &place, before: end), step > 0, length >> 2 <= UInt64(end)
    else { return nil }
    let count = Int(length >> 2)
    let (next, overflow) = position.addingReportingOverflow(step)
    // At least one byte of filler follows the last record.
    guard !overflow, Self.storedBytes(count) < end - place else { return nil }
    return (count, next)
  }

  private static func storedBytes(_ count: Int) -> Int {
    count + max(0, count - 1) / BatchBuilder.pieceBytes
  }

  private func hasSeparators(_ count: Int, at start: Int) -> Bool {
    stride(
      from: start + BatchBuilder.pieceBytes, to: start + Self.storedBytes(count),
      by: BatchBuilder.pieceBytes + 1
    ).allSatisfy { bytes[$0] == BatchBuilder.filler }
  }

  private func payload(_ count: Int, at start: Int) -> ArraySlice<UInt8> {
    let end = start + Self.storedBytes(count)
    if count <= BatchBuilder.pieceBytes { return bytes[start..<end] }
    var whole: [UInt8] = []
    whole.reserveCapacity(count)
    for piece in stride(from: start, to: end, by: BatchBuilder.pieceBytes + 1) {
      whole += bytes[piece..<min(piece + BatchBuilder.pieceBytes, end)]
    }
    return whole[...]
  }
}
