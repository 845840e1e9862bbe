import Model
import NIOCore
import Session

/// Where connections come in: to a waiting room until the state is recovered, then to the engine.
///
/// Not `Sendable`: made, used and released on the loop.
final class Door {
  /// Nil until the state is recovered.
  private(set) var engineLoop: EngineLoop?
  let limits: Limits
  private let clock = SystemClock()
  private let openedAt: Instant
  /// The connections that came before.
  private var early: [ObjectIdentifier: ConnectionHandler] = [:]

  init(limits: Limits) {
    self.limits = limits
    openedAt = clock.now
  }

  /// How long the server has been there, for those who ask before the engine can say.
  var uptime: TimeSpan { clock.now - openedAt }

  /// Takes a connection into the waiting room; false if as many are there as may be.
  func admit(_ handler: ConnectionHandler) -> Bool {
    guard early.count < limits.connections else { return false }
    early[ObjectIdentifier(handler)] = handler
    return true
  }

  func forget(_ handler: ConnectionHandler) {
    early[ObjectIdentifier(handler)] = nil
  }

  /// Lets those who wait to the engine, and everybody who comes from now on.
  func open(to engineLoop: EngineLoop) {
    precondition(self.engineLoop == nil, "the state is recovered once")
    self.engineLoop = engineLoop
    let handlers = early.values
    early = [:]
    for handler in handlers { handler.enter(engineLoop) }
    engineLoop.schedule()
  }

  /// Ends every connection of the waiting room: nobody will be let in.
  func close() {
    for handler in early.values { handler.end() }
    early = [:]
  }
}
