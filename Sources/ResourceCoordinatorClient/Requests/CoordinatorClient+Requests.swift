import Model

extension CoordinatorClient {
  /// Asks for one or several amounts, all or nothing.
  ///
  /// - Parameters:
  ///   - amounts: 1 to 16, each of another pool.
  ///   - wait: what to do if there is not enough now; ``WaitPolicy/fail`` never queues.
  ///   - duration: the length of the lease; nil = the coordinator's default, one hour. Leases of this call are not kept
  ///     alive: see ``withLease(_:priority:wait:ttl:metadata:_:)`` for that.
  ///   - metadata: shown with the lease and in the history.
  ///   - allowPartial: take less than asked, at least 1; for a single amount.
  ///   - requestID: what makes repeating safe, 1 to 255 bytes; drawn at random if nil. The same id with the same content
  ///     never takes twice.
  public func request(
    _ amounts: Amount..., priority: Priority = .normal, wait: WaitPolicy = .fail,
    duration: Duration? = nil, metadata: [String: String] = [:], allowPartial: Bool = false,
    requestID: String? = nil
  ) async throws(CoordinatorError) -> Outcome {
    try await request(
      amounts, priority: priority, wait: wait, duration: duration, metadata: metadata,
      allowPartial: allowPartial, requestID: requestID)
  }

  /// As ``request(_:priority:wait:duration:metadata:allowPartial:requestID:)``, for amounts in an array.
  public func request(
    _ amounts: [Amount], priority: Priority = .normal, wait: WaitPolicy = .fail,
    duration: Duration? = nil, metadata: [String: String] = [:], allowPartial: Bool = false,
    requestID: String? = nil
  ) async throws(CoordinatorError) -> Outcome {
    try await ask(
      Terms(
        amounts: amounts, priority: priority, wait: wait, duration: duration, metadata: metadata,
        allowPartial: allowPartial, requestID: requestID)
    ).outcome
  }

  /// Asks for GPU memory.
  public func requestGPU(
    megabytes: Int64, priority: Priority = .normal, wait: WaitPolicy = .fail,
    duration: Duration? = nil, metadata: [String: String] = [:], requestID: String? = nil
  ) async throws(CoordinatorError) -> Outcome {
    try await request(
      [.gpuMemory(megabytes: megabytes)], priority: priority, wait: wait, duration: duration,
      metadata: metadata, requestID: requestID)
  }

  /// Asks for a share of the API requests of an hour.
  public func requestAPIQuota(
    requestsPerHour: Int64, priority: Priority = .normal, wait: WaitPolicy = .fail,
    duration: Duration? = nil, metadata: [String: String] = [:], requestID: String? = nil
  ) async throws(CoordinatorError) -> Outcome {
    try await request(
      [.claudeAPI(requestsPerHour: requestsPerHour)], priority: priority, wait: wait,
      duration: duration, metadata: metadata, requestID: requestID)
  }

  /// Asks for system memory.
  public func requestMemory(
    megabytes: Int64, priority: Priority = .normal, wait: WaitPolicy = .fail,
    duration: Duration? = nil, metadata: [String: String] = [:], requestID: String? = nil
  ) async throws(CoordinatorError) -> Outcome {
    try await request(
      [.memory(megabytes: megabytes)], priority: priority, wait: wait, duration: duration,
      metadata: metadata, requestID: requestID)
  }

  /// Asks for CPU cores.
  public func requestCPU(
    cores: Int64, priority: Priority = .normal, wait: WaitPolicy = .fail,
    duration: Duration? = nil, metadata: [String: String] = [:], requestID: String? = nil
  ) async throws(CoordinatorError) -> Outcome {
    try await request(
      [.cpu(cores: cores)], priority: priority, wait: wait, duration: duration, metadata: metadata,
      requestID: requestID)
  }

  /// Asks for an amount of a pool named in the coordinator's configuration, in the pool's unit.
  public func request(
    pool: String, quantity: Int64, priority: Priority = .normal, wait: WaitPolicy = .fail,
    duration: Duration? = nil, metadata: [String: String] = [:], requestID: String? = nil
  ) async throws(CoordinatorError) -> Outcome {
    try await request(
      [.pool(pool, quantity)], priority: priority, wait: wait, duration: duration,
      metadata: metadata, requestID: requestID)
  }

  // MARK: What is held

  /// Gives a lease back. A lease that was released through this client before is left alone.
  ///
  /// Throws ``CoordinatorError/Code/leaseLost`` if it was over already; nothing is changed then.
  ///
  /// - Parameter used: of rate pools, what was really spent: the rest returns, more is charged.
  public func release(_ lease: Lease, used: [Amount] = []) async throws(CoordinatorError) {
    try await release(lease, used: used, within: nil)
  }

  /// Extends a lease from now on, by its own length or the given one. The new end is in ``Lease/expiresAt``: the
  /// coordinator's longest hold time may have cut it.
  ///
  /// Throws ``CoordinatorError/Code/leaseLost`` if it was over already; it is never granted anew.
  public func renew(_ lease: Lease, duration: Duration? = nil) async throws(CoordinatorError) {
    try checkOpen(requestID: lease.id)
    guard lease.isConfirmed else { return extendOffline(lease, by: duration) }
    try await renewOnce(lease, duration: duration, within: nil)
  }

  /// Takes a waiting request out of the queue. Answers whether it was still waiting; a lease is not touched.
  public func cancel(requestID: String) async throws(CoordinatorError) -> Bool {
    let key = RequestKey(
      requestID: Text(requestID), component: Text(component), clientSecret: secret)
    return try await call(.cancel(key), requestID: requestID) { response in
      guard case .cancel(let cancel) = response else { return nil }
      return cancel.cancelled
    }
  }
}
