import Encryption
import Histogram
import Model
import NIOCore
import NIOPosix
import ResourceCoordinatorClient
import Wire

/// One measured closed loop.
struct LoadResult: Codable {
  var connections: Int
  var depth: Int
  var requests: UInt64
  var failed: UInt64
  var seconds: Double
  var requestsPerSecond: Double
  var p50Microseconds: Double
  var p99Microseconds: Double
  var p999Microseconds: Double
  /// User and system time of the server for each request; nil without its process.
  var serverMicrosecondsPerRequest: Double?
  var serverAllocationsPerRequest: Double?
  var serverResidentBytes: Int64?
}

/// Runs request and release pairs against a coordinator.
struct Load {
  var address: CoordinatorAddress
  var connections: Int
  var depth: Int
  var seconds: Double
  var pool = "gpu"
  var quantity: Int64 = 1
  /// Streams of status that are open all the while, a hundred on a connection.
  var streams = 0
  /// Health checks instead of pairs.
  var makesHealthChecks = false
  var server: ServerProcess?

  func run() async throws -> LoadResult {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
      let result = try await run(on: group.next(), group)
      try await group.shutdownGracefully()
      return result
    } catch {
      try await group.shutdownGracefully()
      throw error
    }
  }

  private func run(
    on loop: any EventLoop, _ group: MultiThreadedEventLoopGroup
  ) async throws -> LoadResult {
    let watching = try await openStreams(group)
    let frames = try frames()
    let firstID = UInt64.random(in: 1...UInt64.max / 2)
    let depth = depth
    let bound = try await loop.submit {
      NIOLoopBound(LoadRun(frames: frames, depth: depth, firstID: firstID), eventLoop: loop)
    }.get()
    let channels = try await connect(to: bound, group)
    // The first moments warm caches and are not counted.
    try await Task.sleep(for: .milliseconds(200))
    let before = try server?.read()
    let clock = ContinuousClock()
    let began = clock.now
    let startCount = try await loop.submit {
      bound.value.isMeasuring = true
      return bound.value.completed
    }.get()
    try await Task.sleep(for: .milliseconds(Int64(seconds * 1000)))
    let endCount = try await loop.submit {
      bound.value.isMeasuring = false
      return bound.value.completed
    }.get()
    let took = began.duration(to: clock.now).components
    let after = try server?.read()
    try await loop.submit { bound.value.isEnding = true }.get()
    try await Task.sleep(for: .milliseconds(100))
    for channel in channels + watching { try? await channel.close() }
    let elapsed = Double(took.seconds) + Double(took.attoseconds) / 1e18
    let requests = endCount - startCount
    return try await loop.submit {
      let run = bound.value
      if let failure = run.firstFailure { throw Failure(.failed, failure) }
      func microseconds(_ percentile: Double) -> Double {
        Double(run.latencies.valueAtPercentile(percentile)) / 1000
      }
      var result = LoadResult(
        connections: self.connections, depth: self.depth, requests: requests, failed: run.failed,
        seconds: elapsed, requestsPerSecond: Double(requests) / elapsed,
        p50Microseconds: microseconds(50), p99Microseconds: microseconds(99),
        p999Microseconds: microseconds(99.9))
      if let before, let after, requests > 0 {
        result.serverMicrosecondsPerRequest =
          (after.cpuSeconds - before.cpuSeconds) * 1e6 / Double(requests)
        result.serverResidentBytes = after.residentBytes
        if let first = before.allocations, let last = after.allocations {
          result.serverAllocationsPerRequest = Double(last - first) / Double(requests)
        }
      }
      return result
    }.get()
  }

  /// Opens the connections that make the load.
  private func connect(
    to bound: NIOLoopBound<LoadRun>, _ group: MultiThreadedEventLoopGroup
  ) async throws -> [any Channel] {
    let encryption = try prepared()
    let greeting = try greeting()
    let address = address
    let bootstrap = ClientBootstrap(group: group)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelOption(.maxMessagesPerRead, value: 1)
      .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_536))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try encryption?.secure(channel, host: address.host)
          try channel.pipeline.syncOperations.addHandler(
            LoadConnection(run: bound.value, greeting: greeting))
        }
      }
    var channels: [any Channel] = []
    for _ in 0..<connections {
      channels.append(try await bootstrap.connect(host: address.host, port: address.port).get())
    }
    return channels
  }

  private func prepared() throws -> ClientEncryption.Prepared? {
    do {
      return try address.guarding.encryption?.prepare()
    } catch {
      throw Failure(.usage, printable("\(error)"))
    }
  }

  /// What a connection begins with: a Hello that shows the token, where there is one.
  private func greeting() throws -> ByteBuffer {
    var bytes = ByteBuffer()
    guard let token = address.guarding.token else { return bytes }
    try Codec(limits: Limits()).appendCall(
      callID: LoadConnection.greetingCallID, metadata: token.metadata,
      message: .hello(
        HelloRequest(protocolVersion: 1, client: Text("bench/\(coordinatorVersion)"))),
      to: &bytes)
    return bytes
  }

  private func frames() throws -> LoadFrames {
    var frames = try LoadFrames(pool: pool, quantity: quantity, duration: .seconds(3600))
    if makesHealthChecks { try frames.becomeHealthChecks() }
    return frames
  }

  /// Opens the streams; what they bring is thrown away.
  private func openStreams(_ group: MultiThreadedEventLoopGroup) async throws -> [any Channel] {
    let codec = Codec(limits: Limits())
    let encryption = try prepared()
    let address = address
    var channels: [any Channel] = []
    var left = streams
    while left > 0 {
      var calls = try greeting()
      for callID in 1...min(100, left) {
        try codec.appendCall(
          callID: UInt64(callID), message: .streamStatus(StatusRequest()), to: &calls)
      }
      left -= min(100, left)
      let channel = try await ClientBootstrap(group: group)
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            try encryption?.secure(channel, host: address.host)
          }
        }
        .connect(host: address.host, port: address.port).get()
      try await channel.writeAndFlush(calls)
      channels.append(channel)
    }
    return channels
  }
}
