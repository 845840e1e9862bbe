import Foundation
import Logging
import Settings

/// The server's log: on standard error, for people on a terminal, as JSON lines otherwise.
enum ServeLog {
  static func make(_ configuration: CoordinatorConfiguration) -> Logger {
    var logger = Logger(label: "coordinator") { StreamLogHandler.standardError(label: $0) }
    logger.logLevel = Logger.Level(rawValue: configuration.logLevel.rawValue) ?? .info
    return logger
  }
}
