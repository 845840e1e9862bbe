import Model

/// Why a file is no trace: where, and what was expected there.
package struct TraceFileError: Error, Hashable, Sendable, CustomStringConvertible {
  package let file: String
  /// From 1.
  package let line: Int
  /// In bytes, from 1.
  package let column: Int
  package let message: String

  package var description: String { "\(file):\(line):\(column): \(message)" }
}

/// Reads the JSON files in which the availability of spot instances is published.
///
///     {"metadata": {"gap_seconds": 195, "zone": "us-east-1c",
///                   "price_info": {"price": 0.918, "on_demand_price": 3.06}},
///      "data": [0, 0, 1], "prices": [0.918, 0.92, 0.92]}
///
/// `data` says of each step whether spot instances were taken away (1) or could be had (0). The price
/// of a step is that of `prices`, where the file has them, or else the flat one of the metadata. Other
/// members are passed over.
package struct TraceFile {
  /// The largest trace that is read: two years in steps of a minute.
  package static let stepsMax = 1 << 20
  /// The highest price of an hour that is read, in dollars: the sum over all steps fits 63 bits of
  /// nano-dollars.
  package static let dollarsMax = 5000.0
  /// The longest step that is read, in seconds.
  package static let stepSecondsMax: Int64 = 7 * 86_400

  private let file: String
  private let bytes: [UInt8]
  private let root: JSONValue

  /// Reads a trace of one zone.
  ///
  /// - Parameters:
  ///   - bytes: the file's text.
  ///   - file: how errors name the file, and the zone where the metadata has no name.
  ///   - spotDollarsPerHour: a flat price that stands for the file's.
  ///   - onDemandDollarsPerHour: a price that stands for the file's; some files have none.
  package static func trace(
    _ bytes: [UInt8], file: String, spotDollarsPerHour: Double? = nil,
    onDemandDollarsPerHour: Double? = nil
  ) throws(TraceFileError) -> AvailabilityTrace {
    let reader = try TraceFile(bytes, file: file)
    let data = try reader.required("data", in: reader.top)
    let metadata = try reader.required("metadata", in: reader.top)
    let flags = try reader.elements(data)
    var isAvailable: [Bool] = []
    isAvailable.reserveCapacity(flags.count)
    for flag in flags { isAvailable.append(try reader.isAvailable(flag)) }
    let price = reader.member("price_info", in: metadata)
    return AvailabilityTrace(
      zone: reader.member("zone", in: metadata)?.value.stringValue ?? file,
      stepNanoseconds: try reader.step(try reader.required("gap_seconds", in: metadata)),
      isAvailable: isAvailable,
      spotNanodollars: try reader.spotPrices(
        given: spotDollarsPerHour, flat: price, owner: metadata, steps: isAvailable.count),
      onDemandNanodollars: try reader.onDemandPrice(
        given: onDemandDollarsPerHour, info: price, owner: metadata))
  }

  /// Reads a file of price series: an object with a list of dollars an hour for each zone, in the
  /// order of the file, as nano-dollars.
  package static func prices(
    _ bytes: [UInt8], file: String
  ) throws(TraceFileError) -> [(zone: String, nanodollars: [Int64])] {
    let reader = try TraceFile(bytes, file: file)
    guard case .object(let members) = reader.root else {
      throw reader.error(reader.top, "expected an object with a list of prices for each zone")
    }
    var series: [(zone: String, nanodollars: [Int64])] = []
    for (index, member) in members.enumerated() {
      let field = Field(value: member.value, steps: [index])
      var prices: [Int64] = []
      for element in try reader.elements(field) { prices.append(try reader.nanodollars(element)) }
      series.append((member.key, prices))
    }
    return series
  }

  /// The series of a trace's zone: under the zone's name, or under that with more behind a `_`, as in
  /// `us-east-1c_v100_1`. Nil where there is none.
  package static func series(
    for trace: AvailabilityTrace, in series: [(zone: String, nanodollars: [Int64])]
  ) -> [Int64]? {
    series.first { $0.zone == trace.zone || $0.zone.hasPrefix(trace.zone + "_") }?.nanodollars
  }

  private init(_ bytes: [UInt8], file: String) throws(TraceFileError) {
    self.file = file
    self.bytes = bytes
    do {
      root = try JSONParser.parse(bytes)
    } catch {
      throw TraceFileError(
        file: file, line: error.line, column: error.column, message: error.message)
    }
  }
}

extension TraceFile {
  /// A value, and the way to it.
  private struct Field {
    let value: JSONValue
    let steps: [Int]
  }

  private var top: Field { Field(value: root, steps: []) }

  private func error(_ field: Field, _ message: String) -> TraceFileError {
    let place = JSONLocation(of: field.steps, in: bytes)
    return TraceFileError(file: file, line: place.line, column: place.column, message: message)
  }

  /// The member of that name; nil where it is absent or null.
  private func member(_ name: String, in owner: Field) -> Field? {
    guard case .object(let members) = owner.value,
      let index = members.firstIndex(where: { $0.key == name }), members[index].value != .null
    else { return nil }
    return Field(value: members[index].value, steps: owner.steps + [index])
  }

  private func required(_ name: String, in owner: Field) throws(TraceFileError) -> Field {
    guard case .object = owner.value else {
      throw error(owner, "expected an object, got \(owner.value.kindName)")
    }
    guard let field = member(name, in: owner) else { throw error(owner, "`\(name)` is missing") }
    return field
  }

  private func elements(_ field: Field) throws(TraceFileError) -> [Field] {
    guard case .array(let values) = field.value, !values.isEmpty,
      values.count <= TraceFile.stepsMax
    else { throw error(field, "expected a list of 1 to \(TraceFile.stepsMax) numbers") }
    return values.enumerated().map { Field(value: $1, steps: field.steps + [$0]) }
  }

  private func isAvailable(_ field: Field) throws(TraceFileError) -> Bool {
    switch field.value.integerValue(as: Int.self) {
    case 0: return true
    case 1: return false
    default: throw error(field, "expected 0 (can be had) or 1 (taken away)")
    }
  }

  private func step(_ field: Field) throws(TraceFileError) -> Int64 {
    guard case .number(let text) = field.value,
      let nanoseconds = JSONValue.Decimal(text)?.integer(shiftedBy: 9), nanoseconds > 0,
      nanoseconds <= TraceFile.stepSecondsMax * 1_000_000_000
    else {
      throw error(field, "expected seconds above 0 and up to \(TraceFile.stepSecondsMax)")
    }
    return nanoseconds
  }

  private func nanodollars(_ field: Field) throws(TraceFileError) -> Int64 {
    guard let dollars = field.value.doubleValue, (0...TraceFile.dollarsMax).contains(dollars) else {
      throw error(field, "expected dollars an hour from 0 to \(Int64(TraceFile.dollarsMax))")
    }
    return TraceFile.nanodollars(dollars)
  }

  private static func nanodollars(_ dollars: Double) -> Int64 {
    SpotUnits.nanodollars(min(max(0, dollars), dollarsMax))
  }

  private func spotPrices(
    given: Double?, flat info: Field?, owner: Field, steps: Int
  ) throws(TraceFileError) -> [Int64] {
    if let given { return [TraceFile.nanodollars(given)] }
    if let series = member("prices", in: top) {
      var prices: [Int64] = []
      for element in try elements(series) { prices.append(try nanodollars(element)) }
      guard prices.count == steps else {
        throw error(series, "expected \(steps) prices, one for each step, got \(prices.count)")
      }
      return prices
    }
    return [try nanodollars(try required("price", in: info ?? owner))]
  }

  private func onDemandPrice(
    given: Double?, info: Field?, owner: Field
  ) throws(TraceFileError) -> Int64 {
    if let given { return TraceFile.nanodollars(given) }
    guard let info, let price = member("on_demand_price", in: info) else {
      throw error(
        info ?? owner, "`on_demand_price` is missing; give the price of an on-demand hour")
    }
    return try nanodollars(price)
  }
}
