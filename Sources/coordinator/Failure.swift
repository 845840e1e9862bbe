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

/// The exit codes of `run` for what is neither the child's nor the lease's.
enum RunFault {
  static let failed: Int32 = 125
  static let cannotExecute: Int32 = 126
  static let notFound: Int32 = 127
}

/// An end that the user is told of on standard error, with its exit code.
struct Failure: Error, CustomStringConvertible {
  let code: Int32
  /// Empty where all is said already.
  let message: String

  init(_ reason: ExitReason, _ message: String) {
    self.init(code: reason.rawValue, message)
  }

  init(code: Int32, _ message: String) {
    self.code = code
    self.message = message
  }

  /// An end of which everything is said already.
  static func silent(_ reason: ExitReason) -> Failure { Failure(reason, "") }

  var description: String { message }

  /// An error of the system in one line.
  static func reason(_ error: any Error) -> String {
    let text = (error as NSError).localizedDescription
    // All that the system's library has to say of a folder that is read as a file.
    if text.hasSuffix("(NSCocoaErrorDomain error 256.)") { return "it is no file that can be read" }
    let empty = "The operation could not be completed. "
    return text.hasPrefix(empty) && text != empty ? String(text.dropFirst(empty.count)) : text
  }
}

/// Writes a line to standard error; where nobody reads it any more, that is no reason to fail.
func talk(_ line: String) {
  try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
}
