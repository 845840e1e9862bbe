import Access
import Model
import NIOCore
import Wire

/// Names one connection for as long as the process runs: numbers are never reused.
package struct ConnectionID: Hashable, Sendable {
  package let number: UInt64

  package init(number: UInt64) {
    self.number = number
  }

  init(slot: Int, generation: UInt32) {
    number = UInt64(generation) << 32 | UInt64(slot)
  }

  /// The place in the engine's table.
  package var slot: Int { Int(number & 0xFFFF_FFFF) }
}

/// What the engine knows of one connection.
struct Connection {
  var id: ConnectionID
  var reader: FrameReader
  /// Bytes received that are not a whole frame yet.
  var partial: ByteBuffer?
  /// Replies that are not handed to the shell yet.
  var outgoing = ByteBuffer()
  /// Open streams by their call id.
  var streams: [UInt64: Int32] = [:]
  /// Who showed a token with Hello, for calls without one of their own.
  var identity: Identity?
  var openedAt: Instant
  var lastReceivedAt: Instant
  /// When the begun frame's first byte came.
  var frameBegunAt: Instant?
  /// Since when the peer does not read what is written.
  var stalledAt: Instant?
  /// Whether its calls are handled as they come, or wait.
  var turn = Turn.free
  /// The peer sends nothing any more, which is looked at behind the calls that wait.
  var inputHasEnded = false
  /// Nothing is read any more; it is closed once everything is sent.
  var isClosing = false
  /// The shell still had bytes of it at the end of a batch: the peer reads more slowly than it is answered.
  var isBehind = false
  /// It is in the engine's list of connections with something to send.
  var isDirty = false

  /// Where a connection stands among those that want to be served.
  enum Turn {
    /// Its calls are handled as they come.
    case free
    /// It has had its turn; the rest of its calls waits for the next one.
    case waiting
    /// As above, and its peer does not read: the next turn comes when it does.
    case stalled
  }

  /// What a free place of the table holds.
  static let vacant = Connection(
    id: ConnectionID(number: 0), reader: FrameReader(limits: Limits()), openedAt: .epoch,
    lastReceivedAt: .epoch)

  /// No connection has the number 0: generations begin with 1.
  var isOpen: Bool { id.number != 0 }

  /// Takes what is not handed to the shell yet, so that it can grow in place.
  mutating func takeOutgoing() -> ByteBuffer {
    let bytes = outgoing
    outgoing = ByteBuffer()
    return bytes
  }
}
