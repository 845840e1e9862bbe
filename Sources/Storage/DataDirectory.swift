import Foundation
import Glibc

/// The folder of one coordinator's journal, which no other process uses as long as this value lives.
package final class DataDirectory: Sendable {
  package let path: String
  package let disk: FolderDisk
  private let lock: Int32

  /// Why the folder cannot be used; what, and what to do.
  package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
  }

  /// The name of the file that is locked. It stays when the process ends, and is not locked any more then.
  static let lockName = "lock"

  /// Makes the folder if it is not there, and locks it.
  package init(_ path: String) throws(Refusal) {
    self.path = path
    do throws(SystemError) {
      try DataDirectory.make(path)
    } catch {
      throw Refusal(
        description: "cannot make the data directory \(path): \(SystemCalls.message(error.code)); "
          + "take another with --data-dir, or keep nothing with --ephemeral")
    }
    lock = try DataDirectory.lock(path)
    disk = FolderDisk(path: path)
  }

  deinit {
    SystemCalls.close(lock)
  }

  private static func make(_ path: String) throws(SystemError) {
    let parts = path.split(separator: "/")
    for count in parts.indices {
      let parent = (path.hasPrefix("/") ? "/" : "") + parts[...count].joined(separator: "/")
      if !FileManager.default.fileExists(atPath: parent) { try SystemCalls.makeDirectory(parent) }
    }
  }

  private static func lock(_ path: String) throws(Refusal) -> Int32 {
    let file = path + "/" + lockName
    do throws(SystemError) {
      let descriptor = try SystemCalls.open(file, O_RDWR | O_CREAT)
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let error = SystemError.last
        SystemCalls.close(descriptor)
        throw error
      }
      _ = ftruncate(descriptor, 0)
      try SystemCalls.append(Array("\(getpid())".utf8), to: descriptor)
      return descriptor
    } catch {
      let cause =
        error.code == EWOULDBLOCK
        ? "the data directory \(path) is used by another coordinator\(owner(of: file))"
        : "cannot use the data directory \(path): \(SystemCalls.message(error.code))"
      throw Refusal(
        description: cause + "; take another with --data-dir, or keep nothing with --ephemeral")
    }
  }

  /// The process that wrote its number into the locked file.
  private static func owner(of file: String) -> String {
    let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
    return text.isEmpty ? "" : " (process \(text))"
  }
}
