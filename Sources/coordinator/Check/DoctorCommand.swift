import ArgumentParser
import Foundation
import Model
import Settings

/// `coordinator doctor`: what is in the way of a coordinator here.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check ports, configuration, limits, the clock and a running coordinator.",
    discussion: """
      Examples:
        coordinator doctor
        coordinator doctor --config config.json --format json

      Reads only. Exit code 1 if a check failed; warnings do not count.
      """)

  @Option(name: .shortAndLong, help: "The configuration file that `serve` would get.")
  var config: String?

  @Option(help: "The named scenario of the file.")
  var profile: String?

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() async throws {
    let output = try outputOptions.output()
    let address = try connection.resolvedAddress()
    let timeout = try connection.resolvedTimeout(default: .seconds(3))
    var findings: [Finding] = []
    let (configuration, configFinding) = checkConfiguration()
    findings.append(configFinding)
    let remote = await RemoteChecks.run(address, timeout: timeout)
    let effective = configuration ?? CoordinatorConfiguration()
    findings += PortChecks.run(effective.server, isCoordinatorUp: remote.isUp)
    findings += remote.findings
    findings.append(DoctorCommand.checkOpenFiles(effective.limits.connections))
    findings.append(DoctorCommand.checkClock())
    show(findings, output)
    if findings.contains(where: { $0.grade == .failure }) { throw Failure.silent(.failed) }
  }

  private func checkConfiguration() -> (CoordinatorConfiguration?, Finding) {
    let name = config.map { " (\($0))" } ?? " (defaults and environment)"
    do {
      var options = try ServeOptions.parse([])
      options.config = config
      options.profile = profile
      let loaded = try options.load()
      guard let warning = loaded.warnings.first else {
        return (loaded.configuration, Finding("config", .pass, "configuration valid\(name)"))
      }
      return (
        loaded.configuration,
        Finding("config", .warning, "configuration valid\(name), but: \(warning)")
      )
    } catch {
      let reason = "\(error)".split(separator: "\n").first.map(String.init) ?? ""
      let fix = config.map { "coordinator check-config \($0)" }
      return (nil, Finding("config", .failure, "configuration: \(reason)", fix: fix))
    }
  }

  private static func checkOpenFiles(_ connections: Int) -> Finding {
    guard let limit = Probe.openFilesMax() else {
      return Finding("open_files", .warning, "the limit of open files cannot be read")
    }
    // Listeners, the log and what the libraries keep open.
    let needed = connections + 64
    guard limit < needed else {
      return Finding(
        "open_files", .pass,
        "open files: \(limit == .max ? "no limit" : "\(limit)") for \(connections) connections")
    }
    return Finding(
      "open_files", .warning,
      "open files: at most \(limit), but up to \(connections) connections are allowed",
      fix: "ulimit -n \(needed)   or   limits.connections: \(max(1, limit - 64))")
  }

  /// The years in which this program can be running.
  private static func checkClock() -> Finding {
    let now = MomentText.wallClock
    // 2025-01-01 and 2200-01-01.
    let isSane =
      now.nanoseconds > 1_735_689_600_000_000_000 && now.nanoseconds < 7_258_118_400_000_000_000
    return isSane
      ? Finding("clock", .pass, "clock \(MomentText.rfc3339(now))")
      : Finding(
        "clock", .failure, "the clock says \(MomentText.rfc3339(now))",
        fix: "set the system's clock; fencing numbers are taken from it")
  }

  private func show(_ findings: [Finding], _ output: Output) {
    if output.isStructured {
      output.write(.array(findings.map(\.json)))
      return
    }
    for finding in findings {
      let sign = output.terminal.styled(finding.grade.sign, finding.grade.style)
      output.write(line: "\(sign) \(printable(finding.message))")
      if let fix = finding.fix { output.write(line: "    fix: \(printable(fix))") }
    }
    let failures = findings.count { $0.grade == .failure }
    let warnings = findings.count { $0.grade == .warning }
    output.write(
      line:
        "\(failures) failure\(failures == 1 ? "" : "s"), \(warnings) warning\(warnings == 1 ? "" : "s")"
    )
  }
}

/// The outcome of one check.
struct Finding {
  enum Grade: String {
    case pass, warning, failure

    var sign: String {
      switch self {
      case .pass: "✓"
      case .warning: "!"
      case .failure: "✗"
      }
    }

    var style: Terminal.Style {
      switch self {
      case .pass: .green
      case .warning: .yellow
      case .failure: .red
      }
    }
  }

  let check: String
  let grade: Grade
  let message: String
  let fix: String?

  init(_ check: String, _ grade: Grade, _ message: String, fix: String? = nil) {
    self.check = check
    self.grade = grade
    self.message = message
    self.fix = fix
  }

  var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("check", .string(check)), .init("result", .string(grade.rawValue)),
      .init("message", .string(message)),
    ]
    if let fix { members.append(.init("fix", .string(fix))) }
    return .object(members)
  }
}
