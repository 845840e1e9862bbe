import Model
import TestSupport
import Testing

@testable import Coordination

@Suite struct `Leases` {
  @Test func `a lease ends at the nanosecond it is due and not before`() throws {
    let trial = Trial()
    let granted = try trial.request("a", [("gpu", 60)], duration: .nanoseconds(1_500_000_001))
    #expect(granted.status == .granted)
    #expect(granted.expiresAt == Trial.start + .nanoseconds(1_500_000_001))
    trial.pass(.nanoseconds(1_500_000_000))
    #expect(trial.standing("a") == .granted)
    #expect(trial.pool("gpu")?.allocated == 60)
    trial.pass(.nanoseconds(1))
    #expect(trial.standing("a") == .expired)
    #expect(trial.pool("gpu")?.allocated == 0)
    #expect(trial.history().events.first?.at == granted.expiresAt)
  }

  @Test func `the default is one hour, and the maximum hold time caps what is asked`() throws {
    let trial = Trial { $0.limits.leaseHold = .seconds(5000) }
    #expect(try trial.request("a", [("gpu", 1)]).expiresAt == Trial.start + .seconds(3600))
    let zero = try trial.request("b", [("gpu", 1)], duration: .zero)
    #expect(zero.expiresAt == Trial.start + .seconds(3600))
    let long = try trial.request("c", [("gpu", 1)], duration: .seconds(9999))
    #expect(long.expiresAt == Trial.start + .seconds(5000))
    let error = callError { () throws(CallError) in
      try trial.request("d", [("gpu", 1)], duration: .seconds(-1))
    }
    #expect(error?.code == .invalidArgument)
  }

  @Test func `a renewal never shortens, and stops at the maximum hold time`() throws {
    let trial = Trial { $0.limits.leaseHold = .seconds(100) }
    _ = try trial.request("a", [("gpu", 1)], duration: .seconds(60))
    #expect(try trial.renew("a", for: .seconds(5)).expiresAt == Trial.start + .seconds(60))
    trial.pass(seconds: 30)
    let renewed = try trial.renew("a")
    #expect(renewed.expiresAt == Trial.start + .seconds(90))
    #expect(!renewed.atMaximum)
    trial.pass(seconds: 30)
    let last = try trial.renew("a", for: .seconds(500))
    #expect(last.expiresAt == Trial.start + .seconds(100))
    #expect(last.atMaximum)
    trial.pass(seconds: 40)
    #expect(trial.standing("a") == .expired)
  }

  @Test func `renewing or releasing an ended lease is an error and changes nothing`() throws {
    let trial = Trial()
    let token = try trial.request("a", [("gpu", 40)], duration: .seconds(1)).token
    trial.pass(seconds: 1)
    _ = try trial.request("b", [("gpu", 70)])
    let before = trial.pool("gpu")
    let error = callError { () throws(CallError) in try trial.renew("a", token: token) }
    #expect(error?.code == .failedPrecondition)
    #expect(error?.reason == .leaseEnded)
    let release = try trial.release("a", token: token)
    #expect(!release.success)
    #expect(release.message.hasPrefix("Request ID not found"))
    #expect(trial.pool("gpu") == before)
    #expect(trial.standing("a") == .expired)
    #expect(
      callError { () throws(CallError) in try trial.renew("x", token: token) }?.code == .notFound)
  }

  @Test func `fencing numbers rise strictly over all pools`() throws {
    let trial = Trial()
    var last = FencingToken(epoch: 0, counter: 0)
    for index in 0..<50 {
      let id = Text("r\(index)")
      let response = try trial.request(id, [(index % 2 == 0 ? "gpu" : "api", 1)])
      let fencing = try #require(response.fencing)
      #expect(fencing > last && fencing.epoch == 3)
      last = fencing
      try trial.release(id)
    }
  }

  @Test func `after an abnormal loss capacity stays closed for the lock delay`() throws {
    let trial = Trial { $0.lockDelay = .seconds(15) }
    _ = try trial.request("a", [("gpu", 80)], duration: .seconds(10))
    _ = try trial.request("b", [("api", 5)], duration: .seconds(10))
    try trial.release("b")
    #expect(try trial.request("c", [("api", 10)]).status == .granted)
    trial.pass(seconds: 10)
    let denied = try trial.request("d", [("gpu", 50)])
    #expect(denied.status == .denied)
    #expect(denied.reason == .lockDelay)
    #expect(trial.pool("gpu")?.available == 20)
    let queued = try trial.request("e", [("gpu", 50)], wait: true)
    #expect(queued.queue?.forecast?.latest == Trial.start + .seconds(25))
    trial.pass(.nanoseconds(14_999_999_999))
    #expect(trial.standing("e") == .queued)
    trial.pass(.nanoseconds(1))
    #expect(trial.standing("e") == .granted)
  }

  @Test func `partial grants are made only when asked`() throws {
    let trial = Trial()
    _ = try trial.request("a", [("gpu", 70)])
    #expect(try trial.request("b", [("gpu", 50)]).status == .denied)
    let part = try trial.request("c", [("gpu", 50)], partial: true)
    #expect(part.status == .granted)
    #expect(part.grantedQuantity == 30)
    #expect(trial.pool("gpu")?.allocated == 100)
    try trial.release("c")
    #expect(trial.pool("gpu")?.allocated == 70)
    let error = callError { () throws(CallError) in
      try trial.request("d", [("gpu", 1), ("api", 1)], partial: true)
    }
    #expect(error?.code == .invalidArgument)
  }

  @Test func `bug: a waiting partial request of more than the pool has was never served`() throws {
    let trial = Trial()
    _ = try trial.request("a", [("gpu", 100)])
    #expect(try trial.request("b", [("gpu", 500)], wait: true, partial: true).status == .queued)
    #expect(try trial.request("c", [("gpu", 100)], wait: true).status == .queued)
    try trial.release("a")
    #expect(trial.standing("b") == .granted)
    #expect(trial.pool("gpu")?.allocations.first?.quantity ?? trial.pool("gpu")?.allocated == 100)
  }

  @Test func `bug: a partial grant could pass the component's share`() throws {
    let trial = Trial { $0.componentDefaults.poolShare = 0.5 }
    let part = try trial.request("a", [("gpu", 80)], partial: true)
    #expect(part.status == .granted)
    #expect(part.grantedQuantity == 50)
  }

  @Test func `an unknown pool is refused with the names that may have been meant`() throws {
    let trial = Trial()
    let error = try #require(throws: CallError.self) {
      try trial.request("r1", [("memroy", 1)])
    }
    #expect(error.code == .invalidArgument)
    #expect(error.details.map(\.reason) == ["UNKNOWN_POOL"])
    #expect(error.details.map(\.field) == ["pool"])
    #expect(
      error.message
        == "pool \"memroy\" is unknown (did you mean memory?); the pools are gpu, api, memory")
    let far = try #require(throws: CallError.self) { try trial.request("r2", [("zebra", 1)]) }
    #expect(far.message == "pool \"zebra\" is unknown; the pools are gpu, api, memory")
  }

  @Test func `several pools are granted all or none`() throws {
    let trial = Trial()
    let granted = try trial.request("a", [("gpu", 60), ("api", 4), ("memory", 20)])
    #expect(granted.granted.map(\.quantity) == [60, 4, 20])
    let denied = try trial.request("b", [("gpu", 10), ("api", 7), ("memory", 1)])
    #expect(denied.status == .denied)
    #expect(denied.explanation?.blockers.map(\.pool) == ["api"])
    #expect(Set(denied.explanation?.notBlockers.map(\.pool) ?? []) == ["gpu", "memory"])
    #expect(trial.pool("gpu")?.allocated == 60)
    try trial.release("a")
    for pool in ["gpu", "api", "memory"] as [Text] { #expect(trial.pool(pool)?.allocated == 0) }
    let twice = callError { () throws(CallError) in
      try trial.request("c", [("gpu", 1), ("gpu", 1)])
    }
    #expect(twice?.code == .invalidArgument)
  }

  @Test
  func `a shrink below what is held revokes nothing and grants nothing until it is back under`()
    throws
  {
    let trial = Trial()
    _ = try trial.request("a", [("gpu", 60)])
    _ = try trial.request("b", [("gpu", 30)])
    let status = try trial.setCapacity("gpu", 40)
    #expect(status.allocated == 90 && status.overCommitted == 50 && status.available == 0)
    #expect(trial.standing("a") == .granted && trial.standing("b") == .granted)
    let denied = try trial.request("c", [("gpu", 1)])
    #expect(denied.status == .denied && denied.reason == .overCommitted)
    #expect(
      try trial.request("d", [("gpu", 5)], wait: true, timeout: .seconds(600)).status == .queued)
    try trial.release("b")
    #expect(trial.standing("d") == .queued)
    try trial.release("a")
    #expect(trial.standing("d") == .granted)
  }

  @Test func `bug: a waiter made too large by a shrink kept all others waiting`() throws {
    let trial = Trial()
    _ = try trial.request("a", [("gpu", 90)])
    _ = try trial.request("b", [("gpu", 80)], wait: true, timeout: .seconds(1000))
    _ = try trial.request("c", [("gpu", 30)], wait: true, timeout: .seconds(1000))
    try trial.setCapacity("gpu", 50)
    try trial.release("a")
    #expect(trial.standing("b") == .queued)
    #expect(trial.standing("c") == .granted)
    try trial.setCapacity("gpu", 200)
    #expect(trial.standing("b") == .granted)
  }

  @Test func `draining refuses new requests and keeps leases renewable`() throws {
    let trial = Trial()
    _ = try trial.request("a", [("gpu", 1)])
    _ = try trial.request("w", [("gpu", 100)], wait: true)
    #expect(trial.drain().leases == 1)
    #expect(
      callError { () throws(CallError) in try trial.request("b", [("gpu", 1)]) }?.code
        == .unavailable)
    #expect(try trial.request("a", [("gpu", 1)]).status == .granted)
    _ = try trial.renew("a")
    #expect(try trial.release("a").success)
    #expect(!trial.coordinator.health(at: trial.now).healthy)
    #expect(!trial.drain(resume: true).draining)
    #expect(try trial.request("b", [("api", 1)]).status == .granted)
  }
}
