import Model

// Readers, liars and the administrator.
extension ClientActor {
  func readSomething() {
    let message: RequestMessage =
      switch random.below(5) {
      case 0: .healthCheck
      case 1: .history(HistoryRequest(pageSize: 20))
      case 2: .getMode
      case 3: .explain(.existing(stage.rumours.known.last?.id ?? "nothing"))
      default: .status(StatusRequest())
      }
    call(message, timeout: .seconds(5), answered: { _ in }, ended: { _ in })
  }

  // MARK: Lies

  func lie() {
    later(.milliseconds(random.within(500...20_000))) { [self] in
      guard !stage.isCalm else { return }
      if plan.losesState, random.chance(40) { announceInvention() }
      switch random.below(6) {
      case 0: sendGarbage()
      case 1: askForToken()
      default: tryToken()
      }
      lie()
    }
  }

  /// Uses a token that is another lease's, or the right one under another name.
  private func tryToken() {
    let known = stage.rumours.known
    guard known.count > 1 else { return }
    let (lease, other) = (random.pick(known), random.pick(known))
    let isOther = lease.id != other.id
    let token = isOther ? other.token : lease.token
    let component: Text = isOther ? lease.component : "nobody"
    stage.fault(.lie, "\(name) tries a wrong token for \(lease.id)")
    let oracle = oracle
    if random.chance(50) {
      call(
        .release(ReleaseRequest(requestID: lease.id, token: token, component: component)),
        timeout: .seconds(5),
        answered: { response in
          guard case .release(let response) = response else { return }
          oracle.answeredLie("a release of \(lease.id) with a wrong token", response.success)
        }, ended: { _ in })
    } else {
      call(
        .renew(RenewRequest(requestID: lease.id, token: token, component: component)),
        timeout: .seconds(5),
        answered: { _ in oracle.answeredLie("a renewal of \(lease.id) with a wrong token", true) },
        ended: { _ in })
    }
  }

  /// Announces a lease that it never had. A server that learns believes it as far as it fits, and no other does.
  private func announceInvention() {
    idCount += 1
    stage.fault(.lie, "\(name) announces a lease that it never had")
    let pool = random.pick(plan.settings.pools.filter { $0.kind != .rate })
    let held = HeldLease(
      claims: Claims(
        PoolQuantity(
          pool: PoolReference(name: pool.name), quantity: random.within(1...pool.capacity))),
      duration: .seconds(random.within(1...60)))
    call(
      .renew(
        RenewRequest(
          requestID: Text("\(name).\(life).\(idCount)"),
          token: Token(entropyHigh: random.next(), entropyLow: random.next()).text,
          component: name, held: held)),
      timeout: .seconds(5), answered: { _ in }, ended: { _ in })
  }

  /// Asks for the grant of somebody else's request, without its secret.
  private func askForToken() {
    guard let lease = stage.rumours.known.last, !lease.id.string.hasPrefix("\(name).") else {
      return
    }
    stage.fault(.lie, "\(name) asks for the token of \(lease.id)")
    let key = RequestKey(requestID: lease.id, component: lease.component)
    call(
      .awaitGrant(key), timeout: .seconds(5),
      answered: { [oracle] response in
        guard case .grantUpdate(let update) = response, let final = update.response else { return }
        oracle.answeredLie("a stranger's call for the token of \(lease.id)", !final.token.isEmpty)
      }, ended: { _ in })
  }

  // MARK: Events

  func watch() {
    let request = WatchRequest(afterRevision: watchedRevision, fromStart: watchedRevision == 0)
    call(
      .watch(request), timeout: .seconds(3600),
      answered: { [self] response in
        guard case .event(let event) = response else { return }
        oracle.watched(event, after: watchedRevision)
        watchedRevision = event.revision
      },
      ended: { [self] error in
        // What it missed may be forgotten by now: then it begins anew.
        if error?.code == .outOfRange { watchedRevision = 0 }
        later(.milliseconds(random.within(10...3000))) { [self] in
          if !stage.isCalm { watch() }
        }
      })
  }

  // MARK: Administration

  func administer() {
    guard let mean = plan.administration else { return }
    later(.nanoseconds(random.within(mean.nanoseconds / 5...mean.nanoseconds * 2))) { [self] in
      guard !stage.isCalm else { return }
      switch random.below(10) {
      case 0..<5: setCapacity(random.pick(["gpu", "memory", "cpu"]))
      case 5 where plan.changesModes, 6 where plan.changesModes: setMode(random.pick([1, 2, 3, 3]))
      case 7: setDraining(true)
      case 8:
        stage.fault(.drain, "the administrator asks the server to stop")
        call(
          .drain(DrainRequest(stop: true)), timeout: .seconds(5), answered: { _ in },
          ended: { _ in })
      default: readSomething()
      }
      administer()
    }
  }

  private func setCapacity(_ pool: Text, to given: Int64? = nil) {
    guard let usual = plan.settings.pools.first(where: { $0.name == pool })?.capacity else {
      return
    }
    let drawn: Int64 = random.pick([0, usual / 2, usual, usual, usual * 2])
    let capacity = given ?? drawn
    if given == nil { stage.fault(.capacityChange, "\(pool) has \(capacity)") }
    oracle.capacitySent(pool)
    let request = SetCapacityRequest(pool: PoolReference(name: pool), capacity: capacity)
    call(
      .setCapacity(request), timeout: .seconds(5),
      answered: { [self] response in
        if case .poolStatus(let status) = response { oracle.capacityAnswered(status) }
      }, ended: retrying(given != nil) { [self] in setCapacity(pool, to: given) })
  }

  private func setMode(_ mode: Int32) {
    if !stage.isCalm { stage.fault(.modeChange, "mode \(mode)") }
    oracle.modeSent()
    let chances = ContentionSettings(denyProbability: 0.3, queueProbability: 0.3, seed: 0)
    call(
      .setMode(SetModeRequest(mode: mode, contention: chances)), timeout: .seconds(5),
      answered: { [self] response in
        if case .mode(let status) = response { oracle.modeAnswered(status) }
      }, ended: retrying(stage.isCalm) { [self] in setMode(mode) })
  }

  /// Drains for a while, or ends that.
  private func setDraining(_ isDraining: Bool) {
    if isDraining { stage.fault(.drain, "the administrator drains") }
    hasDrained = true
    call(
      .drain(DrainRequest(resume: !isDraining)), timeout: .seconds(5),
      answered: { _ in },
      ended: retrying(!isDraining) { [self] in setDraining(false) })
    guard isDraining else { return }
    later(.milliseconds(random.within(100...60_000))) { [self] in setDraining(false) }
  }

  private func retrying(
    _ mustSucceed: Bool, _ again: @escaping () -> Void
  ) -> (CallError?) -> Void {
    { [self] error in
      if error != nil, mustSucceed { later(.seconds(1), again) }
    }
  }

  /// Puts everything back as it was, so that everybody can be served.
  func calmAdministration() {
    setMode(Int32(plan.settings.mode.rawValue))
    for pool in plan.settings.pools where pool.kind != .rate {
      setCapacity(pool.name, to: pool.capacity)
    }
    if hasDrained { setDraining(false) }
    // What it sent before may still arrive, over a connection that it has given up.
    if !isServed { later(.seconds(120)) { [self] in calmAdministration() } }
    isServed = true
  }
}
