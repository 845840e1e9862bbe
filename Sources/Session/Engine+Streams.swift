import Access
import Coordination
import Model
import Monitoring
import NIOCore
import Wire

extension Engine {
  // MARK: Opening

  private func openStream(
    _ kind: OpenStream.Kind, _ header: CallHeader, by caller: Identity?, on id: ConnectionID
  ) throws(CallError) -> Int32 {
    guard !isStopping else { throw CallError(.draining, "the server is stopping") }
    guard streams.count < limits.streams else {
      throw CallError(
        .tooManyStreams, "\(limits.streams) streams are open", limit: Int64(limits.streams))
    }
    guard connections[id.slot].streams.count < limits.callsPerConnection else {
      throw CallError(
        .tooManyCalls, "\(limits.callsPerConnection) calls are open on this connection",
        limit: Int64(limits.callsPerConnection))
    }
    let timeout =
      header.timeoutMilliseconds == 0
      ? limits.streamTimeoutDefault
      : TimeSpan.milliseconds(Int64(clamping: header.timeoutMilliseconds))
    let stream = OpenStream(
      connection: id, callID: header.callID, kind: kind, deadline: now + timeout, identity: caller)
    let index = streams.insert(stream)
    connections[id.slot].streams[header.callID] = index
    timers.set(index * 2 + 1, at: nextTimer(stream))
    return index
  }

  func openStatusStream(
    _ request: StatusRequest, _ header: CallHeader, by caller: Identity?, on id: ConnectionID
  ) throws(CallError) {
    guard request.pageSize >= 0, request.pageToken.isEmpty else {
      throw CallError(
        .invalidField, "a status stream takes a page_size of 0 or more and no page_token",
        field: "page_size")
    }
    let pools =
      try request.pool.isEmpty
      ? coordinator.shownPools : [coordinator.pool(request.pool)]
    let stream = try openStream(
      .status(
        OpenStream.StatusStream(
          pools: pools, pageSize: Int(min(request.pageSize, Int64(limits.pageSize))), sentTick: 0,
          sentAt: now)), header, by: caller, on: id)
    // What was encoded before tells of the last tick; a newcomer is told of now.
    board.dropPayloads()
    sendStatus(stream, all: true)
  }

  func openAwait(
    _ key: RequestKey, _ header: CallHeader, by caller: Identity?, on id: ConnectionID
  ) throws(CallError) {
    let slot = try coordinator.find(key)
    let isOwner = coordinator.owns(
      slot, secret: key.clientSecret, connection: id.number, by: caller?.party)
    if isOwner {
      coordinator.attach(slot, id.number, at: now)
      consumeEffects()
    }
    guard coordinator.place(slot) != nil else {
      sendFinal(slot, header.callID, isOwner: isOwner, on: id)
      return
    }
    let stream = try openStream(
      .await(
        slot: slot, sequence: coordinator.record(slot).sequence, isOwner: isOwner, lastPosition: 0),
      header, by: caller, on: id)
    sendPosition(stream)
  }

  func openWatch(
    _ request: WatchRequest, _ header: CallHeader, by caller: Identity?, on id: ConnectionID
  ) throws(CallError) {
    let start: UInt64
    if request.fromStart {
      start = coordinator.oldestResumableRevision
    } else {
      start = request.afterRevision == 0 ? coordinator.revision : request.afterRevision
    }
    _ = try coordinator.events(after: start, matching: request, count: 0)
    let stream = try openStream(.watch(request, reached: start), header, by: caller, on: id)
    sendEvents(stream)
  }

  // MARK: Ending

  /// Ends a stream with an error.
  func endStream(_ index: Int32, _ error: CallError) {
    guard let stream = streams[index] else { return }
    write(on: stream.connection.slot) {
      codec.appendReply(callID: stream.callID, error: error, to: &$0)
    }
    removeStream(index)
  }

  func removeStream(_ index: Int32) {
    guard let stream = streams[index] else { return }
    connections[stream.connection.slot].streams[stream.callID] = nil
    timers.clear(index * 2 + 1)
    streams.remove(index)
  }

  func nextTimer(_ stream: OpenStream) -> Instant {
    guard case .status(let status) = stream.kind else { return stream.deadline }
    return min(stream.deadline, status.sentAt + limits.statusStreamHeartbeat)
  }

  // MARK: Sending

  /// Sends what queued streams have, at most ``Limits/streamsPerSlice`` of them, so that a thousand streams never stand
  /// between a call and its answer for long. Those of a connection to which ``Limits/writeBufferBytes`` are written already
  /// come later: whether its peer reads shows only when the shell has sent them.
  func pushStreams() {
    var left = limits.streamsPerSlice
    var later: [Int32] = []
    while left > 0, let index = streams.dequeue() {
      left -= 1
      guard let stream = streams[index], isWritable(stream.connection.slot) else { continue }
      guard outgoingBytes(stream.connection.slot) < limits.writeBufferBytes else {
        later.append(index)
        continue
      }
      switch stream.kind {
      case .status: sendStatus(index, all: false)
      case .await: sendPosition(index)
      case .watch: sendEvents(index)
      }
    }
    for index in later { streams.enqueue(index) }
  }

  /// Sends a status stream the pools that changed since it was last sent, or all of them.
  private func sendStatus(_ index: Int32, all: Bool) {
    guard var stream = streams[index], case .status(var status) = stream.kind else { return }
    for pool in status.pools where all || board.changedTick(pool) > status.sentTick {
      if status.pageSize > 0 {
        let message = coordinator.poolStatus(pool, at: now, page: (from: 0, size: status.pageSize))
        write(on: stream.connection.slot) {
          codec.appendReply(
            callID: stream.callID, end: false, response: .poolStatus(message), to: &$0)
        }
      } else {
        let payload = board.payload(pool) {
          codec.encode(.poolStatus(coordinator.poolStatus(pool, at: now)))
        }
        write(on: stream.connection.slot) {
          codec.appendReply(callID: stream.callID, payload: payload, to: &$0)
        }
      }
    }
    status.sentTick = board.tick
    status.sentAt = now
    stream.kind = .status(status)
    streams[index] = stream
    timers.set(index * 2 + 1, at: nextTimer(stream))
  }

  /// Sends a waiting call its position, if it moved.
  private func sendPosition(_ index: Int32) {
    guard var stream = streams[index],
      case .await(let slot, let sequence, let isOwner, let last) = stream.kind,
      let place = coordinator.place(slot), place.position != last
    else { return }
    write(on: stream.connection.slot) {
      codec.appendReply(
        callID: stream.callID, end: false,
        response: .grantUpdate(GrantUpdate(status: .queued, queue: place)), to: &$0)
    }
    stream.kind = .await(
      slot: slot, sequence: sequence, isOwner: isOwner, lastPosition: place.position)
    streams[index] = stream
  }

  /// Answers those who await a record that was decided. The first one that may see the token claims the grant.
  /// Whoever showed the secret may, even if the owner has come on another connection since.
  func finishAwaiters(of slot: Int32) {
    for index in streams.awaiters[slot] ?? [] {
      guard let stream = streams[index],
        case .await(_, let sequence, let wasOwner, _) = stream.kind,
        sequence == coordinator.record(slot).sequence
      else { continue }
      let id = stream.connection
      let callID = stream.callID
      removeStream(index)
      let isOwner =
        wasOwner
        || coordinator.owns(
          slot, secret: .empty, connection: id.number, by: stream.identity?.party)
      sendFinal(slot, callID, isOwner: isOwner, on: id)
    }
  }

  private func sendFinal(
    _ slot: Int32, _ callID: UInt64, isOwner: Bool, on id: ConnectionID
  ) {
    if isOwner { coordinator.attach(slot, id.number, at: now) }
    let response = coordinator.answer(slot, showsToken: isOwner)
    write(on: id.slot) {
      codec.appendReply(
        callID: callID, message: response.message,
        details: response.explanation?.blockers ?? [],
        response: .grantUpdate(GrantUpdate(status: response.status, response: response)), to: &$0)
    }
  }

  /// Sends a watch the events since the last ones, a slice at a time.
  private func sendEvents(_ index: Int32) {
    guard var stream = streams[index], case .watch(let request, let reached) = stream.kind else {
      return
    }
    do throws(CallError) {
      let (events, next) = try coordinator.events(
        after: reached, matching: request, count: limits.eventsPerSlice)
      for event in events {
        write(on: stream.connection.slot) {
          codec.appendReply(callID: stream.callID, end: false, response: .event(event), to: &$0)
        }
      }
      stream.kind = .watch(request, reached: next)
      streams[index] = stream
      if next < coordinator.revision { streams.enqueue(index) }
    } catch {
      metrics.countStreamDropped()
      endStream(index, error)
    }
  }
}
