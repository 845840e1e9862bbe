import Model

/// The decisions since the shell last took them, as bytes: one record for each, at consecutive revisions.
///
/// A record is what ``CoordinationState/evolve(_:at:)`` needs and nothing else, so that the state can be rebuilt from
/// records alone. It begins with its time as the distance from the decision before, and a number that says what was
/// decided (``Kind``); the fields follow in the order in which ``DecisionReader`` reads them. Slots are numbers at which
/// both sides arrive, because they are given out in a fixed order.
package struct DecisionLog: Sendable {
  /// The numbers of decisions in records. Numbers are never used again for something else.
  enum Kind: UInt8 {
    case recorded = 1
    case served = 2
    case claimed = 3
    case attached = 4
    case detached = 5
    case promoted = 6
    case waitEnded = 7
    case leaseEnded = 8
    case lockDelayEnded = 9
    case renewed = 10
    case settled = 11
    case preemptionNoticed = 12
    case preemptionWithdrawn = 13
    case releaseRefused = 14
    case forgotten = 15
    case modeChanged = 16
    case capacityChanged = 17
    case draining = 18
    case started = 19
    case poolsDefined = 20
    case learning = 21
    case leaseAdopted = 22
  }

  private var sink = ByteSink()
  /// Where each record ends.
  private var ends: ContiguousArray<Int> = []
  /// The revision before the first record.
  private var previousRevision: UInt64 = 0

  package var isEmpty: Bool { ends.isEmpty }
  package var byteCount: Int { sink.count }

  /// Hands out the records in order.
  package func forEach<Failure: Error>(
    _ body: (_ revision: UInt64, _ record: ArraySlice<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    var start = 0
    for (position, end) in ends.enumerated() {
      try body(previousRevision + UInt64(position) + 1, sink.bytes[start..<end])
      start = end
    }
  }

  /// Forgets the records and keeps their memory.
  package mutating func removeAll() {
    sink.removeAll()
    ends.removeAll(keepingCapacity: true)
  }

  // MARK: Writing, before a decision is applied

  mutating func append(_ decision: Decision, at now: Instant, in state: CoordinationState) {
    switch decision {
    case .recorded(let request, let admission, let outcome, let drew):
      append(request, admission, outcome, drew: drew, at: now, in: state)
      return
    case .leaseEnded(let slot, let end, let closedUntil):
      append(slot, end, closedUntil: closedUntil, at: now, in: state)
      return
    default:
      break
    }
    begin(kind(of: decision), at: now, in: state)
    appendFields(of: decision, at: now)
    ends.append(sink.count)
  }

  mutating func append(
    _ request: borrowing ResourceRequest, _ admission: borrowing Admission, _ outcome: Outcome,
    drew: Bool, at now: Instant, in state: CoordinationState
  ) {
    begin(.recorded, at: now, in: state)
    append(request, admission, drew: drew)
    switch outcome {
    case .granted(let terms):
      sink.append(byte: 0)
      sink.append(terms, at: now)
    case .queued(let terms):
      sink.append(byte: 1)
      sink.append(terms, at: now)
    case .denied(let denial):
      sink.append(byte: 2)
      sink.append(denial)
    }
    ends.append(sink.count)
  }

  /// What a request asks for, and who asks.
  @inline(__always)
  private mutating func append(
    _ request: borrowing ResourceRequest, _ admission: borrowing Admission, drew: Bool
  ) {
    sink.append(byte: RecordedFlags(request, admission, drew: drew).rawValue)
    sink.append(request.requestID)
    sink.append(request.component)
    sink.append(admission.claims)
    sink.append(byte: admission.priority.rawValue)
    sink.append(admission.connection)
    sink.append(optional: request.timeout) { $0.append($1) }
    sink.append(optional: request.duration) { $0.append($1) }
    sink.append(request.metadata)
    sink.append(request.clientSecret)
    if let owner = admission.owner { sink.append(owner.name) }
  }

  mutating func append(
    _ slot: Int32, _ end: LeaseEnd, closedUntil: Instant?, at now: Instant,
    in state: CoordinationState
  ) {
    begin(.leaseEnded, at: now, in: state)
    sink.append(slot)
    sink.append(byte: end.rawValue)
    sink.append(optional: closedUntil) { $0.append($1, since: now) }
    ends.append(sink.count)
  }

  @inline(__always)
  private mutating func begin(_ kind: Kind, at now: Instant, in state: CoordinationState) {
    if ends.isEmpty { previousRevision = state.revision }
    sink.append(now, since: state.decidedAt)
    sink.append(byte: kind.rawValue)
  }

  private func kind(of decision: Decision) -> Kind {
    switch decision {
    case .recorded: .recorded
    case .served: .served
    case .claimed: .claimed
    case .attached: .attached
    case .detached: .detached
    case .promoted: .promoted
    case .waitEnded: .waitEnded
    case .leaseEnded: .leaseEnded
    case .lockDelayEnded: .lockDelayEnded
    case .renewed: .renewed
    case .settled: .settled
    case .preemptionNoticed: .preemptionNoticed
    case .preemptionWithdrawn: .preemptionWithdrawn
    case .releaseRefused: .releaseRefused
    case .forgotten: .forgotten
    case .modeChanged: .modeChanged
    case .capacityChanged: .capacityChanged
    case .draining: .draining
    case .started: .started
    case .poolsDefined: .poolsDefined
    case .learning: .learning
    case .leaseAdopted: .leaseAdopted
    }
  }

  private mutating func appendFields(of decision: Decision, at now: Instant) {
    switch decision {
    case .recorded, .leaseEnded:
      preconditionFailure("they have methods of their own")
    case .served(let slot, let terms):
      sink.append(slot)
      sink.append(terms, at: now)
    case .claimed(let slot), .lockDelayEnded(let slot), .preemptionWithdrawn(let slot),
      .forgotten(let slot):
      sink.append(slot)
    case .attached(let slot, let connection):
      sink.append(slot)
      sink.append(connection)
    case .detached(let slot, let instant), .renewed(let slot, let instant),
      .preemptionNoticed(let slot, let instant):
      sink.append(slot)
      sink.append(instant, since: now)
    case .promoted(let slot, let key):
      sink.append(slot)
      sink.append(key)
    case .waitEnded(let slot, let end):
      sink.append(slot)
      sink.append(byte: end.rawValue)
    case .settled(let slot, let pool, let difference):
      sink.append(slot)
      sink.append(pool)
      sink.append(difference)
    case .releaseRefused(let slot, let requestID, let component, let reason):
      sink.append(slot ?? -1)
      sink.append(requestID)
      sink.append(component)
      sink.append(reason)
    case .modeChanged(let mode, let contention, let restartsDraws):
      sink.append(byte: mode.rawValue)
      sink.append(contention)
      sink.append(restartsDraws)
    case .capacityChanged(let pool, let capacity):
      sink.append(pool)
      sink.append(capacity)
    case .draining(let isDraining):
      sink.append(isDraining)
    case .learning(let end):
      sink.append(optional: end) { $0.append($1, since: now) }
    case .leaseAdopted(let request, let admission, let terms):
      append(request, admission, drew: false)
      sink.append(terms, at: now)
    case .started(let cancelAt, let claimBy):
      sink.append(cancelAt, since: now)
      sink.append(claimBy, since: now)
    case .poolsDefined(let pools):
      sink.append(pools.count)
      for pool in pools { sink.append(pool) }
    }
  }
}

/// The truth values of a recorded request.
struct RecordedFlags: OptionSet {
  let rawValue: UInt8

  static let drew = RecordedFlags(rawValue: 1)
  static let wait = RecordedFlags(rawValue: 2)
  static let allowPartial = RecordedFlags(rawValue: 4)
  static let cancelOnDisconnect = RecordedFlags(rawValue: 8)
  static let multiple = RecordedFlags(rawValue: 16)
  static let traced = RecordedFlags(rawValue: 32)
  static let owned = RecordedFlags(rawValue: 64)

  init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  init(
    _ request: borrowing ResourceRequest, _ admission: borrowing Admission, drew: Bool
  ) {
    var flags: RecordedFlags = []
    if drew { flags.insert(.drew) }
    if request.wait { flags.insert(.wait) }
    if request.allowPartial { flags.insert(.allowPartial) }
    if request.cancelOnDisconnect { flags.insert(.cancelOnDisconnect) }
    if request.isMultiple { flags.insert(.multiple) }
    if request.isTraced { flags.insert(.traced) }
    if admission.owner != nil { flags.insert(.owned) }
    self = flags
  }
}
