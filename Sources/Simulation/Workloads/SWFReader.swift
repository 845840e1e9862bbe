/// Reads the bytes of a log, row by row, in one pass.
struct SWFReader {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 0
  private var lineStart = 0
  private var lineEnd = 0

  private static let fieldsOfARow = 18

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func read() throws(WorkloadError) -> StandardWorkloadFormat.Log {
    var log = StandardWorkloadFormat.Log(rows: [], header: [])
    log.rows.reserveCapacity(bytes.count / 100)
    while try nextLine() {
      skipBlanks()
      guard position < lineEnd else { continue }
      if bytes[position] == UInt8(ascii: ";") {
        if log.header.count < WorkloadLimits.headersMax, let entry = headerEntry() {
          log.header.append(entry)
        }
        continue
      }
      guard log.rows.count < WorkloadLimits.rowsMax else {
        throw error("more than \(WorkloadLimits.rowsMax) rows (WorkloadLimits.rowsMax)")
      }
      log.rows.append(try row())
    }
    return log
  }

  /// Goes to the next line; false at the end.
  private mutating func nextLine() throws(WorkloadError) -> Bool {
    guard lineEnd < bytes.count || line == 0 else { return false }
    lineStart = line == 0 ? 0 : lineEnd + 1
    line += 1
    position = lineStart
    guard lineStart < bytes.count else { return false }
    var end = lineStart
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
    lineEnd = end
    guard end - lineStart <= WorkloadLimits.lineBytesMax else {
      throw error(
        "a line of more than \(WorkloadLimits.lineBytesMax) bytes (WorkloadLimits.lineBytesMax)")
    }
    return true
  }

  private func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
  }

  private mutating func skipBlanks() {
    while position < lineEnd, isBlank(bytes[position]) { position += 1 }
  }

  /// `; Key: value`; nil for other comments.
  private func headerEntry() -> StandardWorkloadFormat.Log.Entry? {
    let text = String(decoding: bytes[(position + 1)..<lineEnd], as: UTF8.self)
    guard let colon = text.firstIndex(of: ":") else { return nil }
    let key = text[..<colon].filter { $0 != " " && $0 != "\t" }
    guard !key.isEmpty else { return nil }
    var value = text[text.index(after: colon)...]
    while let first = value.first, first.isWhitespace { value.removeFirst() }
    while let last = value.last, last.isWhitespace { value.removeLast() }
    return StandardWorkloadFormat.Log.Entry(key: key, value: String(value))
  }

  private mutating func row() throws(WorkloadError) -> StandardWorkloadFormat.Row {
    let job = try whole("the job's number")
    let submit = try nanoseconds("the submission")
    try skipField(3)
    let run = try nanoseconds("the run time")
    let allocated = try processors("the number of allocated processors")
    try skipField(6)
    try skipField(7)
    let requestedProcessors = try processors("the number of requested processors")
    let requested = try nanoseconds("the requested time")
    try skipField(10)
    let status = try whole("the status")
    let user = try whole("the user")
    let group = try whole("the group")
    try skipField(14)
    let queue = try whole("the queue")
    for field in 16...SWFReader.fieldsOfARow { try skipField(field) }
    skipBlanks()
    guard position == lineEnd else {
      throw error("a row has \(SWFReader.fieldsOfARow) fields, and this one has more")
    }
    return StandardWorkloadFormat.Row(
      job: job, submitNanoseconds: submit, runNanoseconds: run, allocatedProcessors: allocated,
      requestedProcessors: requestedProcessors, requestedNanoseconds: requested, status: status,
      user: user, group: group, queue: queue)
  }

  // MARK: Fields

  private mutating func skipField(_ number: Int) throws(WorkloadError) {
    try beginField("field \(number)")
    let start = position
    while position < lineEnd, !isBlank(bytes[position]) {
      let byte = bytes[position]
      guard
        isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+")
          || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E")
      else { throw error("field \(number) is not a number", at: start) }
      position += 1
    }
  }

  private mutating func beginField(_ what: String) throws(WorkloadError) {
    skipBlanks()
    guard position < lineEnd else {
      throw error("the row ends before \(what); a row has \(SWFReader.fieldsOfARow) fields")
    }
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  /// A whole number; a fraction of zeros is taken too.
  private mutating func whole(_ what: String) throws(WorkloadError) -> Int {
    skipBlanks()
    let start = position
    let (value, billionths) = try decimal(what)
    guard billionths == 0 else { throw error("\(what) is not a whole number", at: start) }
    return value
  }

  private mutating func processors(_ what: String) throws(WorkloadError) -> Int {
    skipBlanks()
    let start = position
    let value = try whole(what)
    guard value <= WorkloadLimits.processorsMax else {
      throw error(
        "\(what) is more than \(WorkloadLimits.processorsMax) (WorkloadLimits.processorsMax)",
        at: start)
    }
    return value
  }

  private mutating func nanoseconds(_ what: String) throws(WorkloadError) -> Int64 {
    skipBlanks()
    let start = position
    let (seconds, billionths) = try decimal(what)
    guard seconds.magnitude < UInt(WorkloadLimits.secondsMax) else {
      throw error(
        "\(what) is beyond \(WorkloadLimits.secondsMax) s (WorkloadLimits.secondsMax)", at: start)
    }
    return Int64(seconds) * Seconds.nanoseconds + Int64(billionths)
  }

  /// A decimal number: what is before the point, and billionths with the same sign. Further digits
  /// are cut off.
  private mutating func decimal(_ what: String) throws(WorkloadError) -> (Int, Int) {
    try beginField(what)
    let start = position
    let isNegative = bytes[position] == UInt8(ascii: "-")
    if isNegative || bytes[position] == UInt8(ascii: "+") { position += 1 }
    var whole = 0
    let firstDigit = position
    while position < lineEnd, isDigit(bytes[position]) {
      let (product, overflow) = whole.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(bytes[position] - UInt8(ascii: "0")))
      guard !overflow, !carry else { throw error("\(what) is too large", at: start) }
      whole = sum
      position += 1
    }
    guard position > firstDigit else { throw error("\(what) is not a number", at: start) }
    var billionths = 0
    if position < lineEnd, bytes[position] == UInt8(ascii: ".") {
      position += 1
      var place = 100_000_000
      while position < lineEnd, isDigit(bytes[position]) {
        billionths += place * Int(bytes[position] - UInt8(ascii: "0"))
        place /= 10
        position += 1
      }
    }
    guard position == lineEnd || isBlank(bytes[position]) else {
      throw error("\(what) is not a number", at: start)
    }
    return isNegative ? (-whole, -billionths) : (whole, billionths)
  }

  private func error(_ message: String, at place: Int? = nil) -> WorkloadError {
    WorkloadError(line: line, column: (place ?? position) - lineStart + 1, message: message)
  }
}
