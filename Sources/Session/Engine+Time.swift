import Coordination
package import Model
import Monitoring

extension Engine {
  /// Lets time pass, then gives one connection that waits its turn.
  package func advance(to now: Instant) {
    passTime(to: now)
    takeTurn()
  }

  /// Lets time pass: everything that is due by `now` happens, earliest first.
  func passTime(to now: Instant) {
    self.now = max(now, self.now)
    while coordinator.step(dueBy: self.now) { consumeEffects() }
    while let (timer, _) = timers.popDue(by: self.now) {
      if timer & 1 == 0 {
        connectionTimer(Int(timer / 2))
      } else {
        streamTimer(timer / 2)
      }
    }
    if streams.statusCount + streams.awaiters.count > 0, board.hasPending,
      board.lastTickAt + limits.statusStreamInterval <= self.now
    {
      beginTick()
    }
    if streams.hasQueued { pushStreams() }
  }

  /// When ``advance(to:)`` has something to do; nil if nothing will happen by itself.
  package var nextDeadline: Instant? {
    if streams.hasQueued || !backlog.isEmpty { return now }
    var next = coordinator.nextDeadline
    if let timer = timers.earliest { next = next.map { min($0, timer) } ?? timer }
    if streams.statusCount + streams.awaiters.count > 0, board.hasPending {
      let tick = board.lastTickAt + limits.statusStreamInterval
      next = next.map { min($0, tick) } ?? tick
    }
    return next
  }

  /// Queues every status stream and every waiting call: a change may concern them.
  private func beginTick() {
    board.advance(at: now)
    for index in streams.all {
      guard let stream = streams[index] else { continue }
      switch stream.kind {
      case .status, .await: streams.enqueue(index)
      case .watch: break
      }
    }
  }

  private func connectionTimer(_ slot: Int) {
    let connection = connections[slot]
    guard connection.isOpen, !connection.isClosing else { return }
    if let stalledAt = connection.stalledAt, stalledAt + limits.writeStall <= now {
      metrics.countStreamDropped()
      drop(
        slot,
        CallError(
          .slowReader, "nothing was read for \(limits.writeStall.seconds) s",
          limit: Int64(limits.writeStall.seconds)))
      return
    }
    if let begunAt = connection.frameBegunAt, begunAt + limits.frameArrival <= now {
      drop(
        slot,
        CallError(
          .malformedMessage,
          "the frame begun \(limits.frameArrival.seconds) s ago did not arrive whole"))
      return
    }
    let idleAt = connection.lastReceivedAt + limits.idleConnection
    if idleAt <= now, connection.streams.isEmpty {
      drop(
        slot,
        CallError(
          .idleConnection, "nothing was received for \(limits.idleConnection.seconds) s",
          limit: Int64(limits.idleConnection.seconds)))
      return
    }
    setConnectionTimer(slot)
  }

  /// Sets a connection's timer to the first of what may become due.
  func setConnectionTimer(_ slot: Int) {
    let connection = connections[slot]
    guard connection.isOpen, !connection.isClosing else { return }
    let idleAt = connection.lastReceivedAt + limits.idleConnection
    var next = idleAt > now ? idleAt : now + limits.idleConnection
    if let begunAt = connection.frameBegunAt { next = min(next, begunAt + limits.frameArrival) }
    if let stalledAt = connection.stalledAt { next = min(next, stalledAt + limits.writeStall) }
    timers.set(Int32(slot * 2), at: next)
  }

  private func streamTimer(_ index: Int32) {
    guard let stream = streams[index] else { return }
    guard stream.deadline > now else {
      endStream(
        index, CallError(.deadlineExceeded, "the call's timeout passed before its end"))
      return
    }
    // The heartbeat of a status stream: everything is sent again, with the times of now.
    guard case .status(var status) = stream.kind else { return }
    board.dropPayloads()
    status.sentTick = 0
    status.sentAt = now
    var sent = stream
    sent.kind = .status(status)
    streams[index] = sent
    streams.enqueue(index)
    timers.set(index * 2 + 1, at: nextTimer(sent))
  }
}
