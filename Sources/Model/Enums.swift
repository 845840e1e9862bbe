/// The ways to answer requests. Raw values are those of the protocol.
package enum ResponseMode: UInt8, Sendable, CaseIterable {
  /// Grants everything; status still tells how far the pools are over-committed.
  case alwaysGrant = 1
  /// Denies and queues by seeded chance, ignoring capacity.
  case simulateContention = 2
  /// Never grants more than exists.
  case respectLimits = 3

  /// The name in flags, configuration files and metrics.
  package var name: String {
    switch self {
    case .alwaysGrant: "always_grant"
    case .simulateContention: "simulate_contention"
    case .respectLimits: "respect_limits"
    }
  }

  package init?(name: String) {
    guard let mode = ResponseMode.allCases.first(where: { $0.name == name }) else { return nil }
    self = mode
  }
}

/// Priorities of requests. Raw values are those of the protocol.
package enum Priority: UInt8, Sendable, CaseIterable, Comparable {
  case low = 1
  case normal = 2
  case high = 3
  case critical = 4

  /// The priority in points, on the scale that jobs share.
  package var points: Int64 {
    switch self {
    case .low: 200
    case .normal: 400
    case .high: 600
    case .critical: 1000
    }
  }

  package var name: String {
    switch self {
    case .low: "LOW"
    case .normal: "NORMAL"
    case .high: "HIGH"
    case .critical: "CRITICAL"
    }
  }

  /// Reads a name in any case.
  package init?(name: String) {
    guard let priority = Priority.allCases.first(where: { $0.name == name.uppercased() }) else {
      return nil
    }
    self = priority
  }

  package static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
}

/// Where a request stands. Raw values are those of the protocol.
package enum RequestStatus: UInt8, Sendable, CaseIterable {
  case pending = 1
  case granted = 2
  case denied = 3
  case queued = 4
  case released = 5
  case expired = 6

  package var name: String {
    switch self {
    case .pending: "PENDING"
    case .granted: "GRANTED"
    case .denied: "DENIED"
    case .queued: "QUEUED"
    case .released: "RELEASED"
    case .expired: "EXPIRED"
    }
  }
}

/// What a pool's units mean. Raw values are those of the protocol.
package enum PoolKind: UInt8, Sendable, CaseIterable {
  /// Held while the lease lives.
  case capacity = 1
  /// A number of permits per period, held while the lease lives: nothing refills, release gives back.
  case hold = 2
  /// Spent at the grant and refilled by time.
  case rate = 3

  package var name: String {
    switch self {
    case .capacity: "capacity"
    case .hold: "hold"
    case .rate: "rate"
    }
  }
}

/// What happened, in the history and the event stream. Raw values are those of the protocol.
package enum EventKind: UInt8, Sendable, CaseIterable {
  case granted = 1
  case denied = 2
  case queued = 3
  case released = 4
  case releaseRefused = 5
  case expired = 6
  case claimLapsed = 7
  case renewed = 8
  case queueTimeout = 9
  case cancelled = 10
  case preemptNotice = 11
  case preempted = 12
  case promoted = 13
  case modeChanged = 14
  case capacityChanged = 15
  case draining = 16
  case claimed = 17
  case settled = 18
  case adopted = 19
  case learning = 20

  /// The name in transcripts and metrics.
  package var name: String {
    switch self {
    case .granted: "granted"
    case .denied: "denied"
    case .queued: "queued"
    case .released: "released"
    case .releaseRefused: "release_refused"
    case .expired: "expired"
    case .claimLapsed: "claim_lapsed"
    case .renewed: "renewed"
    case .queueTimeout: "queue_timeout"
    case .cancelled: "cancelled"
    case .preemptNotice: "preempt_notice"
    case .preempted: "preempted"
    case .promoted: "promoted"
    case .modeChanged: "mode_changed"
    case .capacityChanged: "capacity_changed"
    case .draining: "draining"
    case .claimed: "claimed"
    case .settled: "settled"
    case .adopted: "adopted"
    case .learning: "learning"
    }
  }
}

/// The calls of the protocol. Raw values are those of the protocol and never reused.
package enum Method: UInt8, Sendable, CaseIterable {
  case requestResource = 1
  case releaseResource = 2
  case getResourceStatus = 3
  case healthCheck = 4
  case streamResourceStatus = 5
  case hello = 6
  case renewLease = 7
  case cancelRequest = 8
  case awaitGrant = 9
  case requestResources = 10
  case explain = 11
  case listHistory = 12
  case watchEvents = 13
  case getMode = 14
  case setMode = 15
  case setCapacity = 16
  case drain = 17

  /// The name in snake_case, as in scripts and metrics.
  package var name: String {
    switch self {
    case .requestResource: "request_resource"
    case .releaseResource: "release_resource"
    case .getResourceStatus: "get_resource_status"
    case .healthCheck: "health_check"
    case .streamResourceStatus: "stream_resource_status"
    case .hello: "hello"
    case .renewLease: "renew_lease"
    case .cancelRequest: "cancel_request"
    case .awaitGrant: "await_grant"
    case .requestResources: "request_resources"
    case .explain: "explain"
    case .listHistory: "list_history"
    case .watchEvents: "watch_events"
    case .getMode: "get_mode"
    case .setMode: "set_mode"
    case .setCapacity: "set_capacity"
    case .drain: "drain"
    }
  }

  package var isStream: Bool {
    switch self {
    case .streamResourceStatus, .awaitGrant, .watchEvents: true
    case .requestResource, .releaseResource, .getResourceStatus, .healthCheck, .hello, .renewLease,
      .cancelRequest, .requestResources, .explain, .listHistory, .getMode, .setMode, .setCapacity,
      .drain:
      false
    }
  }
}
