import Foundation
import Model
import Settings
import Rehearsal

/// Plays a whole script, as the command does.
enum Rehearsal {
  static func play(
    _ script: String, seed: UInt64 = 1, options: Player.Options = Player.Options()
  ) throws -> [String] {
    try run(script, seed: seed, options: options).lines
  }

  static func run(
    _ script: String, seed: UInt64 = 1, options: Player.Options = Player.Options()
  ) throws -> (lines: [String], notes: [String]) {
    var player: Player?
    var lines: [String] = []
    for (index, text) in script.split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
      guard
        let line = try PlayLine.parse(String(text), number: index + 1, isFirst: player == nil)
      else { continue }
      var active = try player ?? start(line, seed, options)
      lines += try active.play(line, number: index + 1)
      player = active
    }
    var last = try player ?? start(nil, seed, options)
    lines += last.finish()
    return (lines, last.notes)
  }

  private static func start(
    _ line: PlayLine?, _ seed: UInt64, _ options: Player.Options
  ) throws -> Player {
    var loaded = try SettingsLoader.load()
    if case .configuration(let text) = line {
      loaded = try SettingsLoader.load(file: ("script", text))
    }
    return Player(
      settings: loaded.configuration.coordination(drawnSeed: seed), seed: seed, options: options)
  }

  static func json(_ lines: [String]) throws -> [JSONValue] {
    try lines.map { try JSONParser.parse($0) }
  }

  /// The value at a path of keys.
  static func value(_ json: JSONValue, _ path: String) -> JSONValue? {
    path.split(separator: ".").reduce(json) { $0?[String($1)] }
  }

  /// The project's folder.
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  /// Set to write golden files anew instead of comparing them.
  static let rewrites = ProcessInfo.processInfo.environment["COORDINATOR_REWRITE"] == "1"
}
