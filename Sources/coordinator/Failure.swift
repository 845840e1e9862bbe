import ArgumentParser
import Foundation

/// How the program ends; the numbers are part of its interface.
enum ExitReason: Int32 {
  case ok = 0
  case failed = 1
  case usage = 2
  case badConfiguration = 3
  case cannotConnect = 4
  case denied = 5
  case stillQueued = 6
  case leaseLost = 7
}

/// An end that the user is told of on standard error, with its exit code.
struct Failure: Error, CustomStringConvertible {
  let reason: ExitReason
  let message: String

  init(_ reason: ExitReason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  var description: String { message }

  /// An error of the system in one line.
  static func reason(_ error: any Error) -> String {
    (error as NSError).localizedDescription
  }
}

/// Writes a line to standard error.
func talk(_ line: String) {
  FileHandle.standardError.write(Data((line + "\n").utf8))
}
