package import Model

extension Coordinator {
  /// The answer to ListHistory. A page looks at no more than the events that are kept, and has at least one event if
  /// there is one.
  package func history(
    _ request: borrowing HistoryRequest, at now: Instant
  ) throws(CallError) -> HistoryResponse {
    guard request.pageSize >= 0 else {
      throw CallError(.invalidField, "page_size is negative", field: "page_size")
    }
    let pageSize =
      request.pageSize == 0
      ? limits.pageSizeDefault : Int(min(request.pageSize, Int64(limits.pageSize)))
    let pool = request.pool.isEmpty ? nil : try state.resolve(request.pool)
    let from = try PageToken.read(request.pageToken)
    var events: [Event] = []
    var textBytes = 0
    var next = Text.empty
    func take(_ position: Int) -> Bool {
      let entry = history.entry(position)
      guard matches(entry, request, pool: pool) else { return true }
      guard events.count < pageSize, textBytes < limits.pageBytes else {
        next = PageToken.make(entry.revision)
        return false
      }
      events.append(event(entry))
      textBytes +=
        entry.requestID.utf8Count + entry.component.utf8Count + entry.metadata.byteCount
      return true
    }
    if request.oldestFirst {
      let first = from == 0 ? 0 : history.position(after: from - 1)
      for position in first..<history.kept where !take(position) { break }
    } else {
      let end = from == 0 ? history.kept : history.position(after: from)
      for position in stride(from: end - 1, through: 0, by: -1) where !take(position) { break }
    }
    return HistoryResponse(
      events: events, nextPageToken: next, eventsTotal: Int64(clamping: history.total),
      eventsKept: Int64(history.kept), counts: history.countsByKind)
  }

  /// The events after a revision that a watch wants, at most `count`, and the revision to go on from.
  ///
  /// Throws ``Reason/revisionCompacted`` if some of them are no longer kept, or if the revision is one that this state has
  /// not reached: it was another's, from before a restart.
  package func events(
    after revision: UInt64, matching watch: borrowing WatchRequest, count: Int
  ) throws(CallError) -> (events: [Event], reached: UInt64) {
    guard revision <= state.revision else {
      throw CallError(
        .revisionCompacted,
        "revision \(revision) is above the newest, \(state.revision): it was another coordinator's; "
          + "watch from the start", field: "after_revision", limit: Int64(clamping: state.revision))
    }
    let isCut = history.total > UInt64(history.kept)
    if isCut, let oldest = history.oldestRevision, revision < oldest - 1 {
      throw CallError(
        .revisionCompacted,
        "events after revision \(revision) are no longer all kept; the oldest is \(oldest)",
        field: "after_revision", limit: Int64(clamping: oldest))
    }
    let filter = HistoryRequest(component: watch.component, requestID: watch.requestID)
    let pool = try watch.pool.isEmpty ? nil : state.resolve(PoolReference(name: watch.pool))
    var events: [Event] = []
    var reached = revision
    for position in history.position(after: revision)..<history.kept {
      guard events.count < count else { return (events, reached) }
      let entry = history.entry(position)
      if matches(entry, filter, pool: pool) { events.append(event(entry)) }
      reached = entry.revision
    }
    return (events, max(reached, state.revision))
  }

  /// The revision before the oldest event kept.
  package var oldestResumableRevision: UInt64 {
    history.oldestRevision.map { $0 - 1 } ?? state.revision
  }

  private func matches(
    _ entry: borrowing EventLog.Entry, _ request: borrowing HistoryRequest, pool: Int32?
  ) -> Bool {
    if request.kind != 0, Int32(entry.kind.rawValue) != request.kind { return false }
    if !request.component.isEmpty, entry.component != request.component { return false }
    if !request.requestID.isEmpty, entry.requestID != request.requestID { return false }
    if let after = request.after, entry.at < after { return false }
    if let before = request.before, entry.at >= before { return false }
    if let pool, entry.claims?.claim(of: pool) == nil { return false }
    return true
  }

  private func event(_ entry: borrowing EventLog.Entry) -> Event {
    var event = Event(revision: entry.revision, at: entry.at, kind: entry.kind)
    event.requestID = entry.requestID
    event.component = entry.component
    if let claims = entry.claims {
      event.pools = (0..<claims.count).map {
        PoolQuantity(pool: reference(claims[$0].pool), quantity: claims[$0].quantity)
      }
    }
    event.priority = entry.priority
    event.status = entry.status
    event.metadata = entry.metadata
    event.reason = entry.reason.map { Text($0.rawValue) } ?? .empty
    event.until = entry.until
    event.fencing = entry.fencing.map { FencingToken(epoch: state.fencing.epoch, counter: $0) }
    event.waited = entry.waited
    return event
  }
}
