import Model
import TestSupport
import Testing

@testable import Coordination

/// The coordinator beside the naive one: the same commands at the same times have the same outcomes.
@Suite struct `Beside the naive coordinator` {
  enum Command: CustomStringConvertible {
    case request(
      Text, Text, Priority, [(pool: Int, quantity: Int64)], wait: Bool, timeout: TimeSpan,
      duration: TimeSpan)
    case release(Text)
    case renew(Text, TimeSpan)
    case cancel(Text)
    case capacity(Int, Int64)
    case mode(ResponseMode)

    var description: String {
      switch self {
      case .request(
        let id, let component, let priority, let claims, let wait, let timeout, let length):
        "request \(id) by \(component) \(priority) \(claims.map { "\($0.pool):\($0.quantity)" })"
          + "\(wait ? " waits \(timeout.nanoseconds)" : "") for \(length.nanoseconds)"
      case .release(let id): "release \(id)"
      case .renew(let id, let length): "renew \(id) for \(length.nanoseconds)"
      case .cancel(let id): "cancel \(id)"
      case .capacity(let pool, let capacity): "capacity of \(pool) is \(capacity)"
      case .mode(let mode): "mode \(mode)"
      }
    }
  }

  struct Step: CustomStringConvertible {
    var after: TimeSpan
    var command: Command
    var description: String { "+\(after.nanoseconds) \(command)" }
  }

  static let pools: [Text] = ["gpu", "api", "memory"]
  static let hold = TimeSpan.seconds(2000)

  func script(_ seed: UInt64, length: Int) -> [Step] {
    var random = SeededRandom(seed: seed)
    let pace = random.pick([10, 100, 1000, 20_000] as [Int64])
    let isModal = random.chance(30)
    let components = (0..<(1 + random.below(4))).map { Text("c\($0)") }
    return (0..<length).map { index in
      let known = Text("r\(max(0, index - random.below(12)))")
      let command: Command
      switch random.below(100) {
      case 0..<50:
        var pools = [0, 1, 2]
        let claims = (0..<(random.chance(70) ? 1 : 1 + random.below(3))).map { _ in
          (pool: pools.remove(at: random.below(pools.count)), quantity: random.within(1...14))
        }
        command = .request(
          Text("r\(index)"), random.pick(components), random.pick(Priority.allCases), claims,
          wait: random.chance(75),
          timeout: .milliseconds(random.within(1...pace * (random.chance(20) ? 400 : 30))),
          duration: .milliseconds(random.within(1...pace * 30)))
      case 50..<68: command = .release(known)
      case 68..<82: command = .renew(known, .milliseconds(random.within(1...pace * 60)))
      case 82..<92: command = .cancel(known)
      case 92..<98: command = .capacity(random.below(3), random.within(0...30))
      default:
        command =
          isModal ? .mode(random.pick([.alwaysGrant, .respectLimits])) : .cancel(known)
      }
      let after = random.chance(20) ? 0 : random.within(0...pace * 1_000_000)
      return Step(after: .nanoseconds(after), command: command)
    }
  }

  /// Runs both; the first difference or broken invariant, nil without any.
  func difference(_ steps: [Step], seed: UInt64) -> String? {
    let capacities: [Int64] = [20, 20, 20]
    var trial = Trial(seed: seed) { settings in
      settings.pools = Self.pools.map { PoolDefinition(name: $0, capacity: 20) }
      settings.limits.leaseHold = Self.hold
      settings.limits.rememberedTime = .seconds(100_000_000)
    }
    var oracle = Oracle(capacities: capacities, at: Trial.start)
    var watch = Invariants()
    var asked: [Text: ResourceRequest] = [:]
    for (index, step) in steps.enumerated() {
      let heldBefore = trial.coordinator.state.pools.map { $0.held }
      trial.pass(step.after)
      oracle.pass(to: trial.now)
      if let fault = watch.fault(trial, oracle, heldBefore) {
        return "before step \(index): \(fault)"
      }
      let heldThen = trial.coordinator.state.pools.map { $0.held }
      if let fault = run(step.command, &trial, &oracle, &asked) ?? compare(trial, oracle)
        ?? watch.fault(trial, oracle, heldThen)
      {
        return "step \(index), \(step): \(fault)"
      }
    }
    // Left alone, everything ends.
    trial.pass(seconds: 4_000_000)
    oracle.pass(to: trial.now)
    if let fault = compare(trial, oracle) { return "at the end: \(fault)" }
    if trial.coordinator.leases != 0 || trial.coordinator.waiting != 0 {
      return "something never ends"
    }
    return nil
  }

  private func run(
    _ command: Command, _ trial: inout Trial, _ oracle: inout Oracle,
    _ asked: inout [Text: ResourceRequest]
  ) -> String? {
    do throws(CallError) {
      switch command {
      case .request(
        let id, let component, let priority, let claims, let wait, let timeout, let length):
        let all = claims.map {
          PoolQuantity(pool: PoolReference(name: Self.pools[$0.pool]), quantity: $0.quantity)
        }
        let request = ResourceRequest(
          requestID: id, component: component,
          claims: Claims(all[0], rest: Array(all.dropFirst())),
          priority: Int32(priority.rawValue), timeout: timeout, duration: length, wait: wait)
        asked[id] = request
        let status = oracle.request(
          id, component, priority, claims, wait: wait, timeout: timeout, duration: length)
        let response = try trial.request(request)
        if response.status != status { return "\(response.status?.name ?? "") not \(status.name)" }
        if status == .granted, response.expiresAt != trial.now + length { return "expiry" }
      case .release(let id):
        // Its owner asks again, and so claims what waits for it, before it gives it back.
        if let request = asked[id] {
          _ = try trial.request(request)
          _ = oracle.request(id, "", .low, [], wait: false, timeout: .zero, duration: .zero)
        }
        let component = asked[id]?.component ?? "nobody"
        let success = try trial.release(id, by: component).success
        if success != oracle.release(id) { return "release \(success)" }
      case .renew(let id, let length):
        let end = oracle.renew(id, length, hold: Self.hold)
        guard trial.coordinator.state.find(id).flatMap({ trial.coordinator.state.grant($0) }) != nil
        else { return end == nil ? nil : "no lease to renew" }
        let token = trial.coordinator.state.find(id).flatMap { trial.coordinator.state.grant($0) }?
          .token
        let response: RenewResponse
        do {
          response = try trial.renew(
            id, for: length, by: asked[id]?.component ?? "", token: token?.text)
        } catch {
          return end == nil && error.reason == .leaseEnded ? nil : "\(error)"
        }
        if response.expiresAt != end { return "renewed to another end" }
      case .cancel(let id):
        guard let request = asked[id] else { return nil }
        let cancelled = try trial.cancel(id, by: request.component).cancelled
        if cancelled != oracle.cancel(id) { return "cancel \(cancelled)" }
      case .capacity(let pool, let capacity):
        oracle.capacities[pool] = capacity
        oracle.serve()
        try trial.setCapacity(Self.pools[pool], capacity)
      case .mode(let mode):
        oracle.respectsLimits = mode == .respectLimits
        oracle.serve()
        try trial.setMode(mode)
      }
    } catch {
      return "\(error)"
    }
    return nil
  }

  private func compare(_ trial: Trial, _ oracle: Oracle) -> String? {
    for (pool, name) in Self.pools.enumerated() {
      let held = trial.pool(name)?.allocated ?? -1
      if held != oracle.held(pool) { return "\(name) holds \(held), not \(oracle.held(pool))" }
    }
    for (id, status) in oracle.standings where trial.standing(id) != status {
      return "\(id) is \(trial.standing(id)?.name ?? "unknown"), not \(status.name)"
    }
    for (index, waiter) in oracle.ordered.enumerated()
    where trial.position(waiter.id) != Int64(index + 1) {
      return "\(waiter.id) is at \(trial.position(waiter.id) ?? 0), not \(index + 1)"
    }
    if trial.coordinator.waiting != oracle.waiters.count { return "other waiters" }
    return nil
  }

  /// What holds after every command, from the coordinator's state alone.
  struct Invariants {
    var fencing: UInt64 = 0
    var revision: UInt64 = 0
    var granted: Set<Text> = []

    mutating func fault(_ trial: Trial, _ oracle: Oracle, _ heldBefore: [Int64]) -> String? {
      let state = trial.coordinator.state
      var held = [Int64](repeating: 0, count: state.pools.count)
      var byComponent: [Int32: [Int32: Int64]] = [:]
      for id in oracle.standings.keys {
        guard let slot = state.find(id), case .held(let grant) = state.records[slot].phase else {
          continue
        }
        let record = state.records[slot]
        if grant.expiresAt < trial.now { return "\(id) is overdue" }
        for position in 0..<record.claims.count {
          let claim = record.claims[position]
          held[Int(claim.pool)] += claim.quantity
          byComponent[record.component, default: [:]][claim.pool, default: 0] += claim.quantity
        }
      }
      for (index, pool) in state.pools.enumerated() {
        if pool.held != held[index] { return "the leases' sum is \(held[index]), not \(pool.held)" }
        if pool.held < 0 || pool.closed < 0 { return "negative" }
        if state.mode == .respectLimits, pool.held > pool.capacity, pool.held > heldBefore[index] {
          return "\(pool.definition.name): granted beyond the capacity"
        }
      }
      for (component, pools) in byComponent {
        for (pool, quantity) in pools where state.components[component].held(of: pool) != quantity {
          return "a component's sum"
        }
      }
      if state.fencing.counter != UInt64(oracle.grants.count) { return "fencing numbers" }
      if state.revision < revision { return "the revision went back" }
      revision = state.revision
      let history = trial.coordinator.history
      if history.countsByKind.first(where: { $0.kind == .granted })?.count ?? 0
        != Int64(oracle.grants.count)
      {
        return "the history's count of grants"
      }
      return nil
    }
  }

  @Test func `thousands of random commands have the same outcomes`() {
    for seed in TestSeed.all(60) {
      let steps = script(seed, length: 150)
      guard let fault = difference(steps, seed: seed) else { continue }
      let short = shrunk(steps, seed: seed)
      Issue.record(
        "seed \(seed): \(fault)\nshortest: \(difference(short, seed: seed) ?? "")\n\(short.map(\.description).joined(separator: "\n"))"
      )
      return
    }
  }

  /// Leaves out steps as long as a difference remains.
  private func shrunk(_ steps: [Step], seed: UInt64) -> [Step] {
    var steps = steps
    var size = steps.count / 2
    while size > 0 {
      var start = 0
      while start < steps.count {
        var fewer = steps
        let removed = start..<min(steps.count, start + size)
        if removed.upperBound < fewer.count {
          let time = steps[removed].reduce(TimeSpan.zero) { $0 + $1.after }
          fewer[removed.upperBound].after = fewer[removed.upperBound].after + time
        }
        fewer.removeSubrange(removed)
        if difference(fewer, seed: seed) != nil { steps = fewer } else { start += size }
      }
      size /= 2
    }
    return steps
  }

  @Test func `the same commands give the same answers, tokens included`() {
    for seed in TestSeed.all(5) {
      func answers() -> [String] {
        var trial = Trial(seed: seed)
        var random = SeededRandom(seed: seed)
        return (0..<200).map { index in
          trial.pass(.milliseconds(random.within(0...500)))
          if random.chance(30) {
            return String(describing: try? trial.release(Text("r\(max(0, index - 3))")))
          }
          return String(
            describing: try? trial.request(
              Text("r\(index)"), [("gpu", random.within(1...40))], wait: random.chance(50),
              duration: .seconds(random.within(1...9))))
        }
      }
      #expect(answers() == answers(), "seed \(seed)")
    }
  }
}
