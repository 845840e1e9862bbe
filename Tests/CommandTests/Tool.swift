import Foundation
import Subprocess
import SystemPackage
import Testing

/// The built program, run as users run it.
struct Tool {
  /// Beside the test bundle, where the build puts it.
  static let path: String = {
    let bundle = Bundle.allBundles.map(\.bundleURL).first { $0.pathExtension == "xctest" }
    let folder =
      bundle?.deletingLastPathComponent()
      ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    return folder.appending(path: "coordinator").path
  }()

  struct Result {
    let code: Int32
    let out: String
    let err: String

    var json: Any? { try? JSONSerialization.jsonObject(with: Data(out.utf8)) }
    var object: [String: Any] { json as? [String: Any] ?? [:] }
  }

  private struct TooSlow: Error, CustomStringConvertible {
    let description: String
  }

  /// The environment of a user who has set nothing of ours.
  static let plainEnvironment: [String: String] = {
    let own = ProcessInfo.processInfo.environment
    var kept = own.filter { ["HOME", "LANG", "LD_LIBRARY_PATH", "PATH"].contains($0.key) }
    kept["COORDINATOR_COMPONENT"] = "tester"
    return kept
  }()

  /// Runs the program to its end, which is at most `limit` away.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], limit: Duration = .seconds(60)
  ) async throws -> Result {
    let all = plainEnvironment.merging(environment) { $1 }
    let keyed = Dictionary(
      uniqueKeysWithValues: all.compactMap { entry in
        Subprocess.Environment.Key(rawValue: entry.key).map { ($0, entry.value) }
      })
    return try await withThrowingTaskGroup(of: Result?.self) { group in
      group.addTask {
        let result = try await Subprocess.run(
          .path(FilePath(path)), arguments: Arguments(arguments), environment: .custom(keyed),
          output: .string(limit: 4 << 20), error: .string(limit: 4 << 20))
        let code: Int32 =
          switch result.terminationStatus {
          case .exited(let code): code
          case .signaled(let signal): 128 + signal
          }
        return Result(
          code: code, out: result.standardOutput, err: result.standardError)
      }
      group.addTask {
        try await Task.sleep(for: limit)
        return nil
      }
      defer { group.cancelAll() }
      guard let first = try await group.next(), let result = first else {
        throw TooSlow(description: "coordinator \(arguments) took longer than \(limit)")
      }
      return result
    }
  }

  static func run(
    _ arguments: String..., environment: [String: String] = [:]
  ) async throws -> Result {
    try await run(arguments, environment: environment)
  }
}
