import Model
import TestSupport
import Testing

@testable import Coordination

@Suite struct `The queue` {
  @Test func `timeout alone never queues, wait does, for 60 s if nothing else is said`() throws {
    var trial = Trial()
    _ = try trial.request("a", [("gpu", 100)])
    #expect(try trial.request("b", [("gpu", 1)], timeout: .seconds(30)).status == .denied)
    let queued = try trial.request("c", [("gpu", 1)], wait: true)
    #expect(queued.status == .queued)
    #expect(queued.queue?.position == 1)
    #expect(queued.queue?.deadline == Trial.start + .seconds(60))
    trial.pass(.nanoseconds(59_999_999_999))
    #expect(trial.standing("c") == .queued)
    trial.pass(.nanoseconds(1))
    #expect(trial.standing("c") == .expired)
    #expect(try trial.request("c", [("gpu", 1)], wait: true).status == .expired)
    #expect(trial.count(.queueTimeout) == 1)
  }

  @Test func `what can never fit is refused at once`() throws {
    var trial = Trial()
    for wait in [false, true] {
      let denied = try trial.request(Text("a\(wait)"), [("gpu", 101)], wait: wait)
      #expect(denied.status == .denied && denied.reason == .canNeverFit)
    }
    let several = try trial.request("b", [("gpu", 1), ("memory", 51)], wait: true)
    #expect(several.reason == .canNeverFit)
  }

  @Test func `an unclaimed grant is taken back after 10 s and given to the next`() throws {
    var trial = Trial()
    _ = try trial.request("a", [("gpu", 100)])
    _ = try trial.request("b", [("gpu", 80)], wait: true)
    _ = try trial.request("c", [("gpu", 80)], wait: true)
    try trial.release("a")
    #expect(trial.standing("b") == .granted && trial.standing("c") == .queued)
    trial.pass(seconds: 10)
    #expect(trial.standing("b") == .expired && trial.standing("c") == .granted)
    #expect(trial.count(.claimLapsed) == 1)
    let claimed = try trial.request("c", [("gpu", 80)], wait: true)
    #expect(claimed.status == .granted && !claimed.token.isEmpty)
    trial.pass(seconds: 100)
    #expect(trial.standing("c") == .granted)
    #expect(trial.pool("gpu")?.allocated == 80)
  }

  @Test
  func `higher priorities come first, then turns of the components, then the order of asking`()
    throws
  {
    var trial = Trial()
    _ = try trial.request("hold", [("gpu", 100)])
    let asked: [(Text, Text, Priority)] = [
      ("n1", "x", .normal), ("n2", "x", .normal), ("n3", "y", .normal), ("l1", "z", .low),
      ("h1", "x", .high), ("c1", "x", .critical), ("n4", "y", .normal),
    ]
    for (id, component, priority) in asked {
      _ = try trial.request(id, [("gpu", 100)], by: component, priority: priority, wait: true)
    }
    let order = asked.map(\.0).sorted { trial.position($0) ?? 0 < trial.position($1) ?? 0 }
    #expect(order == ["c1", "h1", "n1", "n3", "n2", "n4", "l1"])
  }

  @Test
  func
    `LOW is served in the end under a stream of CRITICAL: none that asks 8 minutes later precedes it`()
    throws
  {
    var trial = Trial()
    _ = try trial.request(
      "c0", [("gpu", 100)], by: "vip", priority: .critical, duration: .seconds(10))
    _ = try trial.request(
      "low", [("gpu", 100)], priority: .low, wait: true, timeout: .seconds(7200))
    var servedAfter: Int64?
    for round in 1...360 {
      for extra in 0..<2 {
        _ = try trial.request(
          Text("c\(round)-\(extra)"), [("gpu", 100)], by: "vip", priority: .critical, wait: true,
          timeout: .seconds(3600), duration: .seconds(10))
      }
      trial.pass(seconds: 10)
      if round >= 48, trial.standing("low") == .queued {
        #expect(trial.standing(Text("c\(round)-0")) == .queued)
      }
      if trial.standing("low") != .queued {
        servedAfter = Int64(round) * 10
        break
      }
    }
    // It ages for 10 minutes and a CRITICAL for 2, so at most the 97 that asked in the first 8 minutes come first.
    #expect(try #require(servedAfter) <= 98 * 10)
  }

  @Test func `bug: turns that a component was not given were held against it`() throws {
    var trial = Trial()
    _ = try trial.request("hold", [("gpu", 100)], duration: .seconds(5000))
    for index in 0..<50 {
      _ = try trial.request(
        Text("x\(index)"), [("gpu", 100)], by: "x", wait: true, timeout: .seconds(1))
    }
    trial.pass(seconds: 2)
    for index in 0..<5 {
      _ = try trial.request(Text("y\(index)"), [("gpu", 100)], by: "y", wait: true)
    }
    _ = try trial.request("x", [("gpu", 100)], by: "x", wait: true)
    #expect(trial.position("x") == 2)
  }

  @Test
  func `nothing overtakes a blocked waiter to its cost, and nothing it does not need stands idle`()
    throws
  {
    var trial = Trial()
    _ = try trial.request("a", [("gpu", 60)])
    #expect(try trial.request("big", [("gpu", 90)], wait: true).status == .queued)
    let small = try trial.request("small", [("gpu", 20)])
    #expect(small.status == .denied && small.reason == .aheadInQueue)
    #expect(try trial.request("spare", [("gpu", 10)]).status == .denied)
    #expect(try trial.request("other", [("api", 10)]).status == .granted)
    try trial.release("a")
    #expect(trial.standing("big") == .granted)
  }

  @Test func `is bounded, for all and for each component`() throws {
    var trial = Trial {
      $0.limits.queueLength = 3
      $0.componentLimits["x"] = ComponentLimits(leases: 2, queuePlaces: 1)
    }
    _ = try trial.request("hold", [("gpu", 100)])
    #expect(try trial.request("x1", [("gpu", 1)], by: "x", wait: true).status == .queued)
    let place = try trial.request("x2", [("gpu", 1)], by: "x", wait: true)
    #expect(place.status == .denied && place.message.contains("requests waiting"))
    _ = try trial.request("y1", [("gpu", 1)], by: "y", wait: true)
    _ = try trial.request("y2", [("gpu", 1)], by: "y", wait: true)
    let full = try trial.request("y3", [("gpu", 1)], by: "y", wait: true)
    #expect(full.status == .denied && full.reason == .queueFull)
    _ = try trial.request("x3", [("api", 1)], by: "x")
    _ = try trial.request("x4", [("api", 1)], by: "x")
    let leases = try trial.request("x5", [("api", 1)], by: "x")
    #expect(leases.status == .denied && leases.reason == .componentLeaseLimit)
  }

  @Test func `bug: what a component's limit left over on the way was given to nobody`() throws {
    var trial = Trial { $0.componentLimits["x"] = ComponentLimits(leases: 1) }
    _ = try trial.request("hold", [("gpu", 100)], by: "h")
    _ = try trial.request("x1", [("gpu", 30)], by: "x", wait: true)
    _ = try trial.request("x2", [("gpu", 60)], by: "x", wait: true)
    _ = try trial.request("y1", [("gpu", 60)], by: "y", priority: .low, wait: true)
    try trial.release("hold", by: "h")
    #expect(trial.standing("x1") == .granted && trial.standing("x2") == .queued)
    #expect(trial.standing("y1") == .granted)
  }

  @Test
  func `a component's own limits hold back it alone, and more than its share is refused at once`()
    throws
  {
    var trial = Trial { $0.componentDefaults.poolShare = 0.5 }
    #expect(try trial.request("a", [("gpu", 40)], by: "x").status == .granted)
    #expect(try trial.request("b", [("gpu", 20)], by: "x", wait: true).status == .queued)
    #expect(try trial.request("c", [("gpu", 50)], by: "y").status == .granted)
    let never = try trial.request("d", [("gpu", 51)], by: "z", wait: true)
    #expect(never.status == .denied && never.reason == .componentShareLimit)
    try trial.release("a", by: "x")
    #expect(trial.standing("b") == .granted)
  }

  @Test func `a lost connection takes out only those that asked for it, 10 s later`() throws {
    var trial = Trial()
    _ = try trial.request("hold", [("gpu", 100)])
    _ = try trial.request("stays", [("gpu", 1)], wait: true, connection: 7)
    _ = try trial.request("goes", [("gpu", 1)], wait: true, onDisconnect: true, connection: 7)
    _ = try trial.request(
      "returns", [("gpu", 1)], wait: true, secret: "s", onDisconnect: true, connection: 7)
    trial.coordinator.connectionClosed(7, at: trial.now)
    trial.pass(seconds: 5)
    _ = try trial.request(
      "returns", [("gpu", 1)], wait: true, secret: "s", onDisconnect: true, connection: 8)
    trial.pass(seconds: 5)
    #expect(trial.standing("stays") == .queued)
    #expect(trial.standing("goes") == .expired)
    #expect(trial.standing("returns") == .queued)
  }

  @Test func `cancelling needs the component, and the secret where there is one`() throws {
    var trial = Trial()
    _ = try trial.request("hold", [("gpu", 100)])
    _ = try trial.request("a", [("gpu", 1)], wait: true, secret: "s")
    #expect(
      callError { () throws(CallError) in try trial.cancel("a", by: "other") }?.reason
        == .notTheOwner)
    let wrong = callError { () throws(CallError) in
      try trial.cancel("a", secret: "t", connection: 2)
    }
    #expect(wrong?.reason == .notTheOwner)
    #expect(try trial.cancel("a", secret: "s", connection: 2).cancelled)
    #expect(try !trial.cancel("a").cancelled)
    #expect(trial.standing("a") == .expired)
  }

  @Test func `bug: sums of waiters beyond 64 bits ended the process`() throws {
    var trial = Trial {
      $0.limits.quantity = .max / 2
      $0.pools = [PoolDefinition(name: "gpu", capacity: .max / 2)]
    }
    for index in 0..<4 {
      _ = try trial.request(Text("r\(index)"), [("gpu", .max / 2)], wait: true)
    }
    try trial.setMode(.alwaysGrant)
    #expect(trial.coordinator.leases == 2)
    #expect(trial.coordinator.waiting == 2)
  }
}
