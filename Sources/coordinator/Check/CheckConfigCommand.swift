import ArgumentParser
import Foundation
import Model
import Settings

/// `coordinator check-config`: what a configuration says, and everything that is wrong with it.
struct CheckConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config",
    abstract: "Check a configuration file.",
    discussion: """
      Examples:
        coordinator check-config config.json
        coordinator check-config coordinator.yaml --profile testing_contention --origin

      Every problem is listed, not only the first. The environment counts as it does for `serve`.

      Exit codes: 0 valid (there may be warnings), 3 there are errors.
      """)

  @Argument(help: "The file, JSON or YAML.", completion: .file())
  var file: String

  @Option(help: "The named scenario of the file.")
  var profile: String?

  @Flag(help: "Show every value in force and where it comes from.")
  var origin = false

  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    let output = try outputOptions.output()
    var options = try ServeOptions.parse([])
    options.config = file
    options.profile = profile
    do {
      let loaded = try options.loadChecked()
      show(loaded, output)
    } catch let error as SettingsError {
      show(error, output)
      throw Failure.silent(.badConfiguration)
    }
  }

  private func show(_ loaded: LoadedSettings, _ output: Output) {
    let rows = origin ? loaded.origins() : []
    if output.isStructured {
      var members: [JSONValue.Member] = [
        .init("valid", .bool(true)), .init("errors", .array([])),
        .init("warnings", .array(loaded.warnings.map(CheckConfigCommand.json))),
      ]
      if origin {
        let values = rows.map { row in
          JSONValue.object([
            .init("key", .string(row.key)), .init("value", .string(row.value)),
            .init("origin", .string(row.origin.description)),
          ])
        }
        members.append(.init("values", .array(values)))
      }
      output.write(.object(members))
      return
    }
    for warning in loaded.warnings { talk("warning: \(printable(warning.description))") }
    if origin {
      var table = Table(columns: [
        .init(title: "KEY"), .init(title: "VALUE", isFlexible: true), .init(title: "FROM"),
      ])
      table.rows = rows.map { [.init($0.key), .init($0.value), .init($0.origin.description)] }
      output.write(table)
    } else {
      let count = loaded.warnings.count
      let remark = count == 0 ? "" : " (\(count) warning\(count == 1 ? "" : "s"))"
      output.write(line: "\(printable(file)): valid\(remark)")
    }
  }

  private func show(_ error: SettingsError, _ output: Output) {
    if output.isStructured {
      output.write(
        .object([
          .init("valid", .bool(false)),
          .init("errors", .array(error.errors.map(CheckConfigCommand.json))),
          .init("warnings", .array(error.warnings.map(CheckConfigCommand.json))),
        ]))
      return
    }
    for problem in error.problems {
      let word = problem.severity == .error ? "error" : "warning"
      talk("\(word): \(printable(problem.description))")
    }
    let count = error.errors.count
    talk("\(printable(file)): \(count) error\(count == 1 ? "" : "s")")
  }

  private static func json(_ problem: SettingsProblem) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("path", .string(problem.path)),
      .init("origin", .string(problem.origin.description)),
    ]
    if case .file(_, let line, let column) = problem.origin {
      members += [.init("line", .integer(line)), .init("column", .integer(column))]
    }
    members += [
      .init("message", .string(problem.message)),
      .init("suggestions", .array(problem.suggestions.map(JSONValue.string))),
    ]
    return .object(members)
  }
}
