package import Model

/// The whole book as bytes in chunks, and back. Equal books have equal bytes; what follows from the rest is left out.
package enum JobSnapshot {
  /// Of the format; a reader refuses others.
  static let version: UInt8 = 1

  enum Chunk: UInt8 {
    /// Numbers, queues, orders and bookings: the first chunk, and the only one of its kind.
    case base = 1
    case jobs = 2
  }

  /// - Parameter chunkBytes: a chunk is emitted once it has this many bytes; it may be longer by one job.
  package static func write<Failure: Error>(
    _ book: JobBook, chunkBytes: Int, _ emit: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    try emit(base(book))
    var sink = ByteSink()
    for key in book.jobs.keys.sorted() {
      guard let record = book.jobs[key] else { continue }
      if sink.count == 0 { sink.append(byte: Chunk.jobs.rawValue) }
      sink.append(record)
      guard sink.count >= chunkBytes else { continue }
      try emit(sink.bytes)
      sink.removeAll()
    }
    if sink.count > 0 { try emit(sink.bytes) }
  }

  private static func base(_ book: JobBook) -> [UInt8] {
    var sink = ByteSink()
    sink.append(byte: Chunk.base.rawValue)
    sink.append(byte: version)
    sink.append(book.revision)
    sink.append(book.decidedAt)
    sink.append(book.nextJob)
    sink.append(book.nextBooking)
    sink.append(book.jobs.count)
    sink.append(book.queues.count)
    for (_, queue) in book.queues.sorted(by: { $0.key < $1.key }) { sink.append(queue) }
    sink.append(book.nodes.count)
    for (_, orders) in book.nodes.sorted(by: { $0.key < $1.key }) { sink.append(orders) }
    sink.append(book.bookings.count)
    for (_, booking) in book.bookings.sorted(by: { $0.key < $1.key }) { sink.append(booking) }
    return sink.bytes
  }

  /// Reads the chunks in the order in which they were written.
  package static func read(
    _ chunks: [[UInt8]], settings: JobSettings = JobSettings()
  ) throws(ByteSource.Malformed) -> JobBook {
    var book = JobBook(settings: settings)
    var jobsLeft = 0
    var records: [JobRecord] = []
    for (index, chunk) in chunks.enumerated() {
      var source = ByteSource(chunk)
      let kind = try source.value(Chunk.self)
      guard (kind == .base) == (index == 0) else { throw source.malformed("chunks in order") }
      switch kind {
      case .base: jobsLeft = try readBase(&source, into: &book)
      case .jobs: while !source.isAtEnd { records.append(try source.record()) }
      }
      try source.finish()
    }
    try restore(records, count: jobsLeft, into: &book)
    return book
  }

  /// - Returns: how many jobs follow.
  private static func readBase(
    _ source: inout ByteSource, into book: inout JobBook
  ) throws(ByteSource.Malformed) -> Int {
    guard try source.byte() == version else { throw source.malformed("version 1 before this") }
    book.revision = try source.number()
    book.decidedAt = try source.instant()
    book.nextJob = try source.signed()
    book.nextBooking = try source.signed()
    let jobs = try source.count()
    guard book.nextJob > 0, book.nextBooking > 0, book.revision < 1 << 62 else {
      throw source.malformed("numbers above 0 before this")
    }
    book.queues = [:]
    for _ in 0..<(try source.boundedCount()) {
      let queue = try source.queue()
      book.queues[queue.name] = queue
    }
    for _ in 0..<(try source.boundedCount()) {
      let orders = try source.nodeOrders()
      book.nodes[orders.node] = orders
    }
    for _ in 0..<(try source.boundedCount()) {
      let booking = try source.booking()
      guard book.bookings[booking.number] == nil, booking.number < book.nextBooking else {
        throw source.malformed("a new booking before this")
      }
      book.insert(booking)
    }
    book.changes.restart(at: book.revision)
    return jobs
  }

  /// Jobs come behind those that they wait for, as their numbers do.
  private static func restore(
    _ records: [JobRecord], count: Int, into book: inout JobBook
  ) throws(ByteSource.Malformed) {
    guard records.count == count else {
      throw ByteSource.Malformed(expected: "\(count) jobs and not \(records.count)", offset: 0)
    }
    for record in records {
      let known = record.dependencies.allSatisfy { dependency in
        dependency.satisfiedAt != nil || record.status != .pending
          || book.jobs[dependency.job] != nil
      }
      guard known, book.jobs[record.key] == nil, record.key.number < book.nextJob,
        record.revision <= book.revision
      else {
        throw ByteSource.Malformed(expected: "a job that fits job \(record.key.number)", offset: 0)
      }
      book.restore(record)
    }
    book.changes.restart(at: book.revision)
  }
}
