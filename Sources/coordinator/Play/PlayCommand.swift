import ArgumentParser
import Foundation
import Model
import Settings
import Rehearsal

/// `coordinator play`: a script of timed calls against the coordinator, in virtual time.
struct PlayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "play",
    abstract: "Rehearse timed calls in virtual time: a day in a second, no server.",
    discussion: """
      Examples:
        coordinator play day.jsonl
        echo '{"at": 0, "as": "me", "call": "health_check"}' | coordinator play -

      One JSON object a line; Docs/PLAY.md describes them. The same script and seed print the same bytes.
      """)

  @Argument(help: "The script, one JSON object a line; - reads standard input.")
  var script: String

  @Option(help: "Seed of tokens and of simulate_contention. Default: the configuration's, or 1.")
  var seed: UInt64?

  @Option(
    help:
      "End: a time in seconds; idle, when nothing is pending any more; or decided, when nobody waits any more."
  )
  var until = "decided"

  @Option(help: "Events printed: changes, those that no reply tells of, or all.")
  var events: Events = .changes

  @Option(
    name: .shortAndLong, help: "Configuration file for scripts that have none in their first line.")
  var config: String?

  @Option(help: "The named scenario of the configuration.")
  var profile: String?

  enum Events: String, ExpressibleByArgument, CaseIterable {
    case changes, all
  }

  /// Longer lines are refused: a message cannot be larger.
  private static let lineBytesMax = 4 << 20

  func run() throws {
    let options = Player.Options(end: try end(), showsAllEvents: events == .all)
    let source = script == "-" ? "standard input" : script
    var lines = try ScriptLines(path: script, lineBytesMax: Self.lineBytesMax)
    var player: Player?
    var notesTold = 0
    do {
      while let (text, number) = try lines.next() {
        guard
          let line = try PlayLine.parse(text, number: number, isFirst: player == nil)
        else { continue }
        var active = try player ?? makePlayer(line, source, options)
        show(try active.play(line, number: number))
        for note in active.notes.dropFirst(notesTold) { talk("note: \(source) \(note)") }
        notesTold = active.notes.count
        player = active
      }
      var active = try player ?? makePlayer(nil, source, options)
      show(active.finish())
    } catch let error as PlayError {
      throw Failure(.usage, "\(source):\(error)")
    }
  }

  private func end() throws -> PlayEnd {
    switch until {
    case "decided": return .decided
    case "idle": return .idle
    default:
      guard let instant = VirtualTime.instant(until) else {
        throw Failure(
          .usage, "--until \(until): expected seconds such as 3600, `decided` or `idle`")
      }
      return .at(instant)
    }
  }

  private func makePlayer(
    _ first: PlayLine?, _ source: String, _ options: Player.Options
  ) throws -> Player {
    let loaded = try load(first, source)
    for warning in loaded.warnings { talk("warning: \(warning)") }
    var configuration = loaded.configuration
    let seed = seed ?? configuration.seed ?? 1
    configuration.seed = seed
    return Player(
      settings: configuration.coordination(drawnSeed: seed), seed: seed, options: options)
  }

  /// The configuration of the first line or of the file. The environment is left out: it is no part of the script.
  private func load(_ first: PlayLine?, _ source: String) throws -> LoadedSettings {
    do {
      if case .configuration(let text) = first {
        guard config == nil else {
          throw Failure(
            .usage, "\(source):1:1: the script has its own configuration; leave out --config")
        }
        return try SettingsLoader.load(file: (source, text), profile: profile)
      }
      guard let config else { return try SettingsLoader.load(profile: profile) }
      return try SettingsLoader.load(file: (config, try Input.text(config)), profile: profile)
    } catch let error as SettingsError {
      throw Failure(config == nil ? .usage : .badConfiguration, "\(error)")
    }
  }

  private func show(_ lines: [String]) {
    guard !lines.isEmpty else { return }
    FileHandle.standardOutput.write(Data((lines.joined(separator: "\n") + "\n").utf8))
  }
}
