import ArgumentParser
import HTTPAPI
import Logging
import Model
import UnixSignals

/// `coordinator ui`: the web page as a process of its own.
struct UICommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ui",
    abstract: "Serve the web page of a coordinator that runs elsewhere.",
    discussion: """
      Examples:
        coordinator ui
        coordinator ui --coordinator-host 10.0.0.7 --coordinator-port 50051 --port 8080

      The page says so while the coordinator cannot be reached, and goes on when it can.
      """)

  @Option(help: ArgumentHelp("Where the coordinator runs.", valueName: "host"))
  var coordinatorHost = CoordinatorAddress.default.host

  @Option(help: ArgumentHelp("Its TCP port.", valueName: "port"))
  var coordinatorPort = CoordinatorAddress.defaultPort

  @Option(help: ArgumentHelp("HTTP port of the page; 0 takes a free one.", valueName: "port"))
  var port = 8080

  @Option(
    help: ArgumentHelp(
      "Address to listen on; may be repeated. Default: 127.0.0.1 and ::1.", valueName: "host"))
  var host: [String] = []

  @Flag(help: "Allow addresses beyond loopback; the page itself asks nobody who they are.")
  var insecure = false

  @OptionGroup var guarding: GuardingOptions

  @Option(
    help: "text or json. Default: text on a terminal, JSON otherwise.",
    completion: .list(["auto", "text", "json"]), transform: { try Choice.read($0, LogForm.self) })
  var logFormat: LogForm?

  private static let loopback = ["127.0.0.1", "::1"]

  func validate() throws {
    guard (0...65_535).contains(port) else {
      throw ValidationError("--port: expected a port from 0 to 65535")
    }
    guard (1...65_535).contains(coordinatorPort) else {
      throw ValidationError("--coordinator-port: expected a port from 1 to 65535")
    }
    let isBeyond = host.contains { !UICommand.loopback.contains($0) && $0 != "localhost" }
    guard insecure || !isBeyond else {
      throw ValidationError(
        "--host: beyond loopback everybody could read along; pass --insecure if that is meant")
    }
  }

  func run() async throws {
    var address = CoordinatorAddress(host: coordinatorHost, port: coordinatorPort)
    address.guarding = try guarding.resolved()
    let logger = ServeLog.make(level: .info, form: logFormat ?? .auto)
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let page = HTTPService(
      handle: RemoteCoordinator(address: address, timeout: .seconds(5)),
      configuration: HTTPConfiguration(hosts: host.isEmpty ? UICommand.loopback : host, port: port),
      logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await page.run() }
      group.addTask {
        for await _ in signals { return }
      }
      let urls = try await ServeCommand.addresses(of: page, flag: "--port")
      talk(
        "coordinator \(coordinatorVersion)  page \(urls.joined(separator: " "))   of tcp://\(address) · Ctrl-C ends"
      )
      try await group.next()
      await page.shutDown()
      group.cancelAll()
      while let _ = try? await group.next() {}
    }
  }
}
