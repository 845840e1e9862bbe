import Model

// What clients send and are told.
extension Oracle {
  // MARK: Requests

  func sent(_ request: ResourceRequest) {
    if requests[request.requestID] == nil {
      requests[request.requestID] = RequestFact(
        component: request.component, fencingFloor: highestFencing, setForward: stage.setForward)
    } else {
      stage.tally.retries += 1
    }
  }

  func answered(_ response: ResourceResponse) {
    let id = response.requestID
    guard var fact = requests[id] else { return stage.fail("an answer about \(id), never asked") }
    if stage.setForward - fact.setForward > .seconds(300) {
      // By the server's clock so much time has passed that the request may be forgotten.
      fact.outcome = .none
      fact.token = .empty
    }
    switch response.status {
    case .granted: noteGrant(response, &fact)
    case .denied:
      if fact.outcome != .none, fact.outcome != .denied { contradict(id, fact, "denied") }
      fact.outcome = .denied
    case .queued:
      if fact.outcome != .none, fact.outcome != .queued { contradict(id, fact, "queued") }
      if fact.outcome == .none, let deadline = response.queue?.deadline {
        waits[id] = WaitFact(component: fact.component, deadline: deadline)
      }
      fact.outcome = .queued
    case .expired:
      waits[id] = nil
      switch fact.outcome {
      case .none, .queued, .waitEnded: fact.outcome = .waitEnded
      case .denied: contradict(id, fact, "expired")
      case .granted: break
      }
    case .released, .pending, nil: break
    }
    requests[id] = fact
  }

  private func contradict(_ id: Text, _ fact: RequestFact, _ now: String) {
    stage.fail("\(id) has two outcomes: \(fact.outcome), then \(now)")
  }

  private func noteGrant(_ response: ResourceResponse, _ fact: inout RequestFact) {
    let id = response.requestID
    guard let fencing = response.fencing, let grantedAt = response.grantedAt,
      let expiresAt = response.expiresAt
    else { return stage.fail("the grant of \(id) lacks a time or a fencing number") }
    waits[id] = nil
    let outcome = RequestFact.Outcome.granted(fencing, grantedAt, response.grantedQuantity)
    switch fact.outcome {
    // What was taken over after a loss was noted then.
    case .none where owners[fencing] == id: break
    case .none, .queued: noteNewGrant(response, fencing, at: grantedAt, fact)
    case .granted, .denied, .waitEnded:
      if fact.outcome != outcome { contradict(id, fact, "\(outcome)") }
    }
    fact.outcome = outcome
    guard !response.token.isEmpty else { return }
    if !fact.token.isEmpty {
      if fact.token != response.token { stage.fail("\(id) has two tokens") }
      return
    }
    fact.token = response.token
    leases[id] = LeaseFact(
      component: fact.component, token: response.token, fencing: fencing,
      quantity: response.grantedQuantity, expiresAt: expiresAt)
  }

  private func noteNewGrant(
    _ response: ResourceResponse, _ fencing: FencingToken, at grantedAt: Instant,
    _ fact: RequestFact
  ) {
    let id = response.requestID
    stage.tally.grants += 1
    if let other = owners.updateValue(id, forKey: fencing), other != id {
      stage.fail("\(id) and \(other) have one fencing number, \(fencing.counter)")
    }
    if fencing <= fact.fencingFloor {
      stage.fail(
        "\(id) got the fencing number \(fencing.epoch).\(fencing.counter), and "
          + "\(fact.fencingFloor.epoch).\(fact.fencingFloor.counter) was seen before it was asked")
    }
    highestFencing = max(highestFencing, fencing)
    if fencing.epoch > learning.epochAbove, grantedAt < learning.until {
      stage.fail("\(id) was granted before holders could announce what they have")
    }
    guard !plan.changesModes else { return }
    var amounts = response.granted.map { ($0.pool.name, $0.quantity) }
    if amounts.isEmpty { amounts = [(response.pool, response.grantedQuantity)] }
    for index in rates.indices {
      for (pool, quantity) in amounts where pool == rates[index].pool {
        if let sentence = rates[index].note(id, quantity, at: grantedAt) { stage.fail(sentence) }
      }
    }
  }

  // MARK: Leases

  func renewSent(_ id: Text) { leases[id]?.mayBeRenewed = true }

  /// - Parameter isOnly: whether no other renewal may still be on the way.
  func renewed(_ id: Text, _ response: RenewResponse, isOnly: Bool) {
    if let before = lost[id] { return noteAdoption(id, before, response) }
    guard let expiresAt = response.expiresAt, var fact = leases[id] else { return }
    if response.isAdopted { stage.fail("\(id) was taken over, and was not lost") }
    if expiresAt < fact.expiresAt { stage.fail("a renewal of \(id) brought its end nearer") }
    if response.fencing != fact.fencing {
      stage.fail("a renewal of \(id) changed its fencing number")
    }
    fact.expiresAt = expiresAt
    fact.mayBeRenewed = !isOnly
    leases[id] = fact
  }

  /// A lease that was lost is there again: its token is as before, its number in the order of grants is not.
  private func noteAdoption(_ id: Text, _ before: LeaseFact, _ response: RenewResponse) {
    lost[id] = nil
    guard let expiresAt = response.expiresAt, let fencing = response.fencing else {
      return stage.fail("the lease \(id) was taken over without an end or a fencing number")
    }
    if fencing.epoch <= before.fencing.epoch || fencing.epoch <= learning.epochAbove {
      stage.fail(
        "\(id) was taken over with the fencing number \(fencing.epoch).\(fencing.counter), and had "
          + "\(before.fencing.epoch).\(before.fencing.counter)")
    }
    if let other = owners.updateValue(id, forKey: fencing), other != id {
      stage.fail("\(id) and \(other) have one fencing number, \(fencing.counter)")
    }
    highestFencing = max(highestFencing, fencing)
    stage.tally.adoptions += 1
    // An earlier renewal, whose answer was lost, may have said another end.
    leases[id] = LeaseFact(
      component: before.component, token: before.token, fencing: fencing,
      quantity: before.quantity, expiresAt: expiresAt, mayBeRenewed: true)
    requests[id]?.token = before.token
  }

  /// The server said that there is no such lease. Where it may still live, the next look at the server tells.
  func renewRefused(_ id: Text) { leases[id]?.mayBeRenewed = true }

  func releaseSent(_ id: Text, used: [PoolQuantity]) {
    leases[id]?.mayBeReleased = true
    for index in rates.indices {
      for entry in used where entry.pool.name == rates[index].pool {
        rates[index].correct(id, to: entry.quantity)
      }
    }
  }

  func released(_ id: Text, _ response: ReleaseResponse) {
    leases[id] = nil
    lost[id] = nil
    if response.success { noteOver(id) }
  }

  func cancelSent(_ id: Text) { waits[id]?.mayBeCancelled = true }

  func cancelled(_ id: Text, _ response: CancelResponse) {
    guard response.cancelled else { return }
    waits[id] = nil
    requests[id]?.outcome = .waitEnded
    noteOver(id)
  }

  private func noteOver(_ id: Text) {
    guard let component = requests[id]?.component else { return }
    // Within the time for which the coordinator remembers it, whatever its clock does.
    over.append((id, component, .distantFuture))
    if over.count > 100 { over.removeFirst() }
  }

  // MARK: Lies and administration

  /// A call with a token that is not the lease's.
  func answeredLie(_ what: String, _ wasTaken: Bool) {
    if wasTaken { stage.fail("\(what) was taken") }
  }

  /// An event is told once and in order, and what was told of a revision stays.
  func watched(_ event: Event, after revision: UInt64) {
    if event.revision <= revision {
      stage.fail("event \(event.revision) was told after event \(revision)")
    }
    if let known = events[event.revision], known != (event.kind, event.requestID) {
      stage.fail(
        "event \(event.revision) was \(known.kind?.name ?? "?") of \(known.id), and is now "
          + "\(event.kind?.name ?? "?") of \(event.requestID)")
    }
    events[event.revision] = (event.kind, event.requestID)
  }

  /// Whoever sends frames is never told that they are none, unless they did not come to their end.
  func refused(_ error: CallError, of client: Text) {
    let reasons: Set<Text> = ["MALFORMED_MESSAGE", "FRAME_TOO_LARGE", "NOT_THIS_PROTOCOL"]
    guard error.details.contains(where: { reasons.contains($0.reason) }),
      !error.message.hasSuffix("did not arrive whole")
    else { return }
    stage.fail("\(client) sends frames and is told: \(error.message)")
  }

  func modeSent() { mode = nil }
  func modeAnswered(_ status: ModeStatus) { mode = status.mode }
  func capacitySent(_ pool: Text) { capacities[pool] = nil }
  func capacityAnswered(_ status: PoolStatus) { capacities[status.name] = status.totalCapacity }
}
