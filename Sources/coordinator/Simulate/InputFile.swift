import Foundation
import Subprocess
import SystemPackage

/// Reads what a simulation is about.
enum InputFile {
  /// The largest file that is read, after it was unpacked.
  static let bytesMax = 1 << 30

  /// A file's bytes, unpacked with `gzip` where its name ends with `.gz`.
  static func bytes(_ path: String, flag: String) async throws -> [UInt8] {
    let url = URL(filePath: path)
    let data: Data
    do {
      data = try Data(contentsOf: url)
    } catch {
      throw Failure(.usage, "\(flag) \(printable(path)): \(Failure.reason(error))")
    }
    guard path.hasSuffix(".gz") else {
      guard data.count <= bytesMax else { throw tooLarge(path, flag) }
      return [UInt8](data)
    }
    do {
      let unpacked = try await Subprocess.run(
        .name("gzip"), arguments: ["-dc", url.path(percentEncoded: false)],
        output: .bytes(limit: bytesMax), error: .string(limit: 4096))
      guard unpacked.terminationStatus.isSuccess else {
        let reason = unpacked.standardError.split(separator: "\n").first ?? "it failed"
        throw Failure(.usage, "\(flag) \(printable(path)): gzip: \(printable(String(reason)))")
      }
      return unpacked.standardOutput
    } catch let error as SubprocessError {
      throw Failure(
        .usage, "\(flag) \(printable(path)): it cannot be unpacked with gzip: \(error)")
    }
  }

  /// A file's text; bytes that are no UTF-8 become replacement characters.
  static func text(_ path: String, flag: String) async throws -> String {
    String(decoding: try await bytes(path, flag: flag), as: UTF8.self)
  }

  private static func tooLarge(_ path: String, _ flag: String) -> Failure {
    Failure(.usage, "\(flag) \(printable(path)): larger than \(bytesMax) bytes")
  }
}
