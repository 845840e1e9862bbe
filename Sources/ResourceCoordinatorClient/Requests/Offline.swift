import Logging
import Model
import NIOConcurrencyHelpers
import Session

extension CoordinatorClient {
  /// Remembers what the coordinator calls safe for one client.
  func learn(_ response: ResourceResponse) {
    guard response.safeCapacity > 0 else { return }
    book.withLockedValue { $0.learn(pool: response.pool, safeCapacity: response.safeCapacity) }
  }

  func learn(_ status: PoolStatus) {
    guard status.safeCapacity > 0 else { return }
    book.withLockedValue { $0.learn(pool: status.name, safeCapacity: status.safeCapacity) }
  }

  /// A lease by the client's own rules, if the coordinator could not be reached and the rule of every pool allows it.
  func offlineLease(_ terms: Terms, id: String, after error: CallError) -> Lease? {
    guard isUnreachable(error), !Task.isCancelled else { return nil }
    let amounts = terms.amounts.map { amount in
      (
        pool: Text(amount.resource.name), quantity: amount.quantity,
        rule: options.unreachable[amount.resource].modelRule
      )
    }
    let isAllowed = book.withLockedValue { book in
      guard book.allows(amounts) else { return false }
      book.hold(Text(id), amounts.map { ($0.pool, $0.quantity) })
      return true
    }
    guard isAllowed else { return nil }
    options.logger.warning(
      "the coordinator cannot be reached; used by the client's own rule",
      metadata: ["request": "\(id)", "error": "\(error.message)"])
    let now = options.clock.instant
    let length = TimeSpan(terms.duration ?? options.leaseDuration)
    return Lease(
      id: id, component: component, amounts: terms.amounts, grantedAt: nil,
      rate: nil, token: "", isConfirmed: false,
      state: LeaseState(
        LeaseState.Snapshot(keeping: LeaseKeeping(termStart: now, expiresAt: now + length)),
        clock: options.clock), held: nil)
  }

  private func isUnreachable(_ error: CallError) -> Bool {
    guard error.code == .unavailable || error.code == .deadlineExceeded else { return false }
    // A coordinator that drains, or learns who holds what, is reached, and says no.
    return !error.details.contains {
      [Reason.draining.rawValue, Reason.learning.rawValue].contains($0.reason.string)
    }
  }

  /// Extends a lease that the coordinator knows nothing of.
  func extendOffline(_ lease: Lease, by duration: Duration?) {
    let now = options.clock.instant
    lease.state.update { snapshot in
      guard !snapshot.isOver else { return }
      let length =
        duration.map { TimeSpan($0) }
        ?? (snapshot.keeping.expiresAt - snapshot.keeping.termStart)
      snapshot.keeping.renewed(
        sentAt: now, expiresAt: now + length, isAtMaximum: false, preemptAt: nil)
    }
  }
}
