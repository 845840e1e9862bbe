import Coordination
import Durability
import Journal
import Logging
package import Model
import NIOCore
import Storage

/// Where the coordinator keeps what it must not forget.
package enum ServerStorage: Sendable {
  /// Nowhere: a stop forgets everything.
  case ephemeral
  /// In a folder of its own, made where it is not there.
  case directory(path: String, given: GivenSettings)
}

/// The coordinator's state cannot be opened: what is wrong, and what to do.
package struct StorageError: Error, Sendable, CustomStringConvertible {
  package var description: String
}

/// A coordinator ready to serve, with its journal if it has one.
struct Opened {
  let coordinator: Coordinator
  let keeper: JournalKeeper?
  let lastPosition: UInt64
  /// Not before the last decision, should the machine's clock have been set back.
  let clock: SystemClock
}

extension Opened {
  /// Makes a new coordinator, or one that goes on from its journal. Takes as long as reading the journal does.
  static func open(
    _ storage: ServerStorage, settings: CoordinationSettings, clock: SystemClock, logger: Logger
  ) throws(StorageError) -> Opened {
    let now = clock.now
    let freshEpoch = UInt64(max(1, now.nanoseconds / 1_000_000))
    switch storage {
    case .ephemeral:
      let coordinator = Coordinator(
        settings: settings, epoch: freshEpoch, hashSeed: SystemEntropy.word(),
        entropy: SystemEntropy.make(), at: now)
      tellOfLearning(coordinator, logger)
      return Opened(coordinator: coordinator, keeper: nil, lastPosition: 0, clock: clock)
    case .directory(let path, let given):
      let directory: DataDirectory
      do { directory = try DataDirectory(path) } catch {
        throw StorageError(description: error.description)
      }
      let circumstances = StartCircumstances(
        now: now, hashSeed: SystemEntropy.word(), lineage: SystemEntropy.word(),
        newEpoch: freshEpoch)
      do {
        try directory.disk.forgetCached()
        let recovered = try Recovery.open(
          directory.disk, settings: settings, given: given, entropy: SystemEntropy.make(),
          circumstances: circumstances)
        let coordinator = recovered.coordinator
        let lag = recovered.clockLag
        if lag > .zero {
          logger.warning("the clock was set back by \(lag.seconds) s; time goes on from before")
        }
        tellOfLearning(coordinator, logger)
        tell(recovered.report, coordinator: coordinator, path, logger)
        let writer = recovered.takeWriter()
        let position = writer.lastPosition
        return Opened(
          coordinator: coordinator,
          keeper: JournalKeeper(directory, writer: writer, settings: settings, logger: logger),
          lastPosition: position, clock: clock.ahead(by: lag))
      } catch {
        throw StorageError(description: "cannot start from the data directory \(path): \(error)")
      }
    }
  }

  private static func tellOfLearning(_ coordinator: Coordinator, _ logger: Logger) {
    guard let end = coordinator.learningEnd else { return }
    logger.warning(
      "learning: nothing is granted until holders have announced their leases",
      metadata: [
        "seconds": "\((end - coordinator.now).seconds)", "epoch": "\(coordinator.epoch)",
      ])
  }

  private static func tell(
    _ report: RecoveryReport, coordinator: Coordinator, _ path: String, _ logger: Logger
  ) {
    for repair in report.repairs { logger.warning("journal: \(repair)") }
    for change in report.changes { logger.notice("configuration: \(change)") }
    guard !report.isNew else { return }
    logger.info(
      "recovered",
      metadata: [
        "directory": "\(path)", "leases": "\(coordinator.leases)",
        "waiting": "\(coordinator.waiting)", "revision": "\(coordinator.revision)",
        "records": "\(report.records)",
      ])
  }
}
