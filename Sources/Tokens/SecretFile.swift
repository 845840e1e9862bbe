import Foundation

/// A file of secrets cannot be used: what is wrong and what to do. Says nothing of what is in it.
package struct SecretError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// Reads files that nobody but their owner may read.
package enum SecretFile {
  /// What tells one state of a file from another.
  package struct Stamp: Hashable, Sendable {
    let modified: Date
    let bytes: Int
    let number: Int
  }

  private static func attributes(_ path: String) throws(SecretError) -> [FileAttributeKey: Any] {
    // The file itself, where the path is a link to it.
    let resolved = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    do {
      return try FileManager.default.attributesOfItem(atPath: resolved)
    } catch {
      throw SecretError(
        FileManager.default.fileExists(atPath: resolved)
          ? "cannot look at \(path); allow this user to" : "there is no file \(path)")
    }
  }

  /// Nil if the file cannot be looked at.
  package static func stamp(_ path: String) -> Stamp? {
    guard let all = try? attributes(path) else { return nil }
    return Stamp(
      modified: all[.modificationDate] as? Date ?? .distantPast, bytes: all[.size] as? Int ?? 0,
      number: all[.systemFileNumber] as? Int ?? 0)
  }

  /// Refuses a file that others than its owner may read or change.
  package static func checkPermissions(_ path: String) throws(SecretError) {
    guard let mode = try attributes(path)[.posixPermissions] as? Int else { return }
    guard mode & 0o077 == 0 else {
      throw SecretError(
        "\(path) is open to others than its owner (mode 0\(String(mode & 0o777, radix: 8))); run: chmod 600 \(path)"
      )
    }
  }

  /// The file's text. Throws if it is open to others, too large, missing or no text.
  package static func read(_ path: String, bytesMax: Int) throws(SecretError) -> String {
    try checkPermissions(path)
    let data: Data
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      data = try handle.read(upToCount: bytesMax + 1) ?? Data()
    } catch {
      throw SecretError("cannot read \(path); allow this user to")
    }
    guard data.count <= bytesMax else {
      throw SecretError("\(path) is larger than \(bytesMax) bytes")
    }
    guard let text = String(bytes: data, encoding: .utf8) else {
      throw SecretError("\(path) is not UTF-8 text")
    }
    return text
  }
}
