import Logging
import Model
import NIOCore
import NIOPosix
import Server
import Wire

/// One TCP connection that speaks frames.
struct Peer {
  /// A reply with its payload.
  struct Reply {
    let callID: UInt64
    let code: StatusCode
    let reason: String
    let end: Bool
    private let frame: ByteBuffer
    private let payload: Range<Int>

    init(_ frame: ByteBuffer) throws {
      let codec = Codec(limits: Limits())
      let header = try codec.decodeReply(in: frame, at: 0..<frame.writerIndex)
      callID = header.callID
      code = header.code
      reason = header.details.first?.reason.string ?? ""
      end = header.end
      payload = header.payload
      self.frame = frame
    }

    func response(_ method: Model.Method) throws -> ResponseMessage {
      try Codec(limits: Limits()).decodeResponse(method: method, in: frame, payload: payload)
    }
  }

  struct Exchange {
    var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var received = ByteBuffer()
    private var reader = FrameReader(limits: Limits())

    init(
      iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
      outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
      self.iterator = iterator
      self.outbound = outbound
    }

    func send(_ bytes: [UInt8]) async throws {
      try await outbound.write(ByteBuffer(bytes: bytes))
    }

    /// The next frame's message; nil if the connection ends before.
    mutating func frame() async throws -> ByteBuffer? {
      while true {
        let whole = received
        if let range = try reader.next(in: &received) {
          return whole.getSlice(at: range.lowerBound, length: range.count)
        }
        guard var bytes = try await iterator.next() else { return nil }
        received.writeBuffer(&bytes)
      }
    }

    mutating func reply() async throws -> Reply? {
      guard var frame = try await frame() else { return nil }
      // Positions of a message begin at 0.
      frame = ByteBuffer(bytes: Array(frame.readableBytesView))
      return try Reply(frame)
    }
  }

  /// Connects, runs the body and closes.
  static func with<Result: Sendable>(
    host: String = "127.0.0.1", port: Int, _ body: (inout Exchange) async throws -> Result
  ) async throws -> Result {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: host, port: port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      var exchange = Exchange(iterator: inbound.makeAsyncIterator(), outbound: outbound)
      return try await body(&exchange)
    }
  }

  static func frame(
    _ callID: UInt64, _ message: RequestMessage, trace: String? = nil
  ) throws -> [UInt8] {
    var bytes = ByteBuffer()
    let metadata = trace.map { Metadata([("traceparent", $0)]) } ?? .empty
    try Codec(limits: Limits()).appendCall(
      callID: callID, metadata: metadata, message: message, to: &bytes)
    return Array(bytes.readableBytesView)
  }

  static func request(_ id: Text, _ quantity: Int64 = 1, wait: Bool = false) -> RequestMessage {
    .request(
      ResourceRequest(
        requestID: id, component: "trainer",
        claims: Claims(PoolQuantity(pool: PoolReference(name: "gpu"), quantity: quantity)),
        wait: wait))
  }
}

/// Runs a server on a free port while the body runs, then drains it.
func withServer<Result: Sendable>(
  hosts: [String] = ["127.0.0.1"], storage: ServerStorage = .ephemeral,
  _ change: (inout CoordinationSettings) -> Void = { _ in },
  _ body: (CoordinatorServer) async throws -> Result
) async throws -> Result {
  var settings = CoordinationSettings(mode: .respectLimits)
  change(&settings)
  return try await withServer(
    ServerConfiguration(hosts: hosts, port: 0, drain: .seconds(5)), settings, storage, body)
}

/// The same for a whole configuration.
func withServer<Result: Sendable>(
  _ configuration: ServerConfiguration, _ settings: CoordinationSettings,
  _ storage: ServerStorage, logger: Logger = quietLogger(),
  _ body: (CoordinatorServer) async throws -> Result
) async throws -> Result {
  let server = try await CoordinatorServer.start(
    settings: settings, configuration: configuration, storage: storage, logger: logger)
  let running = Task { try await server.run() }
  do {
    let result = try await body(server)
    running.cancel()
    try await running.value
    return result
  } catch {
    running.cancel()
    _ = try? await running.value
    throw error
  }
}

func quietLogger() -> Logger {
  var logger = Logger(label: "test")
  logger.logLevel = .critical
  return logger
}
