import Model
import Scheduling

/// A machine whose jobs are admitted by the quotas of their queues as well.
struct QuotaMachine<Base: Machine>: Machine {
  struct Request: Sendable {
    let base: Base.Request
    let claim: QueueClaim
  }

  struct Placement: Sendable {
    let base: Base.Placement
    let claim: QueueClaim
  }

  /// Requests of one base kind that take the same of the same queue.
  struct Kind: Hashable, Sendable {
    let base: Base.Kind
    let claim: QueueClaim
  }

  private(set) var base: Base
  /// Those of this state, and of the states that it was restricted to: all must allow a job.
  private var quotas: [QuotaTree]

  init(_ base: Base, _ quota: QuotaTree) {
    self.base = base
    quotas = [quota]
  }

  /// The quotas of this state.
  var quota: QuotaTree { quotas[0] }

  private func admits(_ claim: QueueClaim) -> Bool {
    guard let queue = claim.queue else { return true }
    return quotas.allSatisfy { $0.canAdmit(claim.amounts, to: queue) }
  }

  func placement(of request: Request) -> Placement? {
    guard admits(request.claim) else { return nil }
    return base.placement(of: request.base).map { Placement(base: $0, claim: request.claim) }
  }

  func placement(of request: Request, sparing other: QuotaMachine) -> Placement? {
    guard admits(request.claim) else { return nil }
    return base.placement(of: request.base, sparing: other.base).map {
      Placement(base: $0, claim: request.claim)
    }
  }

  mutating func occupy(_ placement: Placement) {
    base.occupy(placement.base)
    guard let queue = placement.claim.queue else { return }
    for index in quotas.indices { quotas[index].add(placement.claim.amounts, to: queue) }
  }

  mutating func vacate(_ placement: Placement) {
    base.vacate(placement.base)
    guard let queue = placement.claim.queue else { return }
    for index in quotas.indices { quotas[index].remove(placement.claim.amounts, from: queue) }
  }

  mutating func restrict(to other: QuotaMachine) {
    base.restrict(to: other.base)
    for tree in other.quotas where !quotas.contains(tree) { quotas.append(tree) }
  }

  var room: Int { base.room }

  static func bulk(of request: Request) -> Int { Base.bulk(of: request.base) }

  static func kind(of request: Request) -> Kind? {
    Base.kind(of: request.base).map { Kind(base: $0, claim: request.claim) }
  }

  func mayFit(_ request: Request, since returned: Placement) -> Bool {
    guard admits(request.claim) else { return false }
    if base.mayFit(request.base, since: returned.base) { return true }
    // Only where its quota was in the way until now is there more to hope for than before.
    guard let queue = returned.claim.queue, let own = request.claim.queue else { return false }
    return !quotas.allSatisfy {
      var before = $0
      before.add(returned.claim.amounts, to: queue)
      return before.canAdmit(request.claim.amounts, to: own)
    }
  }
}

/// What a job takes of its queue's quota.
struct QueueClaim: Hashable, Sendable {
  /// The queue's place in the tree; nil for what no queue has a part in.
  let queue: Int?
  /// By column.
  let amounts: [Int64]

  static let none = QueueClaim(queue: nil, amounts: [])
}

/// Hardware whose jobs belong to queues.
struct QuotaHardware<Base: Hardware>: Hardware {
  private var base: Base
  /// By job.
  private let claims: [QueueClaim]

  init(_ base: Base, claims: [QueueClaim]) {
    self.base = base
    self.claims = claims
  }

  var failingParts: Int { base.failingParts }

  func request(_ index: Int, _ job: WorkloadJob) -> QuotaMachine<Base.M>.Request {
    QuotaMachine.Request(base: base.request(index, job), claim: claims[index])
  }

  func places(of placement: QuotaMachine<Base.M>.Placement) -> [Scheduling.Placement] {
    base.places(of: placement.base)
  }

  func cluster(of machine: QuotaMachine<Base.M>) -> Cluster? { base.cluster(of: machine.base) }

  func quota(of machine: QuotaMachine<Base.M>) -> QuotaTree? { machine.quota }

  func claim(of index: Int) -> QueueClaim { claims[index] }

  mutating func fail(
    _ failure: FailureSource.Failure, _ source: inout FailureSource,
    running: [(slot: Int, placement: QuotaMachine<Base.M>.Placement)]
  ) -> Damage<QuotaMachine<Base.M>>? {
    base.fail(failure, &source, running: running.map { ($0.slot, $0.placement.base) }).map {
      Damage(
        slots: $0.slots, request: QuotaMachine.Request(base: $0.request, claim: .none),
        placement: QuotaMachine.Placement(base: $0.placement, claim: .none))
    }
  }

  mutating func repair(_ placement: QuotaMachine<Base.M>.Placement) {
    base.repair(placement.base)
  }
}
