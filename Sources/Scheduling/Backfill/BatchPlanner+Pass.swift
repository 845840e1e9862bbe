import Model

extension BatchPlanner {
  /// Starts what may start at `now`; ``started`` names it.
  ///
  /// With depth 1 O(running + waiting / 64 + started × log n) usually, O(1) where one job was
  /// submitted since the last pass and nothing else happened; with more reservations O(reserved ×
  /// steps of the profile).
  package mutating func pass(at now: Instant) {
    started.removeAll(keepingCapacity: true)
    guard isChanged || mayHaveChanged(by: now) else { return }
    lastPass = now
    let new = onlyNew
    isChanged = false
    onlyNew = nil
    guard queue.leastBulk <= machine.room else { return }
    if case .none = settings.depth, case .everyPass = order.movement {
      passWithoutRanks(at: now)
      return
    }
    rank(at: now)
    isChanged = false
    switch settings.depth {
    case .none:
      var cursor = queue.start
      while let head = queue.entry(at: cursor), startIfItFits(head, at: now) {
        queue.remove(at: &cursor)
      }
    case .first(1):
      if let new, let held = validReservation(at: now), held.key < new {
        startNew(new, beside: held, at: now)
      } else {
        passBehindHead(at: now)
      }
    case .first(let count): passWithProfile(reservationsMax: count, at: now)
    case .all: passWithProfile(reservationsMax: .max, at: now)
    }
  }

  /// Whether time alone, since the last pass, could let a job start: scores move, or ends that were
  /// expected did not come.
  private func mayHaveChanged(by now: Instant) -> Bool {
    now > lastPass && (order.movement != .never || isAnyOverdue(at: now))
  }

  /// Whether a running job's expected end is so near that it is put off.
  private func isAnyOverdue(at now: Instant) -> Bool {
    guard let next = running.entries.first else { return false }
    return next.expectedEndNanoseconds < (now + settings.overdueSpan).nanoseconds
  }

  /// Only the first job counts where nobody overtakes, and finding it costs less than sorting all.
  private mutating func passWithoutRanks(at now: Instant) {
    order.prepare(at: now)
    while true {
      let order = order
      let first = queue.first { entry in
        Self.key(of: jobs[entry.slot].facts, in: order, at: now)
      }
      guard let first, startIfItFits(first, at: now) else { return }
      queue.remove(first.key)
    }
  }

  // MARK: Depth 1

  private mutating func passBehindHead(at now: Instant) {
    reservation = nil
    refusals.forgetHead()
    var cursor = queue.start
    while let head = queue.entry(at: cursor) {
      if startIfItFits(head, at: now) {
        queue.remove(at: &cursor)
        continue
      }
      // What does not fit even when all that runs has ended holds no reservation and is in nobody's
      // way.
      reservation = reserve(head, at: now)
      queue.advance(&cursor)
      if reservation != nil { break }
    }
    guard var held = reservation else { return }
    switch settings.candidates {
    case .queueOrder:
      while let entry = queue.find(filter(held, at: now), from: &cursor) {
        if start(entry, beside: &held, at: now) {
          queue.remove(at: &cursor)
        } else {
          queue.advance(&cursor)
        }
      }
    case .shortestFirst:
      for entry in shortestFirst(filter(held, at: now), from: cursor)
      where start(entry, beside: &held, at: now) {
        queue.remove(entry.key)
      }
    }
    reservation = held
  }

  /// The head's reservation of the last pass, if it is what would be found now.
  private func validReservation(at now: Instant) -> HeadReservation? {
    guard let reservation, queue.first?.key == reservation.key, !isAnyOverdue(at: now) else {
      return nil
    }
    return reservation
  }

  /// A pass after which all is as before but for one more job, which is not the head.
  private mutating func startNew(_ key: OrderKey, beside held: HeadReservation, at now: Instant) {
    guard let entry = queue.entry(with: key) else { return }
    var held = held
    guard start(entry, beside: &held, at: now) else { return }
    queue.remove(key)
    reservation = held
  }

  /// When and on what a job that does not fit now is expected to start, if only those that run now were there.
  private func reserve(_ head: WaitingEntry, at now: Instant) -> HeadReservation? {
    let floor = (now + settings.overdueSpan).nanoseconds
    let request = jobs[head.slot].request
    var state = machine
    var index = 0
    while index < running.entries.count {
      let end = max(running.entries[index].expectedEndNanoseconds, floor)
      var mayFit = false
      repeat {
        let returned = running.entries[index].placement
        state.vacate(returned)
        mayFit = mayFit || state.mayFit(request, since: returned)
        index += 1
      } while index < running.entries.count
        && max(running.entries[index].expectedEndNanoseconds, floor) == end
      guard mayFit, let placement = state.placement(of: request, sparing: machine) else {
        continue
      }
      state.occupy(placement)
      var now = machine
      now.restrict(to: state)
      return HeadReservation(
        key: head.key, shadow: Instant(nanoseconds: end), rest: state, restNow: now)
    }
    return nil
  }

  private func filter(_ held: HeadReservation, at now: Instant) -> CandidateFilter {
    CandidateFilter(
      room: machine.room, windowNanoseconds: (held.shadow - now).nanoseconds,
      roomForLong: held.restNow.room)
  }

  /// Starts a job that fits now and either ends by the head's start or leaves it what it needs.
  private mutating func start(
    _ entry: WaitingEntry, beside held: inout HeadReservation, at now: Instant
  ) -> Bool {
    let request = jobs[entry.slot].request
    let kind = jobs[entry.slot].kind
    let endsBefore = entry.estimateNanoseconds <= (held.shadow - now).nanoseconds
    guard endsBefore ? !refusals.refuses(kind) : !refusals.refusesBesideHead(kind) else {
      return false
    }
    let choice =
      endsBefore
      ? machine.placement(of: request, sparing: held.restNow)
      : held.restNow.placement(of: request)
    guard let placement = choice else {
      if endsBefore { refusals.note(kind) } else { refusals.noteBesideHead(kind) }
      return false
    }
    if !endsBefore { held.rest.occupy(placement) }
    start(entry.slot, on: placement, at: now)
    held.restNow = machine
    held.restNow.restrict(to: held.rest)
    return true
  }

  // MARK: More reservations

  private mutating func passWithProfile(reservationsMax: Int, at now: Instant) {
    var cursor = queue.start
    while let head = queue.entry(at: cursor), startIfItFits(head, at: now) {
      queue.remove(at: &cursor)
    }
    guard queue.entry(at: cursor) != nil else { return }
    var profile = AvailabilityProfile(
      machine: machine, running: running, now: now, floor: now + settings.overdueSpan)
    var reservations = 0
    while reservations < reservationsMax, let entry = queue.entry(at: cursor),
      isAnyAhead(of: cursor)
    {
      let facts = jobs[entry.slot].facts
      guard
        let (when, placement) = profile.earliest(
          jobs[entry.slot].request, estimate: facts.estimate)
      else {
        queue.advance(&cursor)
        continue
      }
      profile.reserve(placement, from: when, estimate: facts.estimate)
      if when == now {
        start(entry.slot, on: placement, at: now)
        queue.remove(at: &cursor)
      } else {
        reservations += 1
        queue.advance(&cursor)
      }
    }
    guard reservations == reservationsMax else { return }
    startCandidates(from: cursor, beside: &profile, at: now)
  }

  /// Whether a job at the cursor or behind it might start now.
  private func isAnyAhead(of cursor: WaitingQueue.Cursor) -> Bool {
    var cursor = cursor
    return queue.find(CandidateFilter(room: machine.room), from: &cursor) != nil
  }

  private mutating func startCandidates(
    from first: WaitingQueue.Cursor, beside profile: inout AvailabilityProfile<M>, at now: Instant
  ) {
    switch settings.candidates {
    case .queueOrder:
      var cursor = first
      while let entry = queue.find(CandidateFilter(room: machine.room), from: &cursor) {
        if start(entry, beside: &profile, at: now) {
          queue.remove(at: &cursor)
        } else {
          queue.advance(&cursor)
        }
      }
    case .shortestFirst:
      for entry in shortestFirst(CandidateFilter(room: machine.room), from: first)
      where start(entry, beside: &profile, at: now) {
        queue.remove(entry.key)
      }
    }
  }

  private mutating func start(
    _ entry: WaitingEntry, beside profile: inout AvailabilityProfile<M>, at now: Instant
  ) -> Bool {
    let estimate = TimeSpan(nanoseconds: entry.estimateNanoseconds)
    guard let placement = profile.fitsNow(jobs[entry.slot].request, estimate: estimate) else {
      return false
    }
    profile.reserve(placement, from: now, estimate: estimate)
    start(entry.slot, on: placement, at: now)
    return true
  }

  // MARK: Starting

  private func shortestFirst(_ filter: CandidateFilter, from first: WaitingQueue.Cursor)
    -> [WaitingEntry]
  {
    var cursor = first
    var found: [WaitingEntry] = []
    while let entry = queue.find(filter, from: &cursor) {
      found.append(entry)
      queue.advance(&cursor)
    }
    return found.sorted {
      $0.estimateNanoseconds != $1.estimateNanoseconds
        ? $0.estimateNanoseconds < $1.estimateNanoseconds : $0.key < $1.key
    }
  }

  private mutating func startIfItFits(_ entry: WaitingEntry, at now: Instant) -> Bool {
    let kind = jobs[entry.slot].kind
    guard !refusals.refuses(kind) else { return false }
    guard let placement = machine.placement(of: jobs[entry.slot].request) else {
      refusals.note(kind)
      return false
    }
    start(entry.slot, on: placement, at: now)
    return true
  }

  /// Starts one waiting job ahead of all others; ``started`` names it. False where it does not fit.
  package mutating func start(_ slot: Int, at now: Instant) -> Bool {
    started.removeAll(keepingCapacity: true)
    guard case .waiting(let key) = jobs[slot].phase,
      let placement = machine.placement(of: jobs[slot].request)
    else { return false }
    queue.remove(key)
    start(slot, on: placement, at: now)
    noteEverythingChanged()
    return true
  }

  /// The job runs from now on; its entry is still to be taken out of the queue.
  private mutating func start(_ slot: Int, on placement: M.Placement, at now: Instant) {
    let facts = jobs[slot].facts
    let end = (now + facts.estimate).nanoseconds
    hold(placement, slot: slot, expectedEndNanoseconds: end)
    jobs[slot].phase = .running(expectedEndNanoseconds: end)
    order.started(facts, at: now)
    started.append(Start(slot: slot, number: facts.number))
  }

  // MARK: Outlook

  /// When each waiting job is expected to start, in the order of the queue, if every one of them
  /// held a reservation and all estimates were right; nil for a job that does not fit even on the
  /// idle machine.
  ///
  /// Nothing changes by asking. Jobs that a pass at `now` would start have the start `now`.
  /// O(waiting × steps of the profile).
  package func outlook(at now: Instant) -> [(number: JobNumber, start: Instant?)] {
    var ranked = self
    ranked.rank(at: now)
    var profile = AvailabilityProfile(
      machine: machine, running: running, now: now, floor: now + settings.overdueSpan)
    return ranked.queue.entries.map { entry in
      let facts = jobs[entry.slot].facts
      guard
        let (start, placement) = profile.earliest(
          jobs[entry.slot].request, estimate: facts.estimate)
      else { return (facts.number, nil) }
      profile.reserve(placement, from: start, estimate: facts.estimate)
      return (facts.number, start)
    }
  }
}
