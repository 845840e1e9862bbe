import Foundation
import Model
import Simulation

/// The public traces of spot availability, where their files are at hand.
enum SpotTraces {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "shared/data/spot")
  static let isPresent = FileManager.default.fileExists(
    atPath: folder.appending(path: "us-east-1c_v100_1.json").path)
  static let absence: String =
    "the traces are absent: ../shared/data/spot; see Docs/SPOT_POLICIES.md"

  static func trace(_ zone: String) throws -> AvailabilityTrace {
    let file = folder.appending(path: "\(zone)_v100_1.json")
    return try TraceFile.trace([UInt8](Data(contentsOf: file)), file: zone)
  }

  /// A trace with a step for each character: `S` has spot instances, `-` has none.
  static func made(
    _ steps: String, stepSeconds: Int64 = 3600, spotDollars: Double = 1, onDemandDollars: Double = 3
  ) -> AvailabilityTrace {
    AvailabilityTrace(
      zone: "z", stepNanoseconds: stepSeconds * 1_000_000_000, isAvailable: steps.map { $0 == "S" },
      spotNanodollars: [SpotUnits.nanodollars(spotDollars)],
      onDemandNanodollars: SpotUnits.nanodollars(onDemandDollars))
  }
}
