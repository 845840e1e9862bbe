import Model

extension CoordinationState {
  /// Puts a record back into its slot, with all that follows from it: sums, indexes, the place in the queue, the timer.
  ///
  /// False, and nothing is changed, where the record does not fit: another one of its slot or id, a pool or a component
  /// that is not there.
  func restore(_ slot: Int32, _ record: RequestRecord) -> Bool {
    guard components.isKnown(record.component), record.claims.areOf(poolCount: pools.count),
      record.isSound, find(record.requestID) == nil,
      records.restore(record, at: slot, filled: index.count)
    else { return false }
    index.insert(slot, hash: record.requestID.hashValue(seed: hashSeed))
    components[record.component].records += 1
    switch record.phase {
    case .waiting(let waiting): restore(slot, record, waiting)
    case .held(let grant):
      leases += 1
      components[record.component].leases += 1
      occupy(slot, record, grant, isClosed: false)
      timers.set(slot, at: grant.nextTimer)
    case .closing(let grant, _, let until):
      occupy(slot, record, grant, isClosed: true)
      timers.set(slot, at: until)
    case .vacant, .leaseEnded, .waitEnded, .denied: break
    }
    return true
  }

  private func occupy(_ slot: Int32, _ record: RequestRecord, _ grant: Grant, isClosed: Bool) {
    for position in 0..<record.claims.count {
      let pool = record.claims[position].pool
      let quantity = quantity(grant, record.claims, position)
      pools[Int(pool)].holders.insert(slot)
      if !isClosed { pools[Int(pool)].leases += 1 }
      guard !pools[Int(pool)].isRate else { continue }
      if isClosed {
        pools[Int(pool)].closed = pools[Int(pool)].closed.addingSaturated(quantity)
      } else {
        pools[Int(pool)].held = pools[Int(pool)].held.addingSaturated(quantity)
        components[record.component].changeHeld(of: pool, by: quantity)
      }
    }
  }

  private func restore(_ slot: Int32, _ record: RequestRecord, _ waiting: Waiting) {
    components[record.component].waiting += 1
    for position in 0..<record.claims.count {
      let index = Int(record.claims[position].pool)
      pools[index].waiting += 1
      if pools[index].waiting == 1 { waitedPools += 1 }
    }
    if let due = waiting.drawnGrantAt {
      drawnQueue.append(DrawnWaiter(due: due, sequence: waiting.place.sequence, slot: slot))
    } else {
      queue.insert(slot, key: waiting.place)
    }
    timers.set(slot, at: nextTimer(waiting, record.priority))
  }

  /// Ends restoring. False unless every slot is free or has a record, and every ended request is remembered.
  func finishRestoring(end: Int32) -> Bool {
    drawnQueue.sort { ($0.due, $0.sequence) < ($1.due, $1.sequence) }
    guard
      records.finishRestoring(
        end: end, filled: index.count,
        isVacant: { if case .vacant = $0.phase { true } else { false } })
    else { return false }
    return (0..<end).count(where: isEnded) == remembered.count
  }

  func isEnded(_ slot: Int32) -> Bool {
    guard slot >= 0, slot < records.end else { return false }
    switch records[slot].phase {
    case .leaseEnded, .waitEnded, .denied: return true
    case .vacant, .waiting, .held, .closing: return false
    }
  }

  /// Sets the timers of a state in which nothing has happened yet to the time at which things begin to.
  func beginTimers(at now: Instant) {
    precondition(records.count == 0, "no timer is set before anything happens")
    timers = TimingWheel(time: now)
  }

  var areNamesUnique: Bool {
    Set(pools.map(\.definition.name)).count == pools.count
      && Set(pools.compactMap { $0.listedNumber }).count == pools.count { $0.listedNumber != nil }
  }
}

extension PoolState {
  fileprivate var listedNumber: Int32? {
    isRetired || definition.number == 0 ? nil : definition.number
  }
}

extension PoolClaims {
  /// Whether the pools are among so many and distinct, and the quantities are not below zero.
  func areOf(poolCount: Int) -> Bool {
    for position in 0..<count {
      let claim = self[position]
      guard claim.pool >= 0, Int(claim.pool) < poolCount, claim.quantity >= 0 else { return false }
    }
    return rest.isEmpty || Set([first.pool] + rest.map(\.pool)).count == count
  }
}

extension RequestRecord {
  /// Whether the numbers are such as decisions make.
  fileprivate var isSound: Bool {
    switch phase {
    case .vacant: false
    case .waiting(let waiting): waiting.queuedAt >= .epoch
    case .held(let grant), .closing(let grant, _, _), .leaseEnded(let grant, _, _):
      grant.quantity >= 0 && grant.quantity <= claims.first.quantity && grant.grantedAt >= .epoch
    case .waitEnded, .denied: true
    }
  }
}
