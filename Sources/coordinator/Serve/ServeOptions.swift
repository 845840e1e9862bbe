import ArgumentParser
import Foundation
import Settings

/// The flags of `serve` and `check-config` that override the configuration. Only those given count.
struct ServeOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "Configuration file, JSON or YAML.")
  var config: String?

  @Option(help: "The named scenario of the configuration file.")
  var profile: String?

  @Option(help: "Address to listen on; may be repeated. Default: 127.0.0.1 and ::1.")
  var host: [String] = []

  @Option(help: "TCP port of the protocol; 0 takes a free one. Default: 50051.")
  var port: String?

  @Option(
    help:
      "HTTP port of the page, health and metrics; 0 takes a free one, off opens none. Default: 8080."
  )
  var httpPort: String?

  @Option(help: "A second HTTP port with the same routes. Default: none.")
  var apiPort: String?

  @Option(help: "always_grant, simulate_contention or respect_limits. Default: always_grant.")
  var mode: String?

  @Option(help: "simulate_contention: chance of a denial, 0 to 1. Default: 0.1.")
  var denyProbability: String?

  @Option(help: "simulate_contention: chance of a place in the queue, 0 to 1. Default: 0.2.")
  var queueProbability: String?

  @Option(
    help:
      "Seed of simulate_contention: the same seed draws the same outcomes. Default: drawn at start."
  )
  var seed: String?

  @Option(help: "simulate_contention: outcomes on cue, such as grant,deny,queue:2.5.")
  var script: String?

  @Option(
    help: ArgumentHelp(
      "Where leases and everything else is kept. Default: the user's state directory.",
      valueName: "folder"))
  var dataDir: String?

  @Flag(help: "Keep nothing: a stop forgets every lease. For mocks and tests.")
  var ephemeral = false

  @Flag(
    help:
      "A start without state follows a loss of it: leases are learned from their holders before anything is granted."
  )
  var stateLost = false

  @Option(
    help:
      "How long holders are waited for after a loss of state or a restore, in seconds; 0 = not at all. Default: 60."
  )
  var learningSeconds: String?

  @Option(help: "How long a stop waits for answers in flight, in seconds. Default: 20.")
  var drainSeconds: String?

  @Option(help: "trace, debug, info, notice, warning or error. Default: info.")
  var logLevel: String?

  @Option(help: "text or json. Default: text on a terminal, JSON otherwise.")
  var logFormat: String?

  @Option(help: "Log calls that take longer, in milliseconds; 0 logs none. Default: 500.")
  var slowCallMilliseconds: String?

  @Option(
    help: ArgumentHelp(
      "Ask every caller for a token of this file. `coordinator token create` makes one.",
      valueName: "file"))
  var tokens: String?

  @Option(
    help: ArgumentHelp("The server's certificate, PEM: TLS on every port.", valueName: "file"))
  var tlsCert: String?

  @Option(help: ArgumentHelp("The certificate's private key, PEM.", valueName: "file"))
  var tlsKey: String?

  @Option(
    help: ArgumentHelp(
      "Ask every client for a certificate of these authorities, PEM.", valueName: "file"))
  var tlsClientCa: String?

  @Option(
    help: ArgumentHelp(
      "Write each administrative call there, one JSON line each. Default: the log.",
      valueName: "file"))
  var auditFile: String?

  @Flag(help: "Allow addresses beyond loopback without TLS or tokens.")
  var insecure = false

  /// Loads the configuration of these flags, the environment and the file. Throws a failure that lists every error.
  func load() throws -> LoadedSettings {
    do {
      return try loadChecked()
    } catch let error as SettingsError {
      let areOfFlags = error.errors.allSatisfy { problem in
        if case .flag = problem.origin { true } else { false }
      }
      throw Failure(
        areOfFlags ? .usage : .badConfiguration, printable(lines: error.description))
    }
  }

  /// The same; errors of the configuration are ``SettingsError``.
  func loadChecked() throws -> LoadedSettings {
    let environment = ProcessInfo.processInfo.environment
    let variable = environment["COORDINATOR_CONFIG"] ?? ""
    var file: (name: String, text: String)?
    if let config = config ?? (variable.isEmpty ? nil : variable) {
      file = (config, try ServeOptions.read(config))
    }
    return try SettingsLoader.load(
      flags: flags, environment: environment, file: file, profile: profile)
  }

  /// No configuration is larger.
  private static let fileBytesMax = 16 << 20

  private static func read(_ path: String) throws -> String {
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      let data = try handle.read(upToCount: fileBytesMax + 1) ?? Data()
      guard data.count <= fileBytesMax else {
        throw Failure(
          .badConfiguration, "\(printable(path)) is larger than \(fileBytesMax >> 20) MiB")
      }
      guard let text = String(bytes: data, encoding: .utf8) else {
        throw Failure(.badConfiguration, "\(printable(path)) is not UTF-8 text")
      }
      return text
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.badConfiguration, "cannot read \(printable(path)): \(Failure.reason(error))")
    }
  }

  private var flags: [SettingsFlag] {
    let single: [(key: String, value: String?, flag: String)] = [
      ("server.port", port, "--port"), ("server.http_port", httpPort, "--http-port"),
      ("server.api_port", apiPort, "--api-port"), ("response_mode", mode, "--mode"),
      ("deny_probability", denyProbability, "--deny-probability"),
      ("queue_probability", queueProbability, "--queue-probability"), ("seed", seed, "--seed"),
      ("server.drain_seconds", drainSeconds, "--drain-seconds"),
      ("server.state_lost", stateLost ? "true" : nil, "--state-lost"),
      ("lease.learning_seconds", learningSeconds, "--learning-seconds"),
      ("log.level", logLevel, "--log-level"), ("log.format", logFormat, "--log-format"),
      ("log.slow_call_milliseconds", slowCallMilliseconds, "--slow-call-milliseconds"),
      ("server.insecure", insecure ? "true" : nil, "--insecure"),
      ("server.data_dir", dataDir, "--data-dir"), ("auth.tokens", tokens, "--tokens"),
      ("tls.certificate", tlsCert, "--tls-cert"), ("tls.key", tlsKey, "--tls-key"),
      ("tls.client_ca", tlsClientCa, "--tls-client-ca"),
      ("audit.file", auditFile, "--audit-file"),
      ("server.ephemeral", ephemeral ? "true" : nil, "--ephemeral"),
    ]
    var flags = single.compactMap { entry in
      entry.value.map { SettingsFlag(key: entry.key, value: $0, flag: entry.flag) }
    }
    flags += host.map { SettingsFlag(key: "server.host", value: $0, flag: "--host") }
    flags += (script ?? "").split(separator: ",").map {
      SettingsFlag(key: "contention_script", value: String($0), flag: "--script")
    }
    return flags
  }
}
