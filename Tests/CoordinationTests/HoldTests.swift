import Model
import TestSupport
import Testing

@testable import Coordination

/// What services of the coordinator's own process hold: jobs on nodes.
@Suite struct `Holds` {
  private static let component: Text = "platform"
  private static let secret: Text = "nobody knows"

  /// Two nodes of eight cores and two devices each, whose pools always respect their limits.
  private static func trial(isRecorded: Bool = false, _ mode: ResponseMode) -> Trial {
    Trial(isRecorded: isRecorded) { settings in
      settings.mode = mode
      settings.contention = ContentionSettings(denyProbability: 1, queueProbability: 0, seed: 1)
      for node in ["n1", "n2"] {
        let pools: [(String, Int64)] = [("cpu", 8000), ("gpu/0", 1000), ("gpu/1", 1000)]
        for (name, capacity) in pools {
          settings.pools.append(
            PoolDefinition(
              name: Text("\(node)/\(name)"), capacity: capacity, alwaysRespectsLimits: true))
        }
      }
    }
  }

  private static func claims(_ all: [(String, Int64)]) -> Claims {
    let list = all.map { PoolQuantity(pool: PoolReference(name: Text($0.0)), quantity: $0.1) }
    return Claims(list[0], rest: Array(list.dropFirst()))
  }

  private static func hold(
    _ trial: Trial, _ id: Text, _ all: [(String, Int64)]
  ) throws(CallError) -> HoldAnswer {
    trial.pass(.zero)
    defer { trial.consume() }
    return try trial.coordinator.hold(
      id, for: component, claims(all), secret: secret, at: trial.now)
  }

  private static func isHeld(_ answer: HoldAnswer) -> Bool {
    if case .held = answer { true } else { false }
  }

  @Test(arguments: ResponseMode.allCases)
  func `never take more of a node than it has, whatever the mode`(_ mode: ResponseMode) throws {
    for seed in TestSeed.all(5) { try Self.play(mode, seed) }
  }

  private static func play(_ mode: ResponseMode, _ seed: UInt64) throws {
    let trial = Self.trial(mode)
    var random = SeededRandom(seed: seed)
    var holds: [Text: [(String, Int64)]] = [:]
    var refused = 0
    for number in 0..<500 {
      if random.chance(45), !holds.isEmpty {
        let id = random.pick(holds.keys.sorted())
        #expect(trial.coordinator.letGo(id, at: trial.now))
        trial.consume()
        holds[id] = nil
      } else {
        let node = random.pick(["n1", "n2"])
        let asked: [(String, Int64)] = [
          ("\(node)/cpu", random.within(1...5000)),
          ("\(node)/gpu/\(random.below(2))", random.pick([250, 500, 1000])),
        ]
        let free = asked.allSatisfy { name, quantity in
          let held = holds.values.joined().filter { $0.0 == name }.reduce(0) { $0 + $1.1 }
          return held + quantity <= (name.hasSuffix("cpu") ? 8000 : 1000)
        }
        let answer = try Self.hold(trial, Text("job/\(number)"), asked)
        #expect(Self.isHeld(answer) == free, "seed \(seed), hold \(number)")
        if free { holds[Text("job/\(number)")] = asked } else { refused += 1 }
      }
      trial.pass(.milliseconds(random.within(0...1000)))
    }
    #expect(refused > 25 && !holds.isEmpty)
  }

  @Test func `have no end: not by time, not by a request of any priority`() throws {
    let trial = Trial {
      $0.pools = [PoolDefinition(name: "n1/cpu", capacity: 10, alwaysRespectsLimits: true)]
      $0.preemption = PreemptionSettings(enabled: true, grace: .zero)
    }
    #expect(Self.isHeld(try Self.hold(trial, "job/1/1", [("n1/cpu", 10)])))
    let waiter = try trial.request(
      "a", [("n1/cpu", 1)], priority: .critical, wait: true, timeout: .seconds(7 * 86_400))
    #expect(waiter.status == .queued)
    trial.pass(seconds: 6 * 86_400)
    #expect(trial.standing("job/1/1") == .granted && trial.standing("a") == .queued)
    // Nothing tells when it could start.
    let blocker = try trial.explain("a").blockers.first
    #expect(blocker?.requestID == "job/1/1" && blocker?.until == nil)
    #expect(try trial.explain("a").forecast == nil)
    #expect(trial.coordinator.letGo("job/1/1", at: trial.now))
    #expect(trial.standing("a") == .granted)
    #expect(!trial.coordinator.letGo("job/1/1", at: trial.now))
    trial.pass(seconds: 200 * 365 * 86_400)
  }

  @Test func `say everything that is in the way, and take nothing`() throws {
    let trial = Self.trial(.alwaysGrant)
    _ = try Self.hold(trial, "job/1/1", [("n1/cpu", 5000), ("n1/gpu/0", 1000)])
    let answer = try Self.hold(
      trial, "job/2/1", [("n1/cpu", 4000), ("n1/gpu/0", 500), ("n2/cpu", 1)])
    guard case .refused(let details) = answer else {
      Issue.record("it was held")
      return
    }
    #expect(details.map(\.pool) == ["n1/cpu", "n1/gpu/0"])
    #expect(details.map(\.missing) == [1000, 500])
    #expect(details.allSatisfy { $0.requestID == "job/1/1" })
    #expect(trial.pool("n2/cpu")?.allocated == 0)
  }

  @Test func `are answered again as before, and an id never stands for two`() throws {
    let trial = Self.trial(.respectLimits)
    let first = try Self.hold(trial, "job/1/1", [("n1/cpu", 5000)])
    #expect(try Self.hold(trial, "job/1/1", [("n1/cpu", 5000)]) == first)
    #expect(trial.pool("n1/cpu")?.allocated == 5000)
    let other = callError { () throws(CallError) in
      try Self.hold(trial, "job/1/1", [("n1/cpu", 1)])
    }
    #expect(other?.reason == .requestIDReused)
    #expect(trial.coordinator.letGo("job/1/1", at: trial.now))
    let again = callError { () throws(CallError) in
      try Self.hold(trial, "job/1/1", [("n1/cpu", 5000)])
    }
    #expect(again?.reason == .requestIDReused)
  }

  @Test func `are not shown to a client that repeats what was asked`() throws {
    let trial = Self.trial(.respectLimits)
    _ = try Self.hold(trial, "job/1/1", [("n1/cpu", 5000), ("n1/gpu/0", 1)])
    let answer = try trial.request(
      "job/1/1", [("n1/cpu", 5000), ("n1/gpu/0", 1)], by: Self.component, priority: .critical)
    #expect(answer.status == .granted && answer.token.isEmpty)
  }

  @Test func `may be of many more pools than a request, and of no more than the limit`() throws {
    let trial = Trial { settings in
      settings.limits.poolsPerHold = 100
      settings.pools = (0..<101).map {
        PoolDefinition(name: Text("p\($0)"), capacity: 1, alwaysRespectsLimits: true)
      }
    }
    let all = (0..<101).map { ("p\($0)", Int64(1)) }
    #expect(Self.isHeld(try Self.hold(trial, "job/1/1", Array(all.prefix(100)))))
    let error = callError { () throws(CallError) in try Self.hold(trial, "job/2/1", all) }
    #expect(error?.reason == .invalidField)
  }

  @Test func `are the same after the decisions were played again`() throws {
    let trial = Self.trial(isRecorded: true, .alwaysGrant)
    _ = try Self.hold(trial, "job/1/1", [("n1/cpu", 5000), ("n1/gpu/1", 1000)])
    _ = try Self.hold(trial, "job/2/1", [("n2/cpu", 8000)])
    #expect(trial.coordinator.letGo("job/2/1", at: trial.now))
    let replayed = Coordinator(
      recovering: trial.coordinator.state.settings, hashSeed: 7, entropy: Entropy(seed: 7),
      startedAt: trial.now)
    try trial.coordinator.log.forEach { revision, record throws(ByteSource.Malformed) in
      try replayed.replay(record, revision: revision)
    }
    #expect(chunks(replayed) == chunks(trial.coordinator))
    #expect(replayed.letGo("job/1/1", at: trial.now))
  }
}
