import NIOConcurrencyHelpers
import ResourceCoordinatorClient
import ResourceCoordinatorTesting
import Testing

/// Traps that lease libraries are known for. None of them is ours.
@Suite(.timeLimit(.minutes(1))) struct TrapTests {
  @Test func `the lease is kept alive inside, and nobody has to read a channel for it`()
    async throws
  {
    try await withBoth { coordinator, client in
      try await client.withLease(.gpuMemory(megabytes: 8000), ttl: .seconds(60)) { lease in
        for renewals in 1...6 {
          await coordinator.clock.waitForSleepers(1)
          await coordinator.advance(by: .seconds(20))
          await coordinator.wait(for: "renewed", count: renewals)
        }
        try lease.checkValid()
      }
      // One renewal each third of the length, and no storm of them.
      #expect(await coordinator.count(of: "renewed") == 6)
      #expect(await coordinator.leaseCount() == 0)
    }
  }

  @Test func `a lost lease cancels the body and throws leaseLost`() async throws {
    try await withBoth { coordinator, client in
      let wasCancelled = NIOLockedValueBox(false)
      let error = try await failure {
        try await client.withLease(.gpuMemory(megabytes: 8000), ttl: .seconds(60)) { lease in
          await coordinator.advance(by: .seconds(61))
          do {
            try await waitForever(coordinator)
          } catch {
            wasCancelled.withLockedValue { $0 = true }
            #expect(!lease.isValid)
            throw error
          }
        }
      }
      #expect(error.code == .leaseLost)
      #expect(wasCancelled.withLockedValue { $0 })
    }
  }

  @Test func `keeping alive goes on after the connection was lost`() async throws {
    try await withBoth { coordinator, client in
      try await client.withLease(.gpuMemory(megabytes: 8000), ttl: .seconds(60)) { lease in
        await coordinator.closeConnections()
        await coordinator.clock.waitForSleepers(1)
        await coordinator.advance(by: .seconds(20))
        await coordinator.wait(for: "renewed")
        try lease.checkValid()
      }
    }
  }

  @Test func `a coordinator that forgot the lease is noticed at the next renewal`() async throws {
    try await withBoth { coordinator, client in
      let error = try await failure {
        try await client.withLease(.gpuMemory(megabytes: 8000), ttl: .seconds(60)) { _ in
          await coordinator.forgetEverything()
          await coordinator.clock.waitForSleepers(1)
          await coordinator.advance(by: .seconds(20))
          try await waitForever(coordinator)
        }
      }
      #expect(error.code == .leaseLost)
    }
  }

  @Test func `the body never runs without the lease when the wait ends`() async throws {
    try await withBoth(.init(capacities: [.gpu: 8000])) { coordinator, client in
      let holder = try await client.requestGPU(megabytes: 8000).lease
      let hasRun = NIOLockedValueBox(false)
      async let waiting = failure {
        try await client.withLease(.gpuMemory(megabytes: 1), wait: .upTo(.seconds(5))) { _ in
          hasRun.withLockedValue { $0 = true }
        }
      }
      await coordinator.wait(for: "queued")
      await coordinator.advance(by: .seconds(5))
      let error = try await waiting
      #expect(error.code == .queueTimeout)
      #expect(!hasRun.withLockedValue { $0 })
      try await client.release(holder)
    }
  }

  @Test func `the body never runs without the lease when it is denied`() async throws {
    try await withBoth(.init(capacities: [.gpu: 8000])) { _, client in
      let error = try await failure {
        try await client.withLease(.gpuMemory(megabytes: 8001)) { _ in
          _ = Issue.record("there is no lease")
        }
      }
      #expect(error.code == .denied)
      #expect(error.reasons.first == "CAN_NEVER_FIT")
      #expect(!error.isRetryable)
      #expect(!error.hint.isEmpty)
    }
  }

  @Test func `work that is done is not failed by a lease that ran out just then`() async throws {
    try await withBoth { coordinator, client in
      // The client's clock stands still, so that only giving back finds out.
      var options = coordinator.clientOptions
      options.clock = ManualClock().clientClock
      let result = try await CoordinatorClient.withClient(
        coordinator.endpoint, component: "late", options: options
      ) { late in
        try await late.withLease(.gpuMemory(megabytes: 1), ttl: .seconds(60)) { _ in
          await coordinator.advance(by: .seconds(61))
          return "done"
        }
      }
      #expect(result == "done")
      options.isStrictAboutLateLoss = true
      let error = try await failure {
        try await CoordinatorClient.withClient(
          coordinator.endpoint, component: "strict", options: options
        ) { strict in
          try await strict.withLease(.gpuMemory(megabytes: 1), ttl: .seconds(60)) { _ in
            await coordinator.advance(by: .seconds(61))
          }
        }
      }
      #expect(error.code == .leaseLost)
    }
  }

  @Test func `errors are told apart by type, not by their text`() async throws {
    try await withBoth { _, client in
      let unknown = try await failure { _ = try await client.request(pool: "nope", quantity: 1) }
      #expect(unknown.code == .invalidArgument)
      #expect(unknown.reasons.first == "UNKNOWN_POOL")
      _ = try await client.requestCPU(cores: 1, requestID: "one")
      let reused = try await failure { _ = try await client.requestCPU(cores: 2, requestID: "one") }
      #expect(reused.code == .alreadyExists)
      #expect(reused.requestID == "one")
      let missing = try await failure { _ = try await client.explain(requestID: "missing") }
      #expect(missing.code == .notFound)
    }
  }

  @Test func `a long task keeps its lease, by a clock that the wall clock cannot move`()
    async throws
  {
    try await withBoth { coordinator, client in
      try await client.withLease(.cpu(cores: 1), ttl: .seconds(3)) { lease in
        for renewals in 1...50 {
          await coordinator.clock.waitForSleepers(1)
          await coordinator.advance(by: .seconds(1))
          await coordinator.wait(for: "renewed", count: renewals)
          try lease.checkValid()
        }
      }
    }
  }

  @Test func `a scope without waiting is decided at once`() async throws {
    try await withBoth(.init(capacities: [.gpu: 8000])) { coordinator, client in
      let holder = try await client.requestGPU(megabytes: 8000).lease
      let error = try await failure {
        try await client.withLease(.gpuMemory(megabytes: 1), wait: .fail) { _ in }
      }
      #expect(error.code == .denied)
      #expect(error.explanation?.blockers.first?.requestID == holder.id)
      #expect(await coordinator.count(of: "queued") == 0)
    }
  }

  @Test func `a client outside its scope throws at once instead of hanging`() async throws {
    try await FakeCoordinator.with { coordinator in
      let never = CoordinatorClient(coordinator.endpoint, component: "never run")
      #expect(try await failure { _ = try await never.health() }.code == .clientClosed)
      let escaped = try await CoordinatorClient.withClient(
        coordinator.endpoint, component: "escaped"
      ) { $0 }
      #expect(try await failure { _ = try await escaped.health() }.code == .clientClosed)
      #expect(
        try await failure { try await escaped.withLease(.cpu(cores: 1)) { _ in } }.code
          == .clientClosed)
      #expect(try await failure { for try await _ in escaped.events() {} }.code == .clientClosed)
    }
  }

  @Test func `a client that runs as a service works until its task is cancelled`() async throws {
    try await FakeCoordinator.with { coordinator in
      let client = CoordinatorClient(coordinator.endpoint, component: "service")
      let service = Task { await client.run() }
      var health: Health?
      while health == nil { health = try? await client.health() }
      #expect(health?.isHealthy == true)
      service.cancel()
      await service.value
      let error = try await failure { _ = try await client.health() }
      #expect(error.code == .clientClosed)
    }
  }

  @Test func `whatever the body throws, nothing stays held`() async throws {
    struct Mine: Error {}
    try await withBoth { coordinator, client in
      await #expect(throws: Mine.self) {
        try await client.withLease(.gpuMemory(megabytes: 8000), .cpu(cores: 4)) { _ in
          throw Mine()
        }
      }
      #expect(await coordinator.count(of: "released") == 1)
      #expect(await coordinator.leaseCount() == 0)
    }
  }

  @Test func `cancelling the caller gives the lease back`() async throws {
    try await withBoth { coordinator, client in
      let task = Task {
        try await client.withLease(.gpuMemory(megabytes: 8000)) { _ in
          try await waitForever(coordinator)
        }
      }
      await coordinator.wait(for: "granted")
      task.cancel()
      await #expect(throws: (any Error).self) { try await task.value }
      #expect(await coordinator.leaseCount() == 0)
    }
  }

  @Test func `cancelling a wait leaves the queue`() async throws {
    try await withBoth(.init(capacities: [.gpu: 8000])) { coordinator, client in
      let holder = try await client.requestGPU(megabytes: 8000).lease
      let task = Task {
        try await client.withLease(.gpuMemory(megabytes: 1), wait: .forever) { _ in }
      }
      await coordinator.wait(for: "queued")
      task.cancel()
      await #expect(throws: (any Error).self) { try await task.value }
      await coordinator.wait(for: "cancelled")
      #expect(await coordinator.waitingCount() == 0)
      try await client.release(holder)
    }
  }

  @Test func `giving back that fails never hides the body's result`() async throws {
    try await withBoth { coordinator, client in
      let result = try await client.withLease(.gpuMemory(megabytes: 8000)) { _ in
        await coordinator.goAway()
        return 42
      }
      #expect(result == 42)
    }
  }
}
