import ArgumentParser
import Durability
import Foundation
import Journal
import Model
import Storage

/// `coordinator backup`: the whole state as one file in a folder, from a running coordinator or one that is not.
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy all that a coordinator keeps into another folder.",
    discussion: """
      Examples:
        coordinator backup --to /backup/coordinator-2026-01-31
        coordinator backup --data-dir /var/lib/coordinator --to /backup/coordinator

      A coordinator may run meanwhile. The copy holds everything that was acknowledged before, and is read back before \
      the command ends. It holds tokens: keep it as safe as the original.
      """)

  @OptionGroup var data: DataOptions

  @Option(
    help: ArgumentHelp("Where the copy goes; made where it is not there.", valueName: "folder"))
  var to: String

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let output = try outputOptions.output()
    let source = try data.disk()
    let target = try Self.folder(to)
    let summary = try DataOptions.reading { () throws(JournalError) in
      try Backup.make(of: source, on: target.disk, settings: CoordinationSettings())
    }
    Self.tell(summary, "backed up to \(printable(to))", output)
  }

  static func folder(_ path: String) throws(Failure) -> DataDirectory {
    do { return try DataDirectory(path) } catch { throw Failure(.failed, printable("\(error)")) }
  }

  static func tell(_ summary: SnapshotSummary, _ what: String, _ output: Output) {
    if output.isStructured {
      output.write(
        .object([
          .init("file", .string(summary.file.text)),
          .init("position", .integer(Int64(clamping: summary.position))),
          .init("epoch", .integer(Int64(clamping: summary.epoch))),
          .init("bytes", .integer(Int64(clamping: summary.payloadBytes))),
        ]))
    } else {
      output.write(
        line: "\(what): \(summary.file), position \(summary.position), epoch \(summary.epoch), "
          + "\(summary.payloadBytes) bytes")
    }
  }
}

/// `coordinator restore`: begins a data directory with a backup.
struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Begin an empty data directory with a backup.",
    discussion: """
      Examples:
        coordinator restore --from /backup/coordinator-2026-01-31
        coordinator restore --from /backup/coordinator --data-dir /var/lib/coordinator

      What happened after the backup is lost: leases granted since are unknown, and those released since are held again \
      until they end. So the epoch of fencing numbers rises, and whoever checks them refuses the old holders.
      """)

  @OptionGroup var data: DataOptions

  @Option(help: ArgumentHelp("The folder with the backup.", valueName: "folder"))
  var from: String

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let output = try outputOptions.output()
    let source = try DataOptions.disk(from)
    let path = try StateDirectory.path(data.dataDir)
    let target = try BackupCommand.folder(path)
    let milliseconds = MomentText.wallClock.nanoseconds / 1_000_000
    let summary = try DataOptions.reading { () throws(JournalError) in
      try Backup.restore(
        source, to: target.disk, settings: CoordinationSettings(),
        lineage: UInt64.random(in: .min ... .max), epoch: UInt64(max(1, milliseconds)))
    }
    BackupCommand.tell(summary, "restored to \(printable(path))", output)
  }
}
