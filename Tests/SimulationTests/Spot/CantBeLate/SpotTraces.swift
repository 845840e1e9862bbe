import Foundation
import Model
import Simulation
import TestSupport

/// The public traces of spot availability, where their files are at hand.
enum SpotTraces {
  static let isPresent = SpotTraceFiles.isPresent
  static let absence = SpotTraceFiles.absence

  static func trace(_ zone: String) throws -> AvailabilityTrace {
    try TraceFile.trace([UInt8](Data(contentsOf: SpotTraceFiles.url(zone))), file: zone)
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
