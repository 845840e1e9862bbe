public import Foundation
import Model

extension CoordinatorClient {
  // MARK: Reading

  /// The state of one pool, or of all of them.
  ///
  /// - Parameters:
  ///   - pageSize: leases listed of each pool, 1 to 1000; nil = 100.
  ///   - page: ``ResourceStatus/nextPage`` of an earlier answer for the same pool.
  public func status(
    _ resource: Resource? = nil, pageSize: Int? = nil, page: String? = nil
  ) async throws(CoordinatorError) -> [ResourceStatus] {
    let request = StatusRequest(
      pool: resource?.reference ?? PoolReference(), pageSize: Int64(pageSize ?? 0),
      pageToken: Text(page ?? ""))
    return try await call(.status(request)) { response in
      guard case .status(let status) = response else { return nil }
      for pool in status.statuses { learn(pool) }
      return status.statuses.map { ResourceStatus($0) }
    }
  }

  /// The state of one pool, or of all of them, now and after every change.
  ///
  /// - Parameter leases: leases listed of each pool, at most 1000; 0 lists none.
  public func statusUpdates(
    _ resource: Resource? = nil, leases: Int = 0
  ) -> Updates<ResourceStatus> {
    let request = StatusRequest(
      pool: resource?.reference ?? PoolReference(), pageSize: Int64(max(0, leases)))
    return Updates(client: self, request: .streamStatus(request)) { response in
      guard case .poolStatus(let status) = response else { return nil }
      self.learn(status)
      return ResourceStatus(status)
    }
  }

  /// What happens from now on, or after a revision, without gaps.
  ///
  /// Throws ``CoordinatorError/Code/outOfRange`` if events after the revision are no longer kept.
  public func events(
    after revision: UInt64? = nil, _ filter: EventFilter = EventFilter()
  ) -> Updates<Event> {
    let request = WatchRequest(
      afterRevision: revision ?? 0, fromStart: revision == 0,
      component: Text(filter.component ?? ""), requestID: Text(filter.requestID ?? ""),
      pool: Text(filter.resource?.name ?? ""))
    return Updates(client: self, request: .watch(request)) { response in
      guard case .event(let event) = response else { return nil }
      return Event(event)
    }
  }

  /// Why a request waits or was denied, until when, and what would change it.
  public func explain(requestID: String) async throws(CoordinatorError) -> Explanation {
    try await call(.explain(.existing(Text(requestID))), requestID: requestID) { response in
      guard case .explanation(let explanation) = response else { return nil }
      return Explanation(explanation)
    }
  }

  /// What would happen to a request that is not made: nothing is reserved or recorded.
  public func explain(
    _ amounts: Amount..., priority: Priority = .normal
  ) async throws(CoordinatorError) -> Explanation {
    let request = try Terms(amounts: amounts, priority: priority)
      .request(component: component, secret: secret)
    return try await call(.explain(.hypothetical(request))) { response in
      guard case .explanation(let explanation) = response else { return nil }
      return Explanation(explanation)
    }
  }

  /// A page of what has happened.
  ///
  /// - Parameters:
  ///   - after: at or after this time.
  ///   - before: before this time.
  ///   - pageSize: 1 to 1000; nil = 100.
  ///   - page: ``HistoryPage/nextPage`` of an earlier answer with the same filter.
  public func history(
    _ filter: EventFilter = EventFilter(), after: Date? = nil, before: Date? = nil,
    oldestFirst: Bool = false, pageSize: Int? = nil, page: String? = nil
  ) async throws(CoordinatorError) -> HistoryPage {
    let request = HistoryRequest(
      pageSize: Int64(pageSize ?? 0), pageToken: Text(page ?? ""),
      component: Text(filter.component ?? ""), requestID: Text(filter.requestID ?? ""),
      pool: filter.resource?.reference ?? PoolReference(), after: after.map { Instant($0) },
      before: before.map { Instant($0) }, oldestFirst: oldestFirst)
    return try await call(.history(request)) { response in
      guard case .history(let history) = response else { return nil }
      return HistoryPage(history)
    }
  }

  /// How the coordinator is: a real round trip.
  public func health() async throws(CoordinatorError) -> Health {
    try await call(.healthCheck) { response in
      guard case .health(let health) = response else { return nil }
      return Health(health)
    }
  }

  // MARK: Administration

  /// How the coordinator answers requests.
  public func mode() async throws(CoordinatorError) -> ModeStatus {
    try await call(.getMode) { response in
      guard case .mode(let mode) = response else { return nil }
      return ModeStatus(mode)
    }
  }

  /// Changes how the coordinator answers requests. Leases stay.
  public func setMode(_ mode: ResponseMode) async throws(CoordinatorError) -> ModeStatus {
    try await set(SetModeRequest(mode: number(of: mode)))
  }

  /// Lets requests be denied and queued by chance, each 0 to 1 and together at most 1. A seed other than 0 restarts the
  /// generator of the outcomes.
  public func simulateContention(
    denyProbability: Double, queueProbability: Double, seed: UInt64 = 0
  ) async throws(CoordinatorError) -> ModeStatus {
    try await set(
      SetModeRequest(
        mode: number(of: .simulateContention),
        contention: ContentionSettings(
          denyProbability: denyProbability, queueProbability: queueProbability, seed: seed)))
  }

  private func number(of mode: ResponseMode) -> Int32 {
    Int32(Model.ResponseMode(name: mode.rawValue)?.rawValue ?? 0)
  }

  private func set(_ request: SetModeRequest) async throws(CoordinatorError) -> ModeStatus {
    try await call(.setMode(request)) { response in
      guard case .mode(let mode) = response else { return nil }
      return ModeStatus(mode)
    }
  }

  /// Changes how much of a pool there is, 0 or more in its unit. What is held beyond it stays held.
  public func setCapacity(
    _ resource: Resource, to capacity: Int64
  ) async throws(CoordinatorError) -> ResourceStatus {
    let request = SetCapacityRequest(pool: resource.reference, capacity: capacity)
    return try await call(.setCapacity(request)) { response in
      guard case .poolStatus(let status) = response else { return nil }
      return ResourceStatus(status)
    }
  }
}
