import Model
import Simulation
import TestSupport
import Testing

@Suite struct StandardWorkloadFormatTests {
  typealias Format = StandardWorkloadFormat

  /// A row with the fields that matter; the others are unknown.
  static func row(
    _ job: Int, submit: String = "0", run: String = "10", allocated: String = "4",
    requested: String = "4", time: String = "20"
  ) -> String {
    "\(job) \(submit) -1 \(run) \(allocated) -1 -1 \(requested) \(time) -1 1 7 8 -1 3 -1 -1 -1"
  }

  static func read(_ lines: [String]) throws -> Format.Log {
    try Format.read(Array(lines.joined(separator: "\n").utf8))
  }

  static func filtered(_ lines: [String], processors: Int = 10) throws -> (Workload, FilterReport) {
    Format.workload(of: try read(lines), processors: processors)
  }

  @Test func `a log has its header and its rows`() throws {
    let log = try Self.read([
      "; Version: 2.2", ";Computer:  IBM SP2 ", "; only words", "; MaxNodes: 64", ";MaxProcs: 128",
      "", "  " + Self.row(1, submit: "5") + "\r", "\t" + Self.row(2, submit: "6.25"),
    ])
    #expect(log.header.map(\.key) == ["Version", "Computer", "MaxNodes", "MaxProcs"])
    #expect(log.header[1].value == "IBM SP2" && log.processors == 128)
    #expect(log.rows.map(\.submitNanoseconds) == [5_000_000_000, 6_250_000_000])
    let first = log.rows[0]
    #expect(first.user == 7 && first.group == 8 && first.queue == 3 && first.status == 1)
    #expect(log.first(1).rows.count == 1 && log.first(5).rows.count == 2)
  }

  @Test func `the number of nodes counts where that of processors is missing`() throws {
    #expect(try Self.read(["; MaxNodes: 64"]).processors == 64)
    #expect(try Self.read(["; MaxProcs: many"]).processors == nil)
    #expect(try Self.read([]).processors == nil)
  }

  @Test func `each rule drops or changes its rows and says how many`() throws {
    let (workload, report) = try Self.filtered([
      Self.row(1, allocated: "11"), Self.row(2, requested: "11"),
      Self.row(3, requested: "-1"), Self.row(4, allocated: "0", requested: "5"),
      Self.row(5, allocated: "-1", requested: "-1"), Self.row(6, run: "0"), Self.row(7, run: "-1"),
      Self.row(8, time: "0"), Self.row(9, run: "30"), Self.row(10, submit: "-5"),
      Self.row(11, allocated: "6", requested: "2"),
    ])
    #expect(workload.jobs.map(\.id) == [3, 4, 9, 11])
    #expect(workload.jobs.map(\.processors) == [4, 5, 4, 2], "what was requested counts")
    #expect(workload.jobs[2].runSeconds == 20)
    var expected = FilterReport()
    expected.rowsRead = 11
    expected.rowsKept = 4
    expected.tooManyProcessors = 2
    expected.processorsCopied = 2
    expected.noProcessors = 1
    expected.noRunTime = 2
    expected.noRequestedTime = 1
    expected.runTimeShortened = 1
    expected.negativeSubmission = 1
    #expect(report == expected)
    #expect(report.lines.first == "11 rows read, 4 kept" && report.lines.count == 8)
  }

  @Test func `a log without estimates keeps its run times`() throws {
    let (workload, report) = try Self.filtered([
      Self.row(1, time: "-1"), Self.row(2, run: "30", time: "-1"),
    ])
    #expect(workload.jobs.map(\.runSeconds) == [10, 30] && !workload.hasEstimates)
    #expect(report.rowsKept == 2 && report.runTimeShortened == 0)
  }

  @Test func `rows out of order are sorted, those of one second as in the log`() throws {
    let (workload, report) = try Self.filtered([
      Self.row(1, submit: "9"), Self.row(2, submit: "5"), Self.row(3, submit: "9"),
      Self.row(4, submit: "5"),
    ])
    #expect(workload.jobs.map(\.id) == [2, 4, 1, 3])
    #expect(report.outOfOrder == 2)
  }

  @Test(arguments: [
    ("1 2 3", 1, 6, "the row ends before the run time; a row has 18 fields"),
    (row(1) + " 5", 1, 47, "a row has 18 fields, and this one has more"),
    ("\n" + row(1, run: "ten"), 2, 8, "the run time is not a number"),
    (row(1, run: "1.2.3"), 1, 8, "the run time is not a number"),
    (row(1, allocated: "2.5"), 1, 11, "the number of allocated processors is not a whole number"),
    (
      row(1, submit: "99999999999"), 1, 3,
      "the submission is beyond 3000000000 s (WorkloadLimits.secondsMax)"
    ),
    (row(1, submit: "99999999999999999999"), 1, 3, "the submission is too large"),
    (
      row(1, requested: "2000000000"), 1, 19,
      "the number of requested processors is more than 1000000000 (WorkloadLimits.processorsMax)"
    ),
    ("x" + row(1), 1, 1, "the job's number is not a number"),
    (row(1).replacing("-1 1 7", with: "x 1 7"), 1, 24, "field 10 is not a number"),
  ])
  func `a text that is no log says where and why`(
    text: String, line: Int, column: Int, message: String
  ) {
    #expect(throws: (any Error).self) { try Format.read(Array(text.utf8)) }
    do throws(WorkloadError) {
      _ = try Format.read(Array(text.utf8))
    } catch {
      #expect(error.line == line && error.column == column, "\(error)")
      #expect(error.message == message)
    }
  }

  @Test func `a line without an end is not taken`() {
    let line = Array(repeating: UInt8(ascii: "1"), count: WorkloadLimits.lineBytesMax + 1)
    #expect(throws: WorkloadError.self) { try Format.read(line) }
    let comment = [UInt8(ascii: ";")] + line
    #expect(throws: WorkloadError.self) { try Format.read(comment) }
  }

  @Test(arguments: TestSeed.all(30))
  func `no bytes bring the reader down`(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let good = Array((Self.row(1) + "\n; MaxProcs: 5\n" + Self.row(2)).utf8)
    for _ in 0..<300 {
      var bytes = good
      for _ in 0...random.below(4) {
        let place = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes.remove(at: place)
        default: bytes.insert(random.pick(Array("-.; \n0189e".utf8)), at: place)
        }
      }
      guard let log = try? Format.read(bytes) else { continue }
      let (workload, report) = Format.workload(of: log, processors: 10)
      #expect(workload.jobs.count == report.rowsKept)
    }
  }

  @Test func `what is written reads back`() throws {
    let written = LublinModel(processors: 100).workload(jobs: 200, seed: 1)
      .with(JobTraits(users: 5, estimateExcess: 2), seed: 2)
    let text = Format.text(of: written, comments: ["Computer: none", "Note: generated"])
    let log = try Format.read(Array(text.utf8))
    let (read, report) = Format.workload(of: log, processors: 100)
    #expect(read == written && report.lines.count == 1)
    #expect(log.header.contains { $0.key == "Computer" && $0.value == "none" })
  }
}
