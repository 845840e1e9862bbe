package import Coordination
package import Journal
package import Model

/// A coordinator that goes on from its journal, and what was found on the way.
package struct Recovered<Files: Disk>: ~Copyable {
  package let coordinator: Coordinator
  package let report: RecoveryReport
  /// How far the machine's clock is behind the last decision, because it was set back. The shell adds it to its clock: the
  /// coordinator's time would otherwise stand still for so long, and no lease would end and no wait.
  package let clockLag: TimeSpan
  private let writer: JournalWriter<Files>

  init(
    coordinator: Coordinator, report: RecoveryReport, clockLag: TimeSpan,
    writer: consuming JournalWriter<Files>
  ) {
    self.coordinator = coordinator
    self.report = report
    self.clockLag = clockLag
    self.writer = writer
  }

  /// Hands over the journal, which goes on behind what was recovered.
  package consuming func takeWriter() -> JournalWriter<Files> { writer }
}

/// What a start found, for people.
package struct RecoveryReport: Hashable, Sendable {
  /// Whether there was no journal.
  package var isNew: Bool
  /// The position of the snapshot that was read; nil without one.
  package var snapshot: UInt64?
  /// Records read behind it.
  package var records = 0
  /// Snapshots that were passed over, and a torn tail that was dropped.
  package var repairs: [String] = []
  /// What the configuration changed: ``Coordinator/resume(_:given:epoch:at:)``.
  package var changes: [String] = []
}

/// Why a coordinator does not start from its data directory.
package enum RecoveryError: Error, CustomStringConvertible {
  case journal(JournalError)
  case conflict(ConfigurationConflict)

  package var description: String {
    switch self {
    case .journal(let error): error.description
    case .conflict(let conflict): conflict.description
    }
  }
}

/// What of a start is chance or time, so that a simulator can say it.
package struct StartCircumstances: Sendable {
  package var now: Instant
  /// A secret of the process.
  package var hashSeed: UInt64
  /// A random number for a journal that is new.
  package var lineage: UInt64
  /// The epoch of a journal that is new: higher than that of any state that was lost.
  package var newEpoch: UInt64

  package init(now: Instant, hashSeed: UInt64, lineage: UInt64, newEpoch: UInt64) {
    self.now = now
    self.hashSeed = hashSeed
    self.lineage = lineage
    self.newEpoch = newEpoch
  }
}

/// Rebuilds a coordinator from a journal: the newest snapshot, the records behind it, then what the configuration says.
package enum Recovery {
  /// Opens the journal of a disk that nobody else uses, and repairs it.
  ///
  /// What recovery itself decides is in the coordinator's log: it is to be written as everything that follows.
  package static func open<Files: Disk>(
    _ disk: Files, settings: CoordinationSettings, given: GivenSettings, entropy: Entropy,
    circumstances: StartCircumstances, limits: JournalLimits = JournalLimits()
  ) throws(RecoveryError) -> Recovered<Files> {
    let coordinator = Coordinator(
      recovering: settings, hashSeed: circumstances.hashSeed, entropy: entropy,
      startedAt: circumstances.now)
    var report: RecoveryReport
    let writer: JournalWriter<Files>
    do throws(JournalError) {
      let reader = try JournalReader(disk, limits: limits)
      let end: JournalEnd
      (end, report) = try rebuild(coordinator, from: reader)
      writer = try JournalWriter(
        disk, after: end, lineage: circumstances.lineage,
        epoch: report.isNew ? circumstances.newEpoch : end.epoch, limits: limits)
    } catch {
      throw .journal(error)
    }
    do throws(ConfigurationConflict) {
      report.changes = try coordinator.resume(
        settings, given: given, epoch: writer.epoch, at: circumstances.now)
    } catch {
      throw .conflict(error)
    }
    return Recovered(
      coordinator: coordinator, report: report,
      clockLag: max(.zero, coordinator.now - circumstances.now), writer: writer)
  }

  /// Applies all that the reader has to a coordinator made for recovery.
  ///
  /// - Parameter look: is shown every decision before it is applied.
  package static func rebuild<Files: Disk>(
    _ coordinator: Coordinator, from reader: JournalReader<Files>,
    showing look: (_ position: UInt64, _ decision: Decision, _ at: Instant) -> Void = { _, _, _ in }
  ) throws(JournalError) -> (end: JournalEnd, report: RecoveryReport) {
    var report = RecoveryReport(isNew: reader.files.isEmpty, snapshot: reader.snapshot?.position)
    report.repairs = reader.damagedSnapshots.map { "passed over a damaged snapshot: \($0)" }
    if reader.snapshot != nil {
      var state = StateReader(coordinator)
      try reader.readSnapshot { chunk throws(JournalError) in
        do { try state.read(chunk) } catch {
          throw .unreadable("the snapshot holds no state (\(error))")
        }
      }
      do { try state.finish() } catch {
        throw .unreadable("the snapshot holds no whole state (\(error))")
      }
    }
    let end = try reader.readRecords { position, record throws(JournalError) in
      do throws(ByteSource.Malformed) {
        try coordinator.replay(record, revision: position) { look(position, $0, $1) }
      } catch {
        throw .unreadable("the record means nothing (\(error))", position: position)
      }
      report.records += 1
    }
    if let tail = end.droppedTail { report.repairs.append(tail.sentence) }
    return (end, report)
  }
}
