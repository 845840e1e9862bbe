package import Model

extension Coordinator {
  /// The answer to GetResourceStatus. Costs by the page, not by the number of leases.
  package func status(
    _ request: borrowing StatusRequest, at now: Instant
  ) throws(CallError) -> StatusResponse {
    let now = max(now, state.now)
    guard request.pageSize >= 0 else {
      throw CallError(.invalidField, "page_size is negative", field: "page_size")
    }
    let pageSize =
      request.pageSize == 0
      ? limits.pageSizeDefault : Int(min(request.pageSize, Int64(limits.pageSize)))
    if request.pool.isEmpty {
      guard request.pageToken.isEmpty else {
        throw CallError(
          .invalidField, "page_token needs the pool it came from", field: "page_token")
      }
      let all = shownPools.map { poolStatus($0, at: now, page: (from: 0, size: pageSize)) }
      return StatusResponse(statuses: all, timestamp: now)
    }
    let pool = try state.resolve(request.pool)
    let from = try PageToken.read(request.pageToken)
    let status = poolStatus(pool, at: now, page: (from: Int32(clamping: from), size: pageSize))
    return StatusResponse(statuses: [status], timestamp: now)
  }

  /// The pools that are configured, and retired ones that are still held or waited for.
  package var shownPools: [Int32] {
    state.pools.indices.filter { state.pools[$0].isShown }.map(Int32.init)
  }

  /// One pool's numbers, with a page of its leases in the order of their slots if asked.
  package func poolStatus(
    _ pool: Int32, at now: Instant, page: (from: Int32, size: Int)? = nil
  ) -> PoolStatus {
    let now = max(now, state.now)
    let state = self.state.pools[Int(pool)]
    let allocated = state.allocated(at: now)
    var status = PoolStatus(
      number: state.definition.number, name: state.definition.name, unit: state.definition.unit,
      kind: state.definition.kind, totalCapacity: state.capacity,
      available: state.available(at: now), allocated: allocated,
      overCommitted: max(0, allocated.subtractingSaturated(state.capacity)),
      queued: Int64(state.waiting), allocationsTotal: Int64(state.leases),
      rate: rateStatus(pool, refused: nil, at: now), safeCapacity: safeCapacity(pool))
    guard let page else { return status }
    var next = state.holders.first(from: page.from)
    status.allocations.reserveCapacity(min(page.size, state.leases))
    while let slot = next {
      if status.allocations.count == page.size {
        status.nextPageToken = PageToken.make(UInt64(slot))
        break
      }
      if let allocation = allocation(slot, pool) { status.allocations.append(allocation) }
      next = state.holders.first(from: slot + 1)
    }
    return status
  }

  private func allocation(_ slot: Int32, _ pool: Int32) -> Allocation? {
    let record = state.records[slot]
    guard case .held(let grant) = record.phase else { return nil }
    return Allocation(
      requestID: record.requestID, component: state.components[record.component].name,
      quantity: state.quantity(grant, of: pool, record.claims), allocatedAt: grant.grantedAt,
      expiresAt: grant.expiresAt, priority: record.priority,
      fencing: FencingToken(epoch: state.fencing.epoch, counter: grant.fencingCounter),
      metadata: record.metadata)
  }

  /// Calls the body with every waiting request, in the queue's order, and when it was queued.
  package func forEachWaiting(_ body: (_ record: RequestRecord, _ queuedAt: Instant) -> Void) {
    func visit(_ slot: Int32) {
      let record = state.records[slot]
      if case .waiting(let waiting) = record.phase { body(record, waiting.queuedAt) }
    }
    state.queue.forEach { slot in
      visit(slot)
      return true
    }
    for waiter in state.drawnQueue { visit(waiter.slot) }
  }

  /// How much each component holds of a pool, the largest first, at most `count` of them; from at most
  /// ``Limits/forecastHolders`` leases.
  package func largestHolders(of pool: Int32, count: Int) -> [(component: Text, quantity: Int64)] {
    var sums: [Int32: Int64] = [:]
    forEachHolder(of: pool) { _, record, grant in
      sums[record.component, default: 0] += state.quantity(grant, of: pool, record.claims)
    }
    let sorted = sums.map { (component: state.components[$0.key].name, quantity: $0.value) }
      .sorted { ($1.quantity, $0.component) < ($0.quantity, $1.component) }
    return Array(sorted.prefix(count))
  }
}

/// Page tokens: where the next page begins, in hexadecimal, so that clients do not mistake them for counts.
enum PageToken {
  static func make(_ position: UInt64) -> Text {
    Text("p" + String(position, radix: 16))
  }

  /// 0 for the empty token.
  static func read(_ token: Text) throws(CallError) -> UInt64 {
    guard !token.isEmpty else { return 0 }
    let string = token.string
    guard string.first == "p", let position = UInt64(string.dropFirst(), radix: 16) else {
      throw CallError(
        .invalidField, "page_token is not one that this coordinator gave", field: "page_token")
    }
    return position
  }
}
