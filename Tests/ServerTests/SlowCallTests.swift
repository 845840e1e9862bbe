import Foundation
import Logging
import Model
import NIOConcurrencyHelpers
import Server
import TestSupport
import Testing

/// A log that the test reads.
struct KeptLog: LogHandler {
  typealias Lines = NIOLockedValueBox<[(message: String, metadata: [String: String])]>

  let lines: Lines
  var logLevel = Logger.Level.debug
  var metadata: Logger.Metadata = [:]

  init(_ lines: Lines) { self.lines = lines }

  static func logger(_ lines: Lines) -> Logger {
    Logger(label: "test") { _ in KeptLog(lines) }
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let pairs = (event.metadata ?? [:]).mapValues { "\($0)" }
    lines.withLockedValue { $0.append(("\(event.message)", pairs)) }
  }
}

/// The log of slow calls of a real server.
@Suite(.timeLimit(.minutes(2)))
struct `The log of slow calls` {
  /// What the log says of calls that are made one after the other, with or without a journal.
  private static func log(
    threshold: TimeSpan, storage: ServerStorage, calls: Int
  ) async throws -> [[String: String]] {
    let lines = KeptLog.Lines([])
    var settings = CoordinationSettings(mode: .respectLimits)
    settings.limits.slowCall = threshold
    settings.limits.slowCallLines = 1000
    try await withServer(
      ServerConfiguration(hosts: ["127.0.0.1"], port: 0, drain: .seconds(5)), settings, storage,
      logger: KeptLog.logger(lines)
    ) { server in
      try await Peer.with(port: server.port) { peer in
        for number in 0..<calls {
          try await peer.send(Peer.frame(1, Peer.request(Text("r\(number)")), trace: Traces.text))
          #expect(try await peer.reply()?.code == .ok)
        }
      }
    }
    return lines.withLockedValue { $0.filter { $0.message == "a call took long" }.map(\.metadata) }
  }

  @Test func `has a line for each, with what is needed to find it`() async throws {
    let lines = try await Self.log(threshold: .nanoseconds(1), storage: .ephemeral, calls: 5)
    #expect(lines.count == 5)
    for line in lines {
      #expect(line["method"] == "request_resource" && line["component"] == "trainer")
      #expect(line["trace_id"] == Traces.id)
      #expect(line["milliseconds"].flatMap { Int($0) } != nil)
    }
  }

  @Test func `tells once of an answer that is held for the disk`() async throws {
    let path = NSTemporaryDirectory() + "coordinator-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let storage = ServerStorage.directory(path: path, given: GivenSettings())
    let lines = try await Self.log(threshold: .nanoseconds(1), storage: storage, calls: 5)
    #expect(lines.count == 5, "one line for each call")
  }

  @Test func `has none of calls that were fast enough, and none where it is off`() async throws {
    for threshold in [TimeSpan.seconds(3600), .zero] {
      #expect(
        try await Self.log(threshold: threshold, storage: .ephemeral, calls: 5).isEmpty)
    }
  }
}
