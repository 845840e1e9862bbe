import Model
import Settings
import Rehearsal

// Texts of users: configurations, scripts, traces.

func readConfiguration(_ bytes: [UInt8]) {
  guard let text = String(validating: bytes, as: UTF8.self) else { return }
  _ = try? SettingsLoader.load(file: ("input", text)).origins()
}

func readScript(_ bytes: [UInt8]) {
  var player: Player?
  for (number, line) in bytes.split(separator: 0x0A).enumerated() {
    guard let text = String(validating: line, as: UTF8.self),
      let read = try? PlayLine.parse(text, number: number + 1, isFirst: player == nil)
    else { continue }
    var active = player ?? Player(settings: CoordinationSettings(), seed: 1)
    _ = try? active.play(read, number: number + 1)
    player = active
  }
}

func readTrace(_ bytes: [UInt8]) {
  let halves = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
  guard halves.count == 2, let pods = String(validating: halves[0], as: UTF8.self),
    let nodes = String(validating: halves[1], as: UTF8.self)
  else { return }
  _ = try? Trace(pods: ("pods", pods), nodes: ("nodes", nodes))
}
