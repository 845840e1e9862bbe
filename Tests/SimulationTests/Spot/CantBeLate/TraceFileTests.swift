import Model
import Simulation
import Testing

@Suite struct TraceFileTests {
  static let metadata =
    #""metadata": {"gap_seconds": 195, "zone": "a", "price_info": {"price": 0.918, "on_demand_price": 3.06}}"#

  static func read(
    _ text: String, spot: Double? = nil, onDemand: Double? = nil
  ) throws(TraceFileError) -> AvailabilityTrace {
    try TraceFile.trace(
      Array(text.utf8), file: "t.json", spotDollarsPerHour: spot, onDemandDollarsPerHour: onDemand)
  }

  @Test func `a step with 0 has spot instances, at the flat price of the metadata`() throws {
    let trace = try Self.read("{\(Self.metadata), \"data\": [0, 1, 0, 0]}")
    #expect(trace.zone == "a")
    #expect(trace.stepNanoseconds == 195_000_000_000)
    #expect(trace.isAvailable == [true, false, true, true])
    #expect(trace.availability == 0.75)
    #expect(trace.spotNanodollars(at: 3) == 918_000_000)
    #expect(trace.onDemandNanodollars == 3_060_000_000)
    #expect(!trace.hasSpot(at: 4))
  }

  @Test func `prices of steps go before the flat one, and given prices before both`() throws {
    let text = "{\(Self.metadata), \"data\": [0, 1], \"prices\": [0.5, 14.853439999999999]}"
    #expect(try Self.read(text).spotNanodollars == [500_000_000, 14_853_440_000])
    let given = try Self.read(text, spot: 2, onDemand: 4)
    #expect(given.spotNanodollars == [2_000_000_000])
    #expect(given.onDemandNanodollars == 4_000_000_000)
  }

  @Test func `a file of price series has a list for each zone`() throws {
    let series = try TraceFile.prices(Array(#"{"b": [1.5], "a": [0.25, 1]}"#.utf8), file: "p")
    #expect(series.map(\.zone) == ["b", "a"])
    #expect(series.map(\.nanodollars) == [[1_500_000_000], [250_000_000, 1_000_000_000]])
  }

  @Test func `a trace takes the series of its zone, and the last price where that ends`() throws {
    let trace = try Self.read("{\(Self.metadata), \"data\": [0, 1, 0]}")
    let text = #"{"ab_1": [9], "a_v100_1": [1, 2]}"#
    let series = try TraceFile.prices(Array(text.utf8), file: "p")
    let prices = try #require(TraceFile.series(for: trace, in: series))
    #expect(trace.priced(prices).spotNanodollars == [1_000_000_000, 2_000_000_000, 2_000_000_000])
    #expect(trace.priced([1, 2, 3, 4]).spotNanodollars == [1, 2, 3])
    #expect(TraceFile.series(for: trace, in: [("b", [1])]) == nil)
  }

  @Test(arguments: [
    ("{", 1, 2, ""),
    ("[]", 1, 1, "expected an object"),
    ("{\(metadata)}", 1, 1, "`data` is missing"),
    ("{\(metadata),\n\"data\": [0, 2]}", 2, 13, "expected 0 (can be had) or 1"),
    ("{\(metadata),\n\"data\": []}", 2, 9, "expected a list of 1 to"),
    ("{\(metadata),\n\"data\": [0], \"prices\": [1, 2]}", 2, 24, "expected 1 prices"),
    ("{\(metadata),\n\"data\": [0], \"prices\": [-1]}", 2, 25, "expected dollars an hour"),
    ("{\"data\": [0],\n\"metadata\": {\"gap_seconds\": 0}}", 2, 29, "expected seconds above 0"),
    ("{\"data\": [0],\n\"metadata\": {\"gap_seconds\": 1}}", 2, 13, "`price` is missing"),
    (
      "{\"data\": [0],\n\"metadata\": {\"gap_seconds\": 1, \"price_info\": {\"price\": 1}}}", 2, 46,
      "`on_demand_price` is missing"
    ),
  ])
  func `what is wrong is told with its place`(
    text: String, line: Int, column: Int, message: String
  ) throws {
    let error = #expect(throws: TraceFileError.self) { try Self.read(text) }
    #expect(error?.line == line)
    #expect(error?.column == column, "\(error.map(String.init(describing:)) ?? "")")
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.description.hasPrefix("t.json:\(line):\(column): ") == true)
  }
}
