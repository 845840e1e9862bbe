import ArgumentParser
import Model

/// `coordinator mode`: how requests are answered.
struct ModeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mode",
    abstract: "Show or change how requests are answered.",
    discussion: """
      Examples:
        coordinator mode get
        coordinator mode set simulate_contention --deny-probability 0.2

      A change of mode takes no lease from anyone.
      """,
    subcommands: [ModeGetCommand.self, ModeSetCommand.self],
    defaultSubcommand: ModeGetCommand.self)
}

struct ModeGetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Show the mode.",
    discussion: """
      Examples:
        coordinator mode get
        coordinator mode get --format json
      """)

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() async throws {
    try await ModeView.run(.getMode, connection, outputOptions)
  }
}

struct ModeSetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Change the mode.",
    discussion: """
      Examples:
        coordinator mode set respect_limits
        coordinator mode set simulate_contention --deny-probability 0.1 --queue-probability 0.2 --seed 42

      Probabilities and seed that are not given stay as they are.
      """)

  @Argument(
    help: "always_grant, simulate_contention or respect_limits.",
    completion: .list(ResponseMode.allCases.map(\.name)), transform: ModeSetCommand.mode)
  var mode: ResponseMode

  @Option(help: ArgumentHelp("Share of requests denied by chance, 0 to 1.", valueName: "p"))
  var denyProbability: Double?

  @Option(help: ArgumentHelp("Share of requests queued by chance, 0 to 1.", valueName: "p"))
  var queueProbability: Double?

  @Option(help: ArgumentHelp("Begin the draws anew from this seed, above 0.", valueName: "n"))
  var seed: UInt64?

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  static func mode(_ text: String) throws -> ResponseMode {
    guard let mode = ResponseMode(name: text.lowercased().replacing("-", with: "_")) else {
      throw Choice.unknown(text, ResponseMode.allCases.map(\.name))
    }
    return mode
  }

  func run() async throws {
    var request = SetModeRequest(mode: Int32(mode.rawValue))
    if denyProbability != nil || queueProbability != nil || seed != nil {
      let link = try await connection.connect()
      guard case .mode(let now) = try await link.ask(.getMode) else { throw Failure.wrongAnswer }
      await link.close()
      request.contention = ContentionSettings(
        denyProbability: denyProbability ?? now.contention.denyProbability,
        queueProbability: queueProbability ?? now.contention.queueProbability, seed: seed ?? 0)
    }
    try await ModeView.run(.setMode(request), connection, outputOptions)
  }
}

/// The mode for people and programs.
enum ModeView {
  static func run(
    _ message: RequestMessage, _ connection: ConnectionOptions, _ options: OutputOptions
  ) async throws {
    let output = try options.output()
    let link = try await connection.connect()
    let answer = try await link.ask(message)
    await link.close()
    guard case .mode(let status) = answer else { throw Failure.wrongAnswer }
    if output.isStructured {
      output.write(Mapping.json(answer).filled([("draining", .bool(false))]))
      return
    }
    var sheet = Sheet()
    sheet.add("MODE", status.mode?.name ?? "unknown")
    if status.mode == .simulateContention || output.format == .wide {
      sheet.add("DENY", "\(status.contention.denyProbability)")
      sheet.add("QUEUE", "\(status.contention.queueProbability)")
      sheet.add("SEED", "\(status.contention.seed)")
      sheet.add("DRAWS", "\(status.draws)")
    }
    sheet.add("DRAINING", status.draining ? "yes" : "no")
    for line in sheet.lines(terminal: output.terminal) { output.write(line: line) }
  }
}
