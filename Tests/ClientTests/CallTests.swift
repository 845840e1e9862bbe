import ResourceCoordinatorClient
import ResourceCoordinatorTesting
import Testing

/// Every call of the client, against the real decisions.
@Suite(.timeLimit(.minutes(1))) struct CallTests {
  @Test func `several amounts are one lease, all or nothing`() async throws {
    try await withBoth { _, client in
      let lease = try await client.request(
        .gpuMemory(megabytes: 8000), .claudeAPI(requestsPerHour: 10), .memory(megabytes: 4096),
        .cpu(cores: 4), priority: .high, metadata: ["job": "train"]
      ).lease
      #expect(lease.amounts.count == 4)
      #expect(lease.amounts.contains(.cpu(cores: 4)))
      #expect(!lease.description.contains(lease.token))
      let status = try await client.status()
      #expect(status.map(\.allocated) == [8000, 10, 4096, 4])
      #expect(status.first?.allocations.first?.metadata == ["job": "train"])
      #expect(status.first?.allocations.first?.priority == .high)
      guard
        case .denied(let explanation) = try await client.request(
          .gpuMemory(megabytes: 1), .cpu(cores: 13))
      else {
        Issue.record("more was granted than there is")
        return
      }
      #expect(explanation.blockers.first?.pool == "cpu")
      #expect(explanation.blockers.first?.missing == 1)
      #expect(try await client.status(.gpu).first?.allocated == 8000)
      try await client.release(lease)
      #expect(try await client.status(.gpu).first?.allocated == 0)
    }
  }

  @Test func `each kind of resource has its call`() async throws {
    try await withBoth(.init(capacities: [.pool("disk"): 100])) { _, client in
      let leases = [
        try await client.requestGPU(megabytes: 1).lease,
        try await client.requestAPIQuota(requestsPerHour: 2).lease,
        try await client.requestMemory(megabytes: 3).lease,
        try await client.requestCPU(cores: 4).lease,
        try await client.request(pool: "disk", quantity: 5).lease,
      ]
      #expect(
        leases.flatMap(\.amounts) == [
          .gpuMemory(megabytes: 1), .claudeAPI(requestsPerHour: 2), .memory(megabytes: 3),
          .cpu(cores: 4), .pool("disk", 5),
        ])
    }
  }

  @Test func `less is taken only where that is allowed`() async throws {
    try await withBoth(.init(capacities: [.gpu: 8000])) { _, client in
      _ = try await client.requestGPU(megabytes: 6000).lease
      let lease = try await client.request(.gpuMemory(megabytes: 4000), allowPartial: true).lease
      #expect(lease.amounts == [.gpuMemory(megabytes: 2000)])
    }
  }

  @Test func `fencing tokens rise, and the verifier keeps late holders off`() async throws {
    try await withBoth { coordinator, client in
      let first = try #require(try await client.requestGPU(megabytes: 1).lease.fencing)
      await coordinator.forgetEverything()
      let second = try #require(try await client.requestGPU(megabytes: 1).lease.fencing)
      #expect(first < second)
      var verifier = FencingVerifier(resourcesMax: 1)
      let admitted = [
        verifier.admit(second, to: "gpu-0"), verifier.admit(first, to: "gpu-0"),
        verifier.admit(second, to: "gpu-0"), verifier.admit(second, to: "gpu-1"),
      ]
      #expect(admitted == [true, false, true, false])
      #expect(verifier.newestToken(of: "gpu-0") == second)
    }
  }

  @Test func `renewing moves the end, and an ended lease is never granted anew`() async throws {
    try await withBoth { coordinator, client in
      let lease = try await client.requestGPU(megabytes: 1, duration: .seconds(60)).lease
      await coordinator.advance(by: .seconds(50))
      #expect(lease.timeLeft == .seconds(10))
      try await client.renew(lease)
      #expect(lease.timeLeft == .seconds(60))
      await coordinator.advance(by: .seconds(61))
      #expect(throws: CoordinatorError.self) { try lease.checkValid() }
      let error = try await failure { try await client.renew(lease) }
      #expect(error.code == .leaseLost)
      #expect(await coordinator.leaseCount() == 0)
      #expect(try await failure { try await client.release(lease) }.code == .leaseLost)
    }
  }

  @Test func `a queued request can be explained and cancelled`() async throws {
    try await withBoth(.init(capacities: [.gpu: 8000])) { coordinator, client in
      let holder = try await client.requestGPU(megabytes: 8000).lease
      guard
        case .queued(let ticket) = try await client.requestGPU(
          megabytes: 4000, wait: .upTo(.seconds(60)), requestID: "waiter")
      else {
        Issue.record("it does not wait")
        return
      }
      let explanation = try await client.explain(requestID: "waiter")
      #expect(explanation.blockers.first?.requestID == holder.id)
      #expect(explanation.place?.position == 1)
      #expect(try await client.cancel(requestID: "waiter"))
      #expect(try await client.cancel(requestID: "waiter") == false)
      #expect(try await failure { _ = try await ticket.granted() }.code == .cancelled)
      let whatIf = try await client.explain(.gpuMemory(megabytes: 1))
      #expect(!whatIf.blockers.isEmpty)
    }
  }

  @Test func `a ticket tells its place and then the grant`() async throws {
    try await withBoth(.init(outcomes: [.queue(.seconds(2)), .deny])) { coordinator, client in
      guard
        case .queued(let ticket) = try await client.requestGPU(
          megabytes: 4000, wait: .upTo(.seconds(60)))
      else {
        Issue.record("it does not wait")
        return
      }
      let (places, continuation) = AsyncStream.makeStream(of: QueuePlace.self)
      async let granted = ticket.granted { continuation.yield($0) }
      for await place in places {
        #expect(place.position == 1)
        break
      }
      await coordinator.advance(by: .seconds(2))
      #expect(try await granted.isValid)
      guard case .denied(let why) = try await client.requestGPU(megabytes: 1) else {
        Issue.record("the script says no")
        return
      }
      #expect(why.blockers.first?.reason == "SIMULATED_CONTENTION")
    }
  }

  @Test func `mode and capacity change at run time`() async throws {
    try await withBoth { _, client in
      #expect(try await client.mode().mode == .respectLimits)
      #expect(try await client.setMode(.alwaysGrant).mode == .alwaysGrant)
      let contention = try await client.simulateContention(
        denyProbability: 0.25, queueProbability: 0.5, seed: 9)
      #expect(contention.mode == .simulateContention)
      #expect(contention.denyProbability == 0.25)
      #expect(try await client.setCapacity(.gpu, to: 5).totalCapacity == 5)
      #expect(try await client.health().isHealthy)
    }
  }

  @Test func `history tells what happened, in pages`() async throws {
    try await withBoth { _, client in
      for _ in 0..<5 { try await client.withLease(.cpu(cores: 1)) { _ in } }
      let first = try await client.history(oldestFirst: true, pageSize: 4)
      #expect(first.events.first?.kind == "granted")
      #expect(first.events.count == 4)
      let rest = try await client.history(oldestFirst: true, pageSize: 100, page: first.nextPage)
      #expect(rest.events.count == 6)
      #expect(first.counts["granted"] == 5)
      #expect(first.counts["released"] == 5)
      let none = try await client.history(EventFilter(component: "nobody"))
      #expect(none.events.isEmpty && none.nextPage == nil)
    }
  }

  @Test func `events come without gaps over a lost connection`() async throws {
    try await withBoth { coordinator, client in
      var events = client.events(after: 0).makeAsyncIterator()
      let first = try await client.requestCPU(cores: 1).lease
      let granted = try await events.next()
      #expect(granted?.requestID == first.id)
      await coordinator.closeConnections()
      let second = try await client.requestCPU(cores: 1).lease
      try await client.release(first)
      let regained = [try await events.next(), try await events.next()]
      #expect(regained.map { $0?.requestID } == [second.id, first.id])
      #expect(regained.map { $0?.kind } == ["granted", "released"])
    }
  }

  @Test func `events from now on begin now`() async throws {
    try await withBoth { _, client in
      _ = try await client.requestCPU(cores: 1).lease
      let updates = client.events(EventFilter(resource: .gpu))
      let reader = Task {
        for try await event in updates { return event.requestID }
        return ""
      }
      var seen: String?
      // Until the stream is open there is nothing to see: ask until it is.
      let (done, finish) = AsyncStream.makeStream(of: String.self)
      let watcher = Task {
        finish.yield(try await reader.value)
        finish.finish()
      }
      let pusher = Task {
        while !Task.isCancelled {
          let lease = try await client.requestGPU(megabytes: 1).lease
          try await client.release(lease)
        }
      }
      for await id in done { seen = id }
      pusher.cancel()
      _ = try? await pusher.value
      try await watcher.value
      #expect(seen?.isEmpty == false)
    }
  }

  @Test func `status updates follow changes over a lost connection`() async throws {
    try await withBoth { coordinator, client in
      var updates = client.statusUpdates(.gpu).makeAsyncIterator()
      var seen = [try await updates.next()?.allocated]
      _ = try await client.requestGPU(megabytes: 1000).lease
      await coordinator.advance(by: .seconds(1))
      seen.append(try await updates.next()?.allocated)
      await coordinator.closeConnections()
      seen.append(try await updates.next()?.allocated)
      #expect(seen == [0, 1000, 1000])
    }
  }

  @Test func `a task that is cancelled ends its stream`() async throws {
    try await withBoth { _, client in
      let (started, start) = AsyncStream.makeStream(of: Void.self)
      let task = Task {
        for try await _ in client.statusUpdates() { start.yield(()) }
        return true
      }
      for await _ in started { break }
      task.cancel()
      let ended = try await task.value
      #expect(ended)
    }
  }

  @Test(arguments: [
    ("localhost", "localhost", 50_051), ("localhost:7", "localhost", 7),
    ("tcp://10.0.0.1:65535", "10.0.0.1", 65_535), ("[::1]:9", "::1", 9), ("::1", "::1", 50_051),
    ("tcp://[fe80::1]/", "fe80::1", 50_051),
  ])
  func `addresses are read`(text: String, host: String, port: Int) throws {
    let endpoint = try #require(Endpoint(text))
    #expect(endpoint == Endpoint(host: host, port: port))
    #expect(Endpoint(endpoint.description) == endpoint)
  }

  @Test(arguments: ["", ":1", "h:0", "h:65536", "h:x", "[::1", "[::1]9", "a b", "http://h:1/x"])
  func `addresses that make no sense are refused`(text: String) {
    #expect(Endpoint(text) == nil)
  }

  @Test func `the client finds the coordinator named in the environment`() {
    #expect(Endpoint.environment.port > 0)
  }

  @Test func `many tasks share one client and nothing is over-granted or left`() async throws {
    try await withBoth(
      .init(capacities: [.gpu: 1000, .cpu: 8]), options: { $0.connections = 3 }
    ) { coordinator, client in
      try await withThrowingTaskGroup(of: Int64.self) { group in
        for task in 0..<64 {
          group.addTask {
            var held: Int64 = 0
            for round in 0..<10 {
              let amount = Int64((task * 7 + round * 13) % 400 + 1)
              try await client.withLease(
                .gpuMemory(megabytes: amount), .cpu(cores: 1), wait: .forever
              ) { lease in
                try lease.checkValid()
                if round % 5 == 0 {
                  let status = try await client.status(.gpu)
                  #expect(status.first?.overCommitted == 0)
                }
              }
              held += 1
            }
            return held
          }
        }
        var total: Int64 = 0
        for try await held in group { total += held }
        #expect(total == 640)
      }
      #expect(await coordinator.leaseCount() == 0)
      #expect(await coordinator.waitingCount() == 0)
      #expect(await coordinator.count(of: "granted") == 640)
    }
  }

  @Test func `tasks that are cut off at random leave nothing behind`() async throws {
    try await withBoth(
      options: {
        $0.connections = 2
        $0.retry.attempts = 1000
        $0.retry.budget = 1_000_000
      }
    ) { coordinator, client in
      await withTaskGroup(of: Void.self) { group in
        for task in 0..<32 {
          group.addTask {
            for _ in 0..<5 {
              try? await client.withLease(.memory(megabytes: 100), wait: .upTo(.seconds(5))) { _ in
                if task % 8 == 0 { await coordinator.closeConnections() }
              }
            }
          }
        }
      }
      #expect(await coordinator.leaseCount() == 0)
    }
  }

  @Test func `a trace context is the client's, or that of a block of calls`() async throws {
    let one = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    let other = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    try await withBoth(options: { $0.traceParent = one }) { _, client in
      _ = try await client.requestGPU(megabytes: 1, requestID: "a").lease
      _ = try await TraceContext.with(other) {
        try await client.requestGPU(megabytes: 1, requestID: "b").lease
      }
      _ = try await client.requestGPU(megabytes: 1, requestID: "c").lease
      var traces: [String: String] = [:]
      for event in try await client.history().events where event.kind == "granted" {
        traces[event.requestID] = event.metadata["traceparent"]
      }
      #expect(traces == ["a": one, "b": other, "c": one])
      let error = try await failure { try await TraceContext.with("none") {} }
      #expect(error.code == .invalidArgument)
    }
  }
}
