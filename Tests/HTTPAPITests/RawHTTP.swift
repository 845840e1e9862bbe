import HTTPAPI
import Logging
import Model
import NIOCore
import NIOPosix

/// One TCP connection that speaks exactly the bytes that a test gives it.
struct RawConnection {
  private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>

  /// Connects, runs the body and closes.
  static func with<Result: Sendable>(
    _ address: BoundAddress, _ body: (inout Exchange) async throws -> Result
  ) async throws -> Result {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connect(host: address.host, port: address.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
    return try await channel.executeThenClose { inbound, outbound in
      var exchange = Exchange(iterator: inbound.makeAsyncIterator(), outbound: outbound)
      return try await body(&exchange)
    }
  }

  struct Exchange {
    var iterator: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    var received = ""

    func send(_ text: String) async throws {
      try await outbound.write(ByteBuffer(string: text))
    }

    /// Reads until the text has come, and returns all up to its end; nil if the connection ends before.
    mutating func read(until end: String) async throws -> String? {
      while true {
        if let range = received.firstRange(of: end) {
          let text = String(received[..<range.upperBound])
          received.removeSubrange(..<range.upperBound)
          return text
        }
        guard let buffer = try await iterator.next() else { return nil }
        received += String(buffer: buffer)
      }
    }

    mutating func readToEnd() async throws -> String {
      while let buffer = try await iterator.next() { received += String(buffer: buffer) }
      return received
    }
  }
}

struct RawResponse {
  var status: Int
  var headers: [String: String]
  var body: String

  init?(_ text: String) {
    guard let headEnd = text.firstRange(of: "\r\n\r\n") else { return nil }
    let lines = text[..<headEnd.lowerBound].split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count > 1, let status = Int(words[1]) else { return nil }
    self.status = status
    headers = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    }
    body = String(text[headEnd.upperBound...])
  }
}

struct NoResponse: Error {
  let text: String
}

/// Sends one request and reads its whole answer.
func ask(
  _ address: BoundAddress, _ target: String, method: String = "GET", host: String? = "localhost",
  headers: [(String, String)] = [], body: String = ""
) async throws -> RawResponse {
  var head = "\(method) \(target) HTTP/1.1\r\n"
  if let host { head += "Host: \(host)\r\n" }
  for (name, value) in headers { head += "\(name): \(value)\r\n" }
  head += "Connection: close\r\n\r\n"
  let text = try await RawConnection.with(address) { exchange in
    try await exchange.send(head + body)
    return try await exchange.readToEnd()
  }
  guard let response = RawResponse(text) else { throw NoResponse(text: text) }
  return response
}

/// Runs a service on free ports while the body runs.
func withService<Result: Sendable>(
  _ handle: StubHandle, configure: (inout HTTPConfiguration) -> Void = { _ in },
  _ body: @escaping @Sendable (HTTPService, BoundAddress) async throws -> Result
) async throws -> Result {
  var configuration = HTTPConfiguration(hosts: ["127.0.0.1"], port: 0)
  configuration.limits.pageInterval = .milliseconds(1)
  configure(&configuration)
  var logger = Logger(label: "test")
  logger.logLevel = .critical
  let service = HTTPService(
    handle: handle, configuration: configuration, logger: logger,
    now: { Instant(nanoseconds: 1_700_000_000_000_000_000) })
  return try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await service.run() }
    let addresses = try await service.boundAddresses()
    let result = try await body(service, addresses[0])
    await service.shutDown()
    try await group.waitForAll()
    return result
  }
}
