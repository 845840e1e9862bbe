import ResourceCoordinatorClient
import ResourceCoordinatorTesting
import Testing

/// Lost replies, cut connections and coordinators that are away.
@Suite(.timeLimit(.minutes(1))) struct FaultTests {
  @Test func `defect 24: a reply that was cut off is asked for again and yields one lease`()
    async throws
  {
    try await withBoth(.init(capacities: [.gpu: 8000])) { coordinator, client in
      _ = try await client.health()
      await coordinator.cutReplies(1)
      let lease = try await client.requestGPU(megabytes: 8000).lease
      #expect(await coordinator.count(of: "granted") == 1)
      try await client.release(lease)
      #expect(await coordinator.leaseCount() == 0)
    }
  }

  @Test func `a reply that never comes is asked for again and yields one lease`() async throws {
    try await withBoth(
      .init(capacities: [.gpu: 8000]), options: { $0.retry.attemptTimeout = .seconds(1) }
    ) { coordinator, client in
      _ = try await client.health()
      await coordinator.loseReplies(1)
      let lease = try await client.requestGPU(megabytes: 8000).lease
      #expect(await coordinator.count(of: "granted") == 1)
      try await client.release(lease)
    }
  }

  @Test func `defect 24: a grant whose answers are all lost is given back`() async throws {
    try await withBoth(
      options: {
        $0.retry = .never
        $0.retry.attemptTimeout = .seconds(1)
      }
    ) { coordinator, client in
      _ = try await client.health()
      await coordinator.loseReplies(1)
      let error = try await failure { _ = try await client.requestGPU(megabytes: 8000) }
      #expect(error.code == .deadlineExceeded)
      #expect(error.isRetryable)
      #expect(await coordinator.count(of: "granted") == 1)
      #expect(await coordinator.leaseCount() == 0)
    }
  }

  @Test func `defect 24: every call has a deadline`() async throws {
    try await withBoth(
      options: {
        // Nothing but the deadline ends it in the time that a test has.
        $0.clock = .continuous
        $0.deadline = .milliseconds(500)
        $0.connectTimeout = .seconds(3600)
      }
    ) { coordinator, client in
      await coordinator.loseReplies(1000)
      // While it connects, and once more with whatever became of that.
      for _ in 0..<2 {
        let error = try await failure { _ = try await client.health() }
        #expect(error.code == .deadlineExceeded || error.code == .unavailable)
      }
    }
  }

  @Test func `a release whose reply was lost is repeated and still a success`() async throws {
    try await withBoth { coordinator, client in
      let lease = try await client.requestGPU(megabytes: 8000).lease
      await coordinator.cutReplies(1)
      try await client.release(lease)
      #expect(await coordinator.count(of: "released") == 1)
      try await client.release(lease)
      #expect(!lease.isValid)
    }
  }

  @Test func `a wait survives lost connections`() async throws {
    try await withBoth(.init(capacities: [.gpu: 8000])) { coordinator, client in
      let holder = try await client.requestGPU(megabytes: 8000).lease
      guard
        case .queued(let ticket) = try await client.requestGPU(
          megabytes: 8000, wait: .upTo(.seconds(60)))
      else {
        Issue.record("it does not wait")
        return
      }
      #expect(ticket.place?.position == 1)
      async let granted = ticket.granted()
      await coordinator.closeConnections()
      try await client.release(holder)
      let lease = try await granted
      #expect(lease.id == ticket.id && lease.isValid)
      #expect(await coordinator.count(of: "granted") == 2)
    }
  }

  @Test func `a coordinator that lost its memory queues the wait anew`() async throws {
    try await withBoth(.init(capacities: [.gpu: 8000])) { coordinator, client in
      _ = try await client.requestGPU(megabytes: 8000).lease
      guard
        case .queued(let ticket) = try await client.requestGPU(
          megabytes: 8000, wait: .upTo(.seconds(60)))
      else {
        Issue.record("it does not wait")
        return
      }
      await coordinator.forgetEverything()
      let lease = try await ticket.granted()
      #expect(lease.fencing?.epoch == 2)
    }
  }

  @Test func `nobody there is told at once, with what to do`() async throws {
    try await withBoth(options: { $0.retry = .never }) { coordinator, client in
      await coordinator.goAway()
      let error = try await failure { _ = try await client.health() }
      #expect(error.code == .unavailable)
      #expect(error.reasons.first == "CANNOT_CONNECT")
      #expect(error.message.contains(coordinator.endpoint.description))
    }
  }

  @Test func `a client comes back with its coordinator`() async throws {
    try await withBoth { coordinator, client in
      _ = try await client.health()
      await coordinator.goAway()
      _ = try? await client.health()
      try await coordinator.comeBack()
      var health: Health?
      while health == nil {
        health = try? await client.health()
        await coordinator.advance(by: .seconds(1))
      }
      #expect(health?.isHealthy == true)
    }
  }

  // MARK: While the coordinator cannot be reached

  @Test func `pessimistic: nothing is used without the coordinator's word`() async throws {
    try await withBoth { coordinator, client in
      await coordinator.goAway()
      let error = try await failure { _ = try await client.requestGPU(megabytes: 1) }
      #expect(error.code == .unavailable)
    }
  }

  @Test func `optimistic: what is asked for is used, and marked as not confirmed`() async throws {
    try await withBoth(options: { $0.unreachable[.cpu] = .optimistic }) { coordinator, client in
      await coordinator.goAway()
      let lease = try await client.requestCPU(cores: 1000, duration: .seconds(30)).lease
      #expect(!lease.isConfirmed && lease.isValid && lease.fencing == nil)
      #expect(lease.timeLeft == .seconds(30))
      try await client.release(lease)
      #expect(!lease.isValid)
    }
  }

  @Test func `safe: as much is used as the coordinator called safe`() async throws {
    try await withBoth(
      .init(safeCapacities: [.claudeAPI: 10]), options: { $0.unreachable[.gpu] = .pessimistic }
    ) { coordinator, client in
      let confirmed = try await client.requestAPIQuota(requestsPerHour: 4).lease
      #expect(confirmed.isConfirmed)
      await coordinator.goAway()
      let offline = try await client.requestAPIQuota(requestsPerHour: 6).lease
      #expect(!offline.isConfirmed)
      let error = try await failure {
        _ = try await client.requestAPIQuota(requestsPerHour: 1)
      }
      #expect(error.code == .unavailable)
      try await client.release(offline)
      _ = try await client.requestAPIQuota(requestsPerHour: 6).lease
    }
  }

  @Test func `a lease outlives the coordinator's memory, with a new fencing number`() async throws {
    try await withBoth(.init(capacities: [.gpu: 8000])) { coordinator, client in
      try await client.withLease(.gpuMemory(megabytes: 6000), ttl: .seconds(60)) { lease in
        #expect(lease.fencing?.epoch == 1)
        await coordinator.clock.waitForSleepers(1)
        await coordinator.forgetEverything(learning: .seconds(60))
        await coordinator.advance(by: .seconds(20))
        await coordinator.wait(for: "adopted")
        while lease.fencing?.epoch == 1 { await Task.yield() }
        #expect(lease.isValid && lease.fencing?.epoch == 2)
        #expect(await coordinator.leaseCount() == 1)
      }
      #expect(await coordinator.leaseCount() == 0)
    }
  }

  @Test func `a coordinator that learns who holds what refuses, and grants to those who wait`()
    async throws
  {
    try await withBoth(options: { $0.retry = .never }) { coordinator, client in
      await coordinator.forgetEverything(learning: .seconds(60))
      let error = try await failure { _ = try await client.requestGPU(megabytes: 1) }
      #expect(error.code == .unavailable && error.retryAfter == .seconds(60))
      guard
        case .queued(let ticket) = try await client.requestGPU(
          megabytes: 1, wait: .upTo(.seconds(90)))
      else {
        Issue.record("it does not wait")
        return
      }
      async let granted = ticket.granted()
      await coordinator.advance(by: .seconds(60))
      #expect(try await granted.isValid)
    }
  }

  @Test func `a lease whose capacity another holder announced first is lost`() async throws {
    try await withBoth(.init(capacities: [.gpu: 8000])) { coordinator, client in
      let error = try await failure {
        try await client.withLease(.gpuMemory(megabytes: 6000), ttl: .seconds(60)) { _ in
          await coordinator.clock.waitForSleepers(1)
          await coordinator.forgetEverything(learning: .zero)
          let other = try await client.requestGPU(megabytes: 6000).lease
          await coordinator.forgetEverything(learning: .seconds(60))
          try await client.renew(other)
          await coordinator.advance(by: .seconds(20))
          try await waitForever(coordinator)
        }
      }
      #expect(error.code == .leaseLost)
      #expect(await coordinator.count(of: "adopted") == 1)
    }
  }

  @Test func `a scope runs by the client's own rule while the coordinator is away`() async throws {
    try await withBoth(options: { $0.unreachable[.cpu] = .optimistic }) { coordinator, client in
      await coordinator.goAway()
      try await client.withLease(.cpu(cores: 2), ttl: .seconds(60)) { lease in
        #expect(!lease.isConfirmed)
        for _ in 0..<4 {
          await coordinator.clock.waitForSleepers(1)
          await coordinator.advance(by: .seconds(20))
        }
      }
    }
  }
}
