import ArgumentParser
import Model

/// `coordinator request`: one lease, for whoever asks by hand or in a script.
struct RequestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "request",
    abstract: "Ask for a lease.",
    discussion: """
      Examples:
        coordinator request --gpu 8000 --component trainer
        coordinator request --gpu 8GB --cpu 4 --wait 5m --priority high --format json

      Several amounts make one lease: all of them or none. Without --wait, what is not free now is denied. The lease \
      outlives the command: give it back with `coordinator release`, or use `coordinator run`.

      A wait goes on when the connection is lost or the coordinator starts anew: it is asked again with the same \
      request id until the time is over.

      Exit codes: 0 only if granted, 4 cannot connect (for the rest of the wait), 5 denied, 6 still queued (at the \
      deadline, or with --detach).
      """)

  @OptionGroup var request: RequestOptions

  @Option(
    help: ArgumentHelp(
      "Length of the lease, such as 1h. Default: the coordinator's.", valueName: "time"),
    transform: Choice.span)
  var duration: TimeSpan?

  @Flag(help: "Accept less than asked, at least 1.")
  var partial = false

  @Flag(help: "With --wait: go on without waiting; the request keeps its place in the queue.")
  var detach = false

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() async throws {
    let output = try outputOptions.output()
    let asked = try request.request(
      duration: duration, isPartial: partial, isDetached: detach)
    let acquisition = Acquisition(
      link: try await connection.connect(), request: asked,
      patience: detach ? nil : request.wait?.span, output: output)
    let response = try await acquisition.outcome()
    await acquisition.link.close()
    show(response, asked, output)
    if let reason = response.exitReason { throw Failure.silent(reason) }
  }

  private func show(_ response: ResourceResponse, _ asked: ResourceRequest, _ output: Output) {
    let isWaiting = response.isWaiting
    // Whoever comes back for the grant over another connection needs the secret that was made up.
    let madeUp = isWaiting && request.clientSecret == nil && !asked.clientSecret.isEmpty
    if output.isStructured {
      var value = Mapping.json(.resource(response))
      if madeUp {
        value = value.filled([("client_secret", .string(asked.clientSecret.string))])
      }
      output.write(value)
    } else if response.status == .granted || isWaiting {
      for line in LeaseView.sheet(response, asked, output, secret: madeUp).lines(
        terminal: output.terminal)
      {
        output.write(line: line)
      }
    }
    switch response.status {
    case .granted where response.token.isEmpty && asked.claims.first.quantity > 0:
      output.hint(
        "granted before; the token was shown to whoever asked first, and --client-secret shows it again"
      )
    case .granted where response.token.isEmpty:
      output.hint("nothing was taken: a quantity of 0 only looks")
    case .granted:
      output.hint(
        "give it back with: coordinator release \(printable(response.requestID)) --token \(response.token) "
          + "--component \(printable(asked.component))")
    case .queued, .pending:
      output.hint("not granted: the request waits; see `coordinator explain \(response.requestID)`")
    default:
      LeaseView.tellWhyNot(response, asked)
    }
  }
}
