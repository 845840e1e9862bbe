import ArgumentParser
import Foundation
import Model
import NIOPosix

/// `coordinator bench`: a closed loop of request and release pairs against a running coordinator.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure a running coordinator with request and release pairs.",
    discussion: """
      Examples:
        coordinator bench
        coordinator bench --connections 50 --depth 16 --seconds 5 --pid $(pgrep -f 'coordinator serve')

      Each connection keeps `depth` pairs going, each call sent when the one before it is answered. Every answer is \
      checked. For a comparison with Redis in one run: Scripts/bench.
      """)

  @Option(
    help: ArgumentHelp(
      "The coordinator. Default: $COORDINATOR_ADDRESS, or localhost:50051.",
      valueName: "host:port"))
  var address: String?

  @OptionGroup var guarding: GuardingOptions

  @Option(help: "Connections.")
  var connections = 50

  @Option(help: "Calls in flight on each connection, 1 to 1024.")
  var depth = 16

  @Option(help: "Seconds to measure.")
  var seconds = 3.0

  @Option(help: "The pool to use.")
  var pool = "gpu"

  @Option(help: "The quantity of each request, in the pool's unit.")
  var quantity: Int64 = 1

  @Option(help: "The server's process, to count its CPU time and memory.")
  var pid: Int32?

  @Option(help: ArgumentHelp("The allocation counter's file.", visibility: .hidden))
  var allocationCounter: String?

  @Flag(help: "Measure the engine alone in this process, without a server and sockets.")
  var inProcess = false

  @Option(help: "With --in-process: pairs to make.")
  var pairs = 500_000

  @Option(help: "With --in-process: leases that are held all the while.")
  var liveLeases = 0

  @Option(help: "Streams of status that are open all the while.")
  var streams = 0

  @Flag(help: "Make health checks instead of pairs.")
  var healthChecks = false

  @Option(help: "table or json.")
  var format = "table"

  func validate() throws {
    guard (1...1024).contains(depth) else { throw ValidationError("--depth is from 1 to 1024") }
    guard (1...10_000).contains(connections) else {
      throw ValidationError("--connections is from 1 to 10000")
    }
    guard (0...4_000_000).contains(liveLeases), (0...20_000).contains(streams) else {
      throw ValidationError("--live-leases is from 0 to 4000000, --streams from 0 to 20000")
    }
    guard seconds > 0, seconds <= 600 else { throw ValidationError("--seconds is from 0 to 600") }
    guard ["table", "json"].contains(format) else {
      throw ValidationError("--format is table or json")
    }
  }

  func run() async throws {
    if inProcess {
      try runInProcess()
      return
    }
    let address = try ConnectionOptions.address(address, guarding)
    let load = Load(
      address: address, connections: connections, depth: depth,
      seconds: seconds, pool: pool, quantity: quantity, streams: streams,
      makesHealthChecks: healthChecks,
      server: pid.map { ServerProcess(pid: $0, allocationCounter: allocationCounter) })
    let result: LoadResult
    do {
      result = try await load.run()
    } catch let error as NIOConnectionError {
      throw Failure(.cannotConnect, Failure.cannotConnect(address, "\(error)"))
    }
    if format == "json" { try printJSON(result) } else { print(table(result)) }
  }

  private func runInProcess() throws {
    let result = try EngineLoad(depth: depth, pairs: pairs, liveLeases: liveLeases).run()
    guard format == "table" else { return try printJSON(result) }
    print("\(result.requests) requests, \(Int(result.nanosecondsPerRequest)) ns each")
    if let bytes = result.residentBytesPerLease {
      print("\(liveLeases) live leases, \(Int(bytes)) resident bytes each")
    }
    print("a status takes \(Int(result.statusMicroseconds)) microseconds")
    print("grown by \(result.residentGrowthBytes / 1024) KiB while the pairs were made")
  }

  private func printJSON(_ result: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    print(String(decoding: try encoder.encode(result), as: UTF8.self))
  }

  private func table(_ result: LoadResult) -> String {
    func number(_ value: Double, _ digits: Int = 2) -> String {
      String(format: "%.\(digits)f", value)
    }
    var lines = [
      "connections x depth   \(result.connections) x \(result.depth)",
      "requests per second   \(number(result.requestsPerSecond, 0))",
      "latency microseconds  p50 \(number(result.p50Microseconds, 1))  "
        + "p99 \(number(result.p99Microseconds, 1))  p99.9 \(number(result.p999Microseconds, 1))",
    ]
    if let cpu = result.serverMicrosecondsPerRequest {
      lines.append("server CPU            \(number(cpu, 3)) microseconds per request")
    }
    if let allocations = result.serverAllocationsPerRequest {
      lines.append("server allocations    \(number(allocations, 3)) per request")
    }
    return lines.joined(separator: "\n")
  }
}
