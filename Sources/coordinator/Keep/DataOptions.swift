import ArgumentParser
import Coordination
import Durability
import Foundation
import Journal
import Model
import Storage

/// Which folder a command about kept state looks at.
struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The coordinator's data directory. Default: the user's state directory.",
      valueName: "folder"))
  var dataDir: String?

  /// The folder for reading, which a running coordinator may go on writing to.
  func disk() throws(Failure) -> FolderDisk {
    let path = try StateDirectory.path(dataDir)
    return try DataOptions.disk(path)
  }

  static func disk(_ path: String) throws(Failure) -> FolderDisk {
    guard (try? FileManager.default.contentsOfDirectory(atPath: path)) != nil else {
      throw Failure(.usage, "there is no folder \(printable(path)) that can be read")
    }
    return FolderDisk(path: path)
  }

  /// A coordinator that is only filled, never asked.
  static func blankCoordinator() -> Coordinator {
    Coordinator(
      recovering: CoordinationSettings(), hashSeed: 0, entropy: Entropy(seed: 0), startedAt: .epoch)
  }

  /// Runs the body; an error of the journal is the end, in words.
  static func reading<Value>(_ body: () throws(JournalError) -> Value) throws(Failure) -> Value {
    do { return try body() } catch { throw Failure(.failed, printable("\(error)")) }
  }
}
