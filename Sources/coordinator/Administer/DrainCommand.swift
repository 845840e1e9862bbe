import ArgumentParser
import Model

/// `coordinator drain`: no new requests, for maintenance.
struct DrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drain",
    abstract: "Take no new requests any more; leases stay.",
    discussion: """
      Examples:
        coordinator drain
        coordinator drain --stop --deadline 30s

      Readiness goes off; renewals, releases and status go on. --resume takes requests again.
      """)

  @Flag(help: "Take requests again.")
  var resume = false

  @Flag(help: "End the server when it is drained.")
  var stop = false

  @Option(
    help: ArgumentHelp(
      "With --stop: how long answers in flight may take. Default: the server's.",
      valueName: "time"),
    transform: Choice.span)
  var deadline: TimeSpan?

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    if resume && stop { throw ValidationError("--resume and --stop exclude each other") }
  }

  func run() async throws {
    let output = try outputOptions.output()
    let link = try await connection.connect()
    let answer = try await link.ask(
      .drain(DrainRequest(deadline: deadline, resume: resume, stop: stop)))
    await link.close()
    guard case .drain(let response) = answer else { throw Failure.wrongAnswer }
    if output.isStructured {
      output.write(
        Mapping.json(answer).filled([
          ("draining", .bool(false)), ("leases", .integer(0)), ("queued", .integer(0)),
        ]))
      return
    }
    output.write(
      line: "\(response.draining ? "draining" : "taking requests")  "
        + "\(response.leases) leases held, \(response.queued) requests waiting")
  }
}
