package import Foundation

/// The files of public traces of spot availability, where they are at hand.
package enum SpotTraceFiles {
  package static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "shared/data/spot")
  package static let isPresent = FileManager.default.fileExists(
    atPath: url("us-east-1c").path(percentEncoded: false))
  package static let absence =
    "the traces are absent: ../shared/data/spot; see Docs/SPOT_POLICIES.md"

  package static func url(_ zone: String) -> URL { folder.appending(path: "\(zone)_v100_1.json") }
}
