import Logging
import Model
import Session

extension CoordinatorClient {
  /// Runs the body while it holds what was asked for, all or nothing.
  ///
  /// - The body runs only with a lease: a denial throws ``CoordinatorError/Code/denied`` with its explanation, a wait
  ///   without grant ``CoordinatorError/Code/queueTimeout``.
  /// - The lease is renewed each third of its length. If it is lost all the same, the body's task is cancelled and
  ///   ``CoordinatorError/Code/leaseLost`` is thrown (see ``ClientOptions/onLeaseLost``).
  /// - However the body ends, the lease is given back, also if the task is cancelled, within
  ///   ``ClientOptions/releaseTimeout``. If that fails it is logged; the body's result or error stands.
  ///
  /// The body runs in a child task of the caller's.
  ///
  /// - Parameters:
  ///   - ttl: how long others wait for the amounts if this process dies; nil = ``ClientOptions/leaseDuration``.
  public func withLease<Result: Sendable>(
    _ amounts: Amount..., priority: Priority = .normal, wait: WaitPolicy = .fail,
    ttl: Duration? = nil, metadata: [String: String] = [:],
    _ body: @escaping @Sendable (Lease) async throws -> Result
  ) async throws -> Result {
    try await withLease(
      amounts, priority: priority, wait: wait, ttl: ttl, metadata: metadata, body)
  }

  /// As ``withLease(_:priority:wait:ttl:metadata:_:)``, for amounts in an array.
  public func withLease<Result: Sendable>(
    _ amounts: [Amount], priority: Priority = .normal, wait: WaitPolicy = .fail,
    ttl: Duration? = nil, metadata: [String: String] = [:],
    _ body: @escaping @Sendable (Lease) async throws -> Result
  ) async throws -> Result {
    let lease = try await acquire(
      Terms(
        amounts: amounts, priority: priority, wait: wait, duration: ttl ?? options.leaseDuration,
        metadata: metadata, cancelOnDisconnect: true))
    let (result, loss) = await use(lease, body)
    let lateLoss = await giveBack(lease)
    if let loss, options.onLeaseLost == .cancelBody { throw loss }
    let value = try result.get()
    if let lateLoss, options.isStrictAboutLateLoss { throw lateLoss }
    return value
  }

  private func acquire(_ terms: Terms) async throws(CoordinatorError) -> Lease {
    switch try await ask(terms) {
    case .granted(let lease): return lease
    case .denied(let error): throw error
    case .queued(let ticket): return try await ticket.granted()
    }
  }

  private enum Part<Result: Sendable>: Sendable {
    case body(Swift.Result<Result, any Error>)
    /// Keeping alive is over: the lease is lost, or the task was cancelled.
    case keeping(CoordinatorError?)
  }

  /// Runs the body beside what keeps the lease alive, until both have ended.
  private func use<Result: Sendable>(
    _ lease: Lease, _ body: @escaping @Sendable (Lease) async throws -> Result
  ) async -> (Swift.Result<Result, any Error>, loss: CoordinatorError?) {
    await withTaskGroup(of: Part<Result>.self) { group in
      group.addTask {
        do {
          return .body(.success(try await body(lease)))
        } catch {
          return .body(.failure(error))
        }
      }
      group.addTask { .keeping(await self.keepAlive(lease)) }
      var loss: CoordinatorError?
      while let part = await group.next() {
        switch part {
        case .keeping(let error):
          guard let error else { continue }
          loss = error
          options.logger.warning("\(error.message)", metadata: ["request": "\(lease.id)"])
          if options.onLeaseLost == .cancelBody { group.cancelAll() }
        case .body(let result):
          group.cancelAll()
          while await group.next() != nil {}
          return (result, loss)
        }
      }
      preconditionFailure("the body ends once")
    }
  }

  /// Gives the lease back although the task may be cancelled; answers whether it was lost before.
  private func giveBack(_ lease: Lease) async -> CoordinatorError? {
    guard lease.state.snapshot.lossReason == nil else { return nil }
    return await Task { () -> CoordinatorError? in
      do throws(CoordinatorError) {
        try await self.release(lease, used: [], within: self.options.releaseTimeout)
        return nil
      } catch {
        options.logger.warning(
          "\(error.message)", metadata: ["request": "\(lease.id)", "code": "\(error.code)"])
        return error.code == .leaseLost ? error : nil
      }
    }.value
  }

  // MARK: Keeping alive

  /// Renews until the lease is lost, which is answered, or the task is cancelled or the lease released.
  private func keepAlive(_ lease: Lease) async -> CoordinatorError? {
    while !Task.isCancelled {
      let snapshot = lease.state.snapshot
      if snapshot.isReleased { return nil }
      if let reason = snapshot.lossReason { return loss(of: lease, reason) }
      switch snapshot.keeping.next(at: options.clock.instant) {
      case .sleep(let until):
        try? await options.clock.sleep(until: until)
      case .renew:
        await keepOnce(lease)
      case .lost(let reason):
        lose(lease, reason)
        return loss(of: lease, reason)
      }
    }
    return nil
  }

  private func loss(of lease: Lease, _ reason: Reason) -> CoordinatorError {
    CoordinatorError(
      .leaseLost, reason, "the lease \(lease.id) was lost while it was used", requestID: lease.id)
  }

  /// Renews, but no longer than the lease lasts: its loss must be told in time.
  private func keepOnce(_ lease: Lease) async {
    guard lease.isConfirmed else { return extendOffline(lease, by: nil) }
    let end = lease.state.snapshot.keeping.expiresAt
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        do throws(CoordinatorError) {
          try await self.renewOnce(lease, duration: nil, within: lease.timeLeft)
        } catch {
          self.options.logger.debug("could not renew: \(error.message)")
        }
      }
      group.addTask { try? await self.options.clock.sleep(until: end) }
      await group.next()
      group.cancelAll()
    }
  }
}
