import Model
import NIOCore

// Turns: a connection whose calls ask for much is answered a part at a time, and others between the parts.
extension Engine {
  /// Whether calls of a connection wait for its next turn: a shell reads no more of it until then.
  package func isWaitingForTurn(_ id: ConnectionID) -> Bool {
    isOpen(id) && connections[id.slot].turn != .free
  }

  /// Ends the turn of a connection to which ``Limits/turnBytes`` were written in it, or for which ``Limits/turnWaiters``
  /// were looked at.
  func endTurn(_ id: ConnectionID) {
    guard isWritable(id.slot) else {
      connections[id.slot].turn = .stalled
      return
    }
    connections[id.slot].turn = .waiting
    backlog.append(id)
  }

  /// Puts a connection that is read again among those that wait for their turn.
  func goOn(_ slot: Int) {
    guard connections[slot].turn == .stalled else { return }
    connections[slot].turn = .waiting
    backlog.append(connections[slot].id)
  }

  /// Gives the first connection that waits its turn.
  func takeTurn() {
    guard !backlog.isEmpty else { return }
    let id = backlog.removeFirst()
    let slot = id.slot
    guard isOpen(id), !connections[slot].isClosing, var buffer = connections[slot].partial else {
      return
    }
    guard isWritable(slot) else {
      connections[slot].turn = .stalled
      return
    }
    connections[slot].turn = .free
    connections[slot].partial = nil
    connections[slot].lastReceivedAt = now
    let hasFrames = handleFrames(in: &buffer, on: id)
    keep(&buffer, isNewlyBegun: hasFrames, on: id)
    if connections[slot].turn == .free, connections[slot].inputHasEnded { inputEnded(id, at: now) }
  }
}
