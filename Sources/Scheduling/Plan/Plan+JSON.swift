import Model

extension Plan {
  /// The plan as JSON. Times are seconds since 1970 with as many decimals as they need.
  package var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("placements", .array(starts.map(\.json))),
      .init("preemptions", .array(evictions.map(\.json))),
      .init("reservations", .array(reservations.map(\.json))),
    ]
    if let moves { members.append(.init("migrations", .array(moves.map(\.json)))) }
    if let bookings { members.append(.init("bookings", .array(bookings.map(\.json)))) }
    members += [
      .init("order", .array(order.map { .string($0) })),
      .init(
        "shares",
        .object([
          .init("queues", .array(queueShares.map { $0.json(columns) })),
          .init("users", .array(userShares.map(\.json))),
        ])),
      .init("waiting", .array(waiting.map(\.json))),
    ]
    return .object(members)
  }
}

extension Instant {
  fileprivate var json: JSONValue { .number(FixedDecimal.text(nanoseconds, places: 9)) }
}

private func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

extension GPUGrant {
  fileprivate var jsonMembers: [JSONValue.Member] {
    switch self {
    case .none: []
    case .share(let device, let milli):
      [.init("gpus", .array([.integer(device)])), .init("gpu_milli", .integer(milli))]
    case .devices(let devices): [.init("gpus", .array(devices.map { .integer($0) }))]
    case .instances(let instances):
      [
        .init("gpus", .array(instances.map { .integer($0.device) })),
        .init("slices", .array(instances.map { .integer($0.slices) })),
      ]
    }
  }
}

extension Plan.Start {
  fileprivate var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("job", .string(job)), .init("task", .integer(task)),
      .init("node", node.map { .string($0) } ?? .null),
    ]
    members += gpu.jsonMembers
    members.append(.init("backfilled", .bool(isBackfilled)))
    return .object(members)
  }
}

extension Plan.Eviction {
  fileprivate var json: JSONValue {
    .object([
      .init("job", .string(job)), .init("reason", .string(reason)),
      .init("for", .string(preemptor)), .init("stops_by", deadline.json),
    ])
  }
}

extension Plan.Reservation {
  fileprivate var json: JSONValue {
    .object([
      .init("job", .string(job)), .init("start", start.json), .init("nodes", texts(nodes)),
    ])
  }
}

extension Plan.Booking {
  fileprivate var json: JSONValue {
    .object([
      .init("booking", .string(name)), .init("nodes", texts(nodes)), .init("start", start.json),
      .init("end", end.json), .init("refused", refusal.map { .string($0) } ?? .null),
      .init("in_the_way", texts(inTheWay)),
    ])
  }
}

extension Plan.Move {
  fileprivate var json: JSONValue {
    .object(
      [
        .init("job", .string(job)), .init("task", .integer(task)), .init("from", .string(from)),
        .init("to", .string(to)),
      ] + gpu.jsonMembers + [
        .init("gain_gpu_milli", .integer(gainMilli)),
        .init("cost_seconds", .number(FixedDecimal.text(cost.nanoseconds, places: 9))),
        .init("for", beneficiary.map { .string($0) } ?? .null),
      ])
  }
}

extension Plan.QueueShare {
  fileprivate func json(_ columns: [SnapshotColumn]) -> JSONValue {
    // What no queue names, and what a queue has no limit of, says nothing about shares.
    func amounts(_ amounts: [Int64]) -> JSONValue {
      let named = columns.indices.filter {
        columns[$0].isNamed && nominal[$0] < QuotaTree.quantityLimit
      }
      return .object(
        named.map { .init(columns[$0].name, .number(columns[$0].text(amounts[$0]))) })
    }
    return .object([
      .init("queue", .string(queue)), .init("parent", parent.map { .string($0) } ?? .null),
      .init("nominal", amounts(nominal)), .init("fair", amounts(fair)),
      .init("capped", amounts(capped)), .init("held", amounts(held)),
      .init("borrowed_share", borrowedShare.map(FixedDecimal.json) ?? .null),
    ])
  }
}

extension Plan.UserShare {
  fileprivate var json: JSONValue {
    .object([
      .init("user", .string(user)), .init("account", account.map { .string($0) } ?? .null),
      .init("usage", FixedDecimal.json(usage)), .init("factor", FixedDecimal.json(factor)),
    ])
  }
}

extension Plan.Waiting {
  fileprivate var json: JSONValue {
    .object(
      [
        .init("job", .string(job)), .init("reasons", texts(reasons)),
        .init("ahead", texts(ahead)), .init("ahead_count", .integer(aheadCount)),
        .init("expected_start", expectedStart?.json ?? .null),
      ] + (earliestStart.map { [.init("earliest_start", $0.json)] } ?? [])
        + [.init("would_start_now", texts(remedies))])
  }
}
