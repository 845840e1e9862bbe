import Model
import NIOCore
import Session

/// One connection as the network sees it: two streams of bytes, each in order, with delays and pieces of any size.
///
/// Bytes of one stream are never reordered nor doubled, as TCP promises; they may come late, in pieces, or not at all
/// while either end still believes in the connection.
final class Link {
  private enum End {
    case open
    /// Nothing comes or goes, and nobody was told.
    case silent
    case gone
  }

  private let stage: Stage
  private let delay: ClosedRange<Int64>
  private var random: SeededRandom
  private unowned let client: ClientActor
  /// The process it leads to; nil before it was accepted.
  var process: ServerProcess?
  var connection: ConnectionID?
  private var end = End.open
  private var upReady = Instant.epoch
  private var downReady = Instant.epoch
  /// What arrived and was not taken yet, in order.
  private(set) var arrived: [ByteBuffer] = []

  init(_ stage: Stage, _ delay: ClosedRange<Int64>, _ client: ClientActor, _ random: SeededRandom) {
    self.stage = stage
    self.delay = delay
    self.client = client
    self.random = random
  }

  var isOpen: Bool { end == .open }

  func connect(to server: ServerHost) {
    let ready = arrival(after: &upReady)
    stage.at(ready) { [self] in
      guard end == .open else { return }
      if let process = server.process, process.accepts {
        process.accept(self)
      } else {
        reset()
      }
    }
  }

  // MARK: Bytes

  private func arrival(after ready: inout Instant) -> Instant {
    let trip = stage.now + .nanoseconds(random.within(delay))
    ready = max(ready, trip, client.partitionedUntil)
    return ready
  }

  func sendUp(_ bytes: ByteBuffer) {
    for piece in pieces(bytes) {
      let ready = arrival(after: &upReady)
      stage.at(ready) { [self] in
        guard end == .open, let process else { return }
        arrived.append(piece)
        process.bytesArrived(self)
      }
    }
  }

  func takeArrived() -> ByteBuffer? { arrived.isEmpty ? nil : arrived.removeFirst() }

  func sendDown(_ bytes: ByteBuffer) {
    for piece in pieces(bytes) {
      let ready = arrival(after: &downReady)
      stage.at(ready) { [self] in
        if end == .open { client.received(piece, on: self) }
      }
    }
  }

  /// Mostly whole, sometimes in two or three pieces.
  private func pieces(_ bytes: ByteBuffer) -> [ByteBuffer] {
    var rest = bytes
    var pieces: [ByteBuffer] = []
    while rest.readableBytes > 1, pieces.count < 2, random.chance(8) {
      if let piece = rest.readSlice(length: 1 + random.below(rest.readableBytes - 1)) {
        pieces.append(piece)
      }
    }
    pieces.append(rest)
    return pieces
  }

  // MARK: Ends

  /// The client says that nothing more comes, behind what it sent.
  func finishUp() {
    let ready = arrival(after: &upReady)
    stage.at(ready) { [self] in
      if end == .open { process?.inputEnded(self) }
    }
  }

  /// The server closes behind what it sent.
  func finishDown() {
    let ready = arrival(after: &downReady)
    stage.at(ready) { [self] in
      guard end == .open else { return }
      end = .gone
      client.linkEnded(self)
      process?.closed(self)
    }
  }

  /// The connection is lost, what is on the way with it; each end is told after a while.
  func reset() {
    guard end != .gone else { return }
    end = .gone
    stage.after(.nanoseconds(random.within(delay))) { [self] in client.linkEnded(self) }
    stage.after(.nanoseconds(random.within(delay))) { [self] in process?.closed(self) }
  }

  /// Nothing comes through any more, and neither end is told.
  func fallSilent() {
    if end == .open { end = .silent }
  }
}
