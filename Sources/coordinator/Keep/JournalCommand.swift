import ArgumentParser
import Coordination
import Durability
import Journal
import Model
import Storage

/// `coordinator journal`: what is kept, for people who want to look at it.
struct JournalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "journal",
    abstract: "Look at what a coordinator keeps.",
    discussion: """
      Examples:
        coordinator journal inspect
        coordinator journal verify --data-dir /var/lib/coordinator

      Nothing is changed. A coordinator may run meanwhile: its last batch may then be seen half written.
      """,
    subcommands: [InspectCommand.self, VerifyCommand.self, ExportCommand.self])
}

/// `coordinator journal inspect`: the files, and what is wrong with them.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "List the files of a journal with their contents.",
    discussion: """
      Examples:
        coordinator journal inspect
        coordinator journal inspect --data-dir /var/lib/coordinator --format json

      Exit codes: 0 all is as it was written, 1 something is damaged.
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let output = try outputOptions.output()
    let disk = try data.disk()
    let inspection = try DataOptions.reading { () throws(JournalError) in
      try JournalInspection(disk)
    }
    if output.isStructured {
      output.write(Self.json(inspection))
    } else {
      output.write(Self.table(inspection))
      for note in inspection.notes { output.hint(printable(note)) }
      for problem in inspection.problems { talk("error: \(printable("\(problem)"))") }
      if inspection.refusal != nil { talk("a coordinator would not start from this folder") }
    }
    if !inspection.problems.isEmpty { throw Failure.silent(.failed) }
  }

  private static func table(_ inspection: JournalInspection) -> Table {
    var table = Table(columns: [
      .init(title: "FILE", isFlexible: true), .init(title: "POSITIONS"),
      .init(title: "RECORDS", isRightAligned: true), .init(title: "BYTES", isRightAligned: true),
      .init(title: "EPOCH", isRightAligned: true), .init(title: "VERSION", isRightAligned: true),
    ])
    table.rows = inspection.snapshots.map { snapshot in
      [
        .init(snapshot.file.text), .init("to \(snapshot.position)"), "-",
        .init("\(snapshot.payloadBytes)"), .init("\(snapshot.epoch)"),
        .init("\(snapshot.version)"),
      ]
    }
    table.rows += inspection.segments.map { segment in
      [
        .init(segment.file.text),
        .init(
          segment.records == 0 ? "-" : "\(segment.header.position) to \(segment.lastPosition)"),
        .init("\(segment.records)"), .init("\(segment.bytes)"), .init("\(segment.header.epoch)"),
        .init("\(segment.header.version)"),
      ]
    }
    return table
  }

  private static func json(_ inspection: JournalInspection) -> JSONValue {
    let snapshots = inspection.snapshots.map { snapshot in
      JSONValue.object([
        .init("file", .string(snapshot.file.text)), .init("position", number(snapshot.position)),
        .init("bytes", number(snapshot.payloadBytes)), .init("epoch", number(snapshot.epoch)),
        .init("version", .integer(Int64(snapshot.version))),
      ])
    }
    let segments = inspection.segments.map { segment in
      JSONValue.object([
        .init("file", .string(segment.file.text)),
        .init("first_position", number(segment.header.position)),
        .init("last_position", number(segment.lastPosition)),
        .init("records", .integer(Int64(segment.records))),
        .init("batches", .integer(Int64(segment.batches))),
        .init("bytes", .integer(Int64(segment.bytes))),
        .init("valid_bytes", .integer(Int64(segment.validBytes))),
        .init("epoch", number(segment.header.epoch)),
        .init("version", .integer(Int64(segment.header.version))),
      ])
    }
    return .object([
      .init("snapshots", .array(snapshots)), .init("segments", .array(segments)),
      .init("notes", .array(inspection.notes.map(JSONValue.string))),
      .init("problems", .array(inspection.problems.map { .string("\($0)") })),
      .init("starts", .bool(inspection.refusal == nil)),
    ])
  }

  private static func number(_ value: UInt64) -> JSONValue { .integer(value) }
}

/// `coordinator journal verify`: reads all that a start reads, down to the meaning of every record.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check that a coordinator can start from a journal.",
    discussion: """
      Examples:
        coordinator journal verify
        coordinator journal verify --data-dir /backup/coordinator

      Exit codes: 0 a start would go on from it, 1 it would refuse, and the message says why and what to do.
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let output = try outputOptions.output()
    let disk = try data.disk()
    let coordinator = DataOptions.blankCoordinator()
    let report = try DataOptions.reading { () throws(JournalError) in
      try Recovery.rebuild(coordinator, from: JournalReader(disk)).report
    }
    guard !report.isNew else {
      throw Failure(.failed, "there is no journal in \(printable(disk.path))")
    }
    guard !output.isStructured else {
      output.write(
        .object([
          .init("position", .integer(Int64(clamping: coordinator.revision))),
          .init("records", .integer(Int64(report.records))),
          .init("snapshot", report.snapshot.map { .integer(Int64(clamping: $0)) } ?? .null),
          .init("leases", .integer(Int64(coordinator.leases))),
          .init("waiting", .integer(Int64(coordinator.waiting))),
          .init("repairs", .array(report.repairs.map(JSONValue.string))),
        ]))
      return
    }
    for repair in report.repairs { talk("warning: \(printable(repair))") }
    let source =
      report.snapshot.map { "the snapshot at position \($0) and \(report.records) records" }
      ?? "\(report.records) records"
    output.write(
      line: "valid to position \(coordinator.revision): \(source), \(coordinator.leases) leases, "
        + "\(coordinator.waiting) waiting")
  }
}

/// `coordinator journal export`: every decision as a line of JSON.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Print the decisions of a journal as JSON, one a line.",
    discussion: """
      Examples:
        coordinator journal export
        coordinator journal export --data-dir /var/lib/coordinator | jq 'select(.component == "trainer")'

      Decisions before the newest snapshot are not there any more. Tokens and secrets are left out.
      """)

  @OptionGroup var data: DataOptions

  func run() throws {
    let output = Output(
      format: .ndjson, terminal: Terminal(color: .never, environment: [:]), isQuiet: true)
    let disk = try data.disk()
    let coordinator = DataOptions.blankCoordinator()
    _ = try DataOptions.reading { () throws(JournalError) in
      try Recovery.rebuild(coordinator, from: JournalReader(disk)) { position, decision, at in
        output.write(
          streamed: DecisionView.json(decision, position: position, at: at, in: coordinator))
      }
    }
  }
}
