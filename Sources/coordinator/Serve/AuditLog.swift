import Access
import Foundation
import Logging
import Model
import NIOConcurrencyHelpers

/// Where administrative calls are written to: a file of JSON lines, or the log.
final class AuditLog: Sendable {
  private let path: String?
  private let handle: NIOLockedValueBox<FileHandle?>
  private let logger: Logger

  /// - Parameters:
  ///   - path: the file; nil = the log.
  ///   - logger: the log, and what is told where the file cannot be written.
  init(path: String?, logger: Logger) throws(Failure) {
    self.path = path
    self.logger = logger
    handle = NIOLockedValueBox(try path.map(AuditLog.open))
  }

  func write(_ entry: AuditEntry, peer: String) {
    let isWritten = handle.withLockedValue { handle -> Bool in
      guard let handle else { return false }
      let line = entry.line(time: MomentText.rfc3339(entry.time), peer: peer)
      do {
        try handle.write(contentsOf: Data((line + "\n").utf8))
        return true
      } catch {
        logger.error(
          "the audit log cannot be written", metadata: ["error": "\(Failure.reason(error))"])
        return false
      }
    }
    guard !isWritten else { return }
    var metadata: Logger.Metadata = [
      "principal": "\(entry.principal?.string ?? "")", "peer": "\(peer)",
      "arguments": "\(JSONValue.object(entry.arguments).text)", "outcome": "\(entry.outcome)",
    ]
    if let trace = entry.trace { metadata["trace_id"] = "\(trace.traceID)" }
    logger.notice("\(entry.method.name)", metadata: metadata)
  }

  /// Opens the file anew: it may have been moved away to make room for the next.
  func reopen() {
    guard let path else { return }
    do throws(Failure) {
      let fresh = try AuditLog.open(path)
      let old = handle.withLockedValue { handle -> FileHandle? in
        defer { handle = fresh }
        return handle
      }
      try? old?.close()
    } catch {
      logger.error("the audit log stays where it was", metadata: ["error": "\(error)"])
    }
  }

  private static func open(_ path: String) throws(Failure) -> FileHandle {
    let manager = FileManager.default
    if !manager.fileExists(atPath: path) {
      _ = manager.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
    }
    guard let handle = FileHandle(forWritingAtPath: path), (try? handle.seekToEnd()) != nil else {
      throw Failure(
        .failed, "cannot write the audit log \(printable(path)); is its folder there, and writable?"
      )
    }
    return handle
  }
}
