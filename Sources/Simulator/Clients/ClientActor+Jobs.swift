import Model
import Session

// What a client does with requests: ask, wait, hold, renew, give back, and again after every failure.
extension ClientActor {
  func begin() {
    later(.milliseconds(random.within(1...5000))) { [self] in comeBack() }
  }

  func comeBack() {
    guard role != .administrator else { return administer() }
    if role == .liar { lie() }
    if role == .watcher { return watch() }
    nextJob()
    if random.chance(30) { nextJob() }
  }

  /// Begins the next request after a while.
  private func nextJob() {
    let longest: Int64 = random.pick([100, 1000, 5000, 30_000])
    later(.milliseconds(random.within(1...longest))) { [self] in
      guard !stage.isCalm, jobCount < 4 else { return }
      jobCount += 1
      submit(Job(draw(), deadline: stage.now + .seconds(240), isLast: false))
      if random.chance(25) { readSomething() }
    }
  }

  /// The request after all faults: it can be served, and waits for as long as that takes.
  func beginLast() {
    guard role != .administrator else { return calmAdministration() }
    guard role != .watcher else {
      isServed = true
      return
    }
    var request = draw()
    request.claims = Claims(amount(pools.firstIndex { $0.kind != .rate } ?? 0, least: true))
    request.clientSecret = Text("secret \(name) \(random.next())")
    request.wait = true
    request.allowPartial = false
    request.cancelOnDisconnect = false
    request.timeout = .seconds(86_400)
    request.duration = .seconds(20)
    jobCount += 1
    submit(Job(request, deadline: .distantFuture, isLast: true))
  }

  private var pools: [PoolDefinition] { plan.settings.pools }

  private func draw() -> ResourceRequest {
    idCount += 1
    let first = random.below(role == .older ? 4 : pools.count)
    var claims = Claims(amount(first, least: false))
    if role != .older, random.chance(25) {
      let second = random.below(pools.count)
      if second != first { claims.rest.append(amount(second, least: false)) }
    }
    var request = ResourceRequest(
      requestID: Text("\(name).\(life).\(idCount)"), component: component, claims: claims,
      priority: Int32(random.below(5)),
      duration: .milliseconds(random.within(1000...random.pick([5000, 60_000, 600_000]))))
    guard role != .older else { return request }
    request.isMultiple = !claims.rest.isEmpty
    request.clientSecret = random.chance(90) ? Text("secret \(random.next())") : .empty
    request.wait = random.chance(70)
    request.timeout = .milliseconds(random.within(100...240_000))
    request.allowPartial = claims.rest.isEmpty && random.chance(15)
    request.cancelOnDisconnect = random.chance(15)
    return request
  }

  private var component: Text { random.chance(80) ? name : "shared" }

  private func amount(_ index: Int, least: Bool) -> PoolQuantity {
    let pool = pools[index]
    let reference =
      pool.number > 0 && (role == .older || random.chance(50))
      ? PoolReference(number: pool.number) : PoolReference(name: pool.name)
    let most = pool.rate.map { $0.algorithm == .gcra ? $0.burst + 1 : pool.capacity }
    let largest = max(1, (most ?? pool.capacity) / (least ? 8 : random.pick([1, 2, 4, 20])))
    return PoolQuantity(pool: reference, quantity: random.within(1...largest))
  }

  // MARK: Asking and waiting

  func submit(_ job: Job) {
    oracle.sent(job.request)
    call(
      .request(job.request), timeout: .seconds(5),
      answered: { [self] response in
        guard case .resource(let response) = response else { return }
        oracle.answered(response)
        take(response, job)
      },
      ended: { [self] error in
        if let error { failed(job, error) { [self] in submit(job) } }
      })
  }

  private func take(_ response: ResourceResponse, _ job: Job) {
    switch response.status {
    case .granted where !response.token.isEmpty: hold(job, response)
    case .queued: awaitGrant(job)
    case .granted, .denied, .released, .expired, .pending, nil:
      finish(job)
      // It was asked before everything was as it was in the beginning.
      if job.isLast, !isServed { later(.seconds(10)) { [self] in beginLast() } }
    }
  }

  private func awaitGrant(_ job: Job) {
    if role == .impatient, !job.isLast {
      later(.milliseconds(random.within(10...5000))) { [self] in
        if job.token.isEmpty, !job.isOver { cancel(job) }
      }
    }
    call(
      .awaitGrant(job.key), timeout: .seconds(job.isLast ? 600 : 60),
      answered: { [self] response in
        guard case .grantUpdate(let update) = response, let final = update.response, !job.isOver
        else { return }
        oracle.answered(final)
        take(final, job)
      },
      ended: { [self] error in
        if let error, job.token.isEmpty { failed(job, error) { [self] in submit(job) } }
      })
  }

  private func cancel(_ job: Job) {
    oracle.cancelSent(job.id)
    call(
      .cancel(job.key), timeout: .seconds(5),
      answered: { [self] response in
        guard case .cancel(let response) = response else { return }
        oracle.cancelled(job.id, response)
        if response.cancelled { finish(job) }
      }, ended: { _ in })
  }

  /// Tries again after a pause, over another connection if need be, or gives up.
  private func failed(_ job: Job, _ error: CallError, _ again: @escaping () -> Void) {
    guard !job.isOver else { return }
    job.failures += 1
    let mayRetry = AttemptEffect(error) != .refused || (job.isLast && job.token.isEmpty)
    guard mayRetry, stage.now < job.deadline else { return finish(job) }
    let pause = RetryRules.untilDeadline.pause(
      afterFailures: min(job.failures, 8), random: &random)
    later(pause) {
      if !job.isOver { again() }
    }
  }

  private func finish(_ job: Job) {
    guard !job.isOver else { return }
    job.isOver = true
    jobCount -= 1
    nextJob()
  }

  // MARK: Holding

  private func hold(_ job: Job, _ response: ResourceResponse) {
    guard !job.isOver, job.token.isEmpty, let grantedAt = response.grantedAt,
      let expiresAt = response.expiresAt
    else { return }
    job.token = response.token
    if role != .older { job.held = HeldLease(job.request, response) }
    if job.isLast { isServed = true }
    stage.rumours.spread(job.id, job.request.component, job.token)
    let length = max(1_000_000, (expiresAt - grantedAt).nanoseconds)
    job.releaseAt = stage.now + .nanoseconds(random.within(1...length * 3 / 2))
    if role == .hoarder, !job.isLast { job.releaseAt = .distantFuture }
    keep(job, length)
  }

  /// Renews at each third of the lease, and gives it back when the time has come.
  private func keep(_ job: Job, _ length: Int64) {
    let third = TimeSpan.nanoseconds(length / 3)
    guard stage.now + third < job.releaseAt else {
      return later(job.releaseAt - stage.now) { [self] in release(job) }
    }
    later(third) { [self] in
      guard !job.isOver else { return }
      if role == .hoarder, random.chance(25) || stage.isCalm { return finish(job) }
      renew(job, length)
    }
  }

  private func renew(_ job: Job, _ length: Int64) {
    oracle.renewSent(job.id)
    // A shorter time than is left must not take any away.
    let request = RenewRequest(
      requestID: job.id, token: job.token, component: job.request.component,
      duration: random.chance(20) ? .seconds(1) : nil, held: job.held)
    call(
      .renew(request), timeout: .seconds(5),
      answered: { [self] response in
        guard case .renew(let response) = response else { return }
        oracle.renewed(job.id, response, isOnly: job.lostRenewals == 0)
        keep(job, length)
      },
      ended: { [self] error in
        guard let error else { return }
        job.lostRenewals += 1
        failed(job, error) { [self] in renew(job, length) }
      })
  }

  /// What was really spent of the rate pools: less, or more.
  private func drawUse(_ request: ResourceRequest) -> [PoolQuantity] {
    request.claims.all.compactMap { claim in
      guard pools.contains(where: { $0.name == claim.pool.name && $0.kind == .rate }) else {
        return nil
      }
      return PoolQuantity(pool: claim.pool, quantity: random.within(0...claim.quantity + 2))
    }
  }

  private func release(_ job: Job) {
    guard !job.isOver else { return }
    if job.failures == 0, random.chance(30) { job.used = drawUse(job.request) }
    oracle.releaseSent(job.id, used: job.used)
    let request = ReleaseRequest(
      requestID: job.id, token: job.token, component: job.request.component, used: job.used)
    call(
      .release(request), timeout: .seconds(5),
      answered: { [self] response in
        guard case .release(let response) = response else { return }
        oracle.released(job.id, response)
        finish(job)
      },
      ended: { [self] error in
        if let error { failed(job, error) { [self] in release(job) } }
      })
  }
}
