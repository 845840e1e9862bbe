import Foundation
package import Monitoring

/// Reads the process's own numbers from the operating system.
package enum ProcessReader {
  /// Nil where there is no `/proc`.
  package static func read() -> ProcessNumbers? {
    guard let stat = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
      let behindName = stat.split(separator: ")").last
    else { return nil }
    let fields = behindName.split(separator: " ")
    guard fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]),
      let virtual = Int64(fields[20]), let residentPages = Int64(fields[21]),
      let startTicks = Double(fields[19])
    else { return nil }
    let ticksPerSecond = 100.0
    let open = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0
    return ProcessNumbers(
      cpuSeconds: (user + system) / ticksPerSecond, residentMemoryBytes: residentPages * 4096,
      virtualMemoryBytes: virtual, openFiles: Int64(open), openFilesMax: openFilesMax(),
      startTimeSeconds: bootTime() + startTicks / ticksPerSecond)
  }

  private static func openFilesMax() -> Int64 {
    guard let limits = try? String(contentsOfFile: "/proc/self/limits", encoding: .utf8),
      let line = limits.split(separator: "\n").first(where: { $0.hasPrefix("Max open files") })
    else { return 0 }
    let fields = line.split(separator: " ", omittingEmptySubsequences: true)
    return fields.count > 3 ? Int64(fields[3]) ?? 0 : 0
  }

  private static func bootTime() -> Double {
    guard let stat = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
      let line = stat.split(separator: "\n").first(where: { $0.hasPrefix("btime ") })
    else { return 0 }
    return Double(line.dropFirst(6)) ?? 0
  }
}
