import Model
import TestSupport
import Testing

@testable import Coordination

@Suite struct `A learning period after a loss of state` {
  private static let ada = Party(name: "ada", isAdmin: false)
  private static let eve = Party(name: "eve", isAdmin: false)

  private static func token(_ number: UInt64) -> Text {
    Token(entropyHigh: number, entropyLow: number).text
  }

  private static func learning(_ change: (inout CoordinationSettings) -> Void = { _ in }) -> Trial {
    Trial(isRecorded: true) {
      $0.isStateLost = true
      change(&$0)
    }
  }

  @Test func `grants nothing that must respect limits, then serves the queue in its order`() throws
  {
    let trial = Self.learning()
    let refused = callError { () throws(CallError) in try trial.request("a", [("gpu", 1)]) }
    #expect(refused?.code == .unavailable && refused?.reason == .learning)
    #expect(refused?.details.first?.retryAfter == .seconds(60))
    #expect(
      try trial.request("b", [("gpu", 70)], wait: true, timeout: .seconds(90)).status == .queued)
    let second = try trial.request("c", [("gpu", 70)], wait: true, timeout: .seconds(90))
    #expect(second.status == .queued && second.reason == .learning)
    #expect(second.explanation?.forecast?.earliest.map { $0 >= trial.now + .seconds(60) } ?? true)
    trial.pass(.milliseconds(59_999))
    #expect(trial.standing("b") == .queued && trial.coordinator.learningEnd != nil)
    trial.pass(.milliseconds(1))
    #expect(trial.coordinator.learningEnd == nil)
    #expect(trial.standing("b") == .granted && trial.standing("c") == .queued)
    // What was refused was not recorded: the same id is decided now.
    #expect(try trial.request("a", [("memory", 1)]).status == .granted)
    #expect(trial.count(.learning) == 2)
  }

  @Test func `takes a lease over with its token and a new fencing number, once`() throws {
    let trial = Self.learning()
    let token = Self.token(1)
    let first = try trial.announce("a", [("gpu", 60), ("memory", 5)], token: token)
    #expect(first.isAdopted && first.fencing == FencingToken(epoch: 3, counter: 1))
    #expect(first.expiresAt == trial.now + .seconds(30))
    #expect(trial.pool("gpu")?.allocated == 60 && trial.pool("memory")?.allocated == 5)
    let again = try trial.announce("a", [("gpu", 60), ("memory", 5)], token: token)
    #expect(!again.isAdopted && again.fencing == first.fencing)
    #expect(trial.coordinator.leases == 1 && trial.count(.adopted) == 1)
    let wrong = callError { () throws(CallError) in
      try trial.announce("a", [("gpu", 60)], token: Self.token(2))
    }
    #expect(wrong?.reason == .invalidToken)
    trial.pass(seconds: 30)
    #expect(trial.standing("a") == .expired && trial.pool("gpu")?.allocated == 0)
  }

  @Test func `takes over no more than there is, and names who holds it`() throws {
    let trial = Self.learning()
    _ = try trial.announce("a", [("gpu", 60)], token: Self.token(1))
    let refused = callError { () throws(CallError) in
      try trial.announce("b", [("gpu", 41)], token: Self.token(2))
    }
    #expect(refused?.code == .failedPrecondition && refused?.reason == .leaseNotAdopted)
    #expect(refused?.details.last?.requestID == "a")
    #expect(trial.pool("gpu")?.allocated == 60)
    _ = try trial.announce("b", [("gpu", 40)], token: Self.token(2))
    #expect(trial.pool("gpu")?.allocated == 100)
  }

  @Test func `any leases announced in any order leave no more held than exists`() throws {
    for seed in TestSeed.all(50) {
      var random = SeededRandom(seed: seed).child("announcements")
      let trial = Self.learning()
      var (held, taken): (Int64, Set<Int>) = (0, [])
      for _ in 0..<40 {
        let number = random.below(20)
        let quantity = Int64(1 + number)
        let isTaken = taken.contains(number)
        let error = callError { () throws(CallError) in
          try trial.announce(
            Text("r\(number)"), [("gpu", quantity)], token: Self.token(UInt64(number)))
        }
        if !isTaken, held + quantity <= 100 {
          held += quantity
          taken.insert(number)
        }
        #expect((error == nil) == taken.contains(number), "seed \(seed)")
        #expect(trial.pool("gpu")?.allocated == held, "seed \(seed)")
      }
    }
  }

  @Test func `refuses unknown leases before and after, as ever`() throws {
    for trial in [Trial(), Self.learning { $0.limits.learning = .zero }] {
      let error = callError { () throws(CallError) in
        try trial.announce("a", [("gpu", 1)], token: Self.token(1))
      }
      #expect(error?.reason == .requestNotFound)
    }
    let trial = Self.learning()
    trial.pass(seconds: 60)
    let error = callError { () throws(CallError) in
      try trial.announce("a", [("gpu", 1)], token: Self.token(1))
    }
    #expect(error?.reason == .requestNotFound)
    // A renewal that says nothing of what it holds is one of an older client.
    let older = Self.learning()
    let unknown = callError { () throws(CallError) in
      try older.renew("a", token: Self.token(1))
    }
    #expect(unknown?.reason == .requestNotFound)
  }

  @Test func `checks an announcement as a request`() throws {
    let trial = Self.learning { $0.componentDefaults.poolShare = 0.5 }
    for (claims, token, reason) in [
      ([("gpu", 0)], Self.token(1), Reason.invalidField),
      ([("gpu", -1)], Self.token(1), .invalidField),
      ([("nothing", 1)], Self.token(1), .unknownPool), ([("gpu", 1)], "no token", .invalidToken),
      ([("gpu", 51)], Self.token(1), .leaseNotAdopted),
      ([("gpu", 101)], Self.token(1), .leaseNotAdopted), ([], Self.token(1), .unknownPool),
    ] as [([(Text, Int64)], Text, Reason)] {
      let error = callError { () throws(CallError) in
        try trial.announce("a", claims, token: token)
      }
      #expect(error?.reason == reason, "\(claims)")
    }
    #expect(trial.coordinator.leases == 0)
  }

  @Test func `what was announced belongs to the principal that announced it`() throws {
    let trial = Self.learning()
    let token = Self.token(1)
    _ = try trial.announce("a", [("gpu", 60)], token: token, party: Self.ada)
    let stolen = callError { () throws(CallError) in
      try trial.announce("a", [("gpu", 60)], token: token, party: Self.eve)
    }
    #expect(stolen?.reason == .notTheOwner)
    #expect(!(try trial.announce("a", [("gpu", 60)], token: token, party: Self.ada).isAdopted))
  }

  @Test func `a restart goes on with what was announced, and learns for the whole time again`()
    throws
  {
    var settings = CoordinationSettings()
    let trial = Self.learning { settings = $0 }
    let token = Self.token(1)
    let fencing = try trial.announce("a", [("gpu", 60)], token: token, party: Self.ada).fencing
    let next = try Self.restarted(trial, settings, after: .seconds(20))
    #expect(next.coordinator.learningEnd == next.now + .seconds(60))
    let renewed = try next.announce("a", [("gpu", 60)], token: token, party: Self.ada)
    #expect(!renewed.isAdopted && renewed.fencing == fencing)
    // A period that ran out while nobody was there was none.
    let last = try Self.restarted(next, settings, after: .seconds(500))
    #expect(last.coordinator.learningEnd == last.now + .seconds(60))
    last.pass(seconds: 60)
    #expect(try last.request("b", [("gpu", 100)]).status == .granted)
    let over = try Self.restarted(last, settings, after: .seconds(1))
    #expect(over.coordinator.learningEnd == nil)
  }

  @Test func `a request that still waits in an older state gets the lease its holder has`() throws {
    var settings = CoordinationSettings()
    let trial = Trial(isRecorded: true) { settings = $0 }
    _ = try trial.request("first", [("gpu", 60)], duration: .seconds(5))
    _ = try trial.request("a", [("gpu", 60)], wait: true, secret: "s")
    _ = try trial.request("b", [("gpu", 60)], wait: true, secret: "s")
    trial.coordinator.markRestored()
    let next = try Self.restarted(trial, settings, after: .seconds(6), fromSnapshot: true)
    #expect(next.coordinator.learningEnd != nil && next.standing("a") == .queued)
    let stranger = callError { () throws(CallError) in
      try next.announce("b", [("gpu", 60)], token: Self.token(2), secret: "guess")
    }
    #expect(stranger?.reason == .invalidToken)
    #expect(try next.announce("b", [("gpu", 60)], token: Self.token(2), secret: "s").isAdopted)
    #expect(next.standing("b") == .granted && next.standing("a") == .queued)
    next.pass(seconds: 60)
    #expect(next.pool("gpu")?.allocated ?? 101 <= 100)
  }

  @Test func `modes that respect no limits grant meanwhile`() throws {
    let trial = Self.learning { $0.mode = .alwaysGrant }
    #expect(try trial.request("a", [("gpu", 500)]).status == .granted)
  }

  /// Another coordinator made of what the trial's left behind.
  private static func restarted(
    _ trial: Trial, _ settings: CoordinationSettings, after pause: TimeSpan,
    fromSnapshot: Bool = true
  ) throws -> Trial {
    let now = trial.now + pause
    let coordinator = Coordinator(
      recovering: settings, hashSeed: 5, entropy: Entropy(seed: 5), startedAt: now)
    if fromSnapshot {
      var reader = StateReader(coordinator)
      for chunk in chunks(trial.coordinator) { try reader.read(chunk) }
      try reader.finish()
    }
    _ = try coordinator.resume(settings, given: GivenSettings(), epoch: 3, at: now)
    return Trial(coordinator, at: now)
  }
}

extension Trial {
  /// Renews a lease, saying what it holds.
  fileprivate func announce(
    _ id: Text, _ claims: [(Text, Int64)], token: Text, secret: Text = .empty, party: Party? = nil
  ) throws(CallError) -> RenewResponse {
    while coordinator.step(dueBy: now) { consume() }
    let all = claims.map { PoolQuantity(pool: PoolReference(name: $0.0), quantity: $0.1) }
    let held = HeldLease(
      claims: Claims(
        all.first ?? PoolQuantity(pool: PoolReference(), quantity: 0), rest: Array(all.dropFirst())),
      duration: .seconds(30), clientSecret: secret)
    let response = try coordinator.renew(
      RenewRequest(requestID: id, token: token, component: "trainer", held: held), connection: 7,
      by: party, at: now)
    consume()
    return response
  }
}
