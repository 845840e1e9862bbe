import Foundation
import Model
import Simulator

/// What many worlds came to, for people.
struct Summary {
  let tally: Tally
  let seeds: Int
  let realSeconds: Double

  var text: String {
    let simulated = tally.simulated.seconds
    var lines = [
      "seeds \(seeds), simulated hours \(number(simulated / 3600)), real seconds "
        + "\(number(realSeconds)), ratio \(Int(simulated / max(realSeconds, 0.001)))",
      "operations \(tally.operations), answers \(tally.answers), grants \(tally.grants), "
        + "leases taken over \(tally.adoptions), "
        + "retries \(tally.retries), events \(tally.events)",
      "starts \(tally.starts), refused \(tally.refusedStarts), snapshots \(tally.snapshots), "
        + "states compared \(tally.comparisons)",
    ]
    let faults = FaultKind.allCases.filter { tally.count(of: $0) > 0 }
    lines.append(
      "faults \(tally.faults): "
        + faults.map { "\($0.name) \(tally.count(of: $0))" }.joined(separator: ", "))
    return lines.joined(separator: "\n")
  }

  private func number(_ value: Double) -> String { String(format: "%.1f", value) }
}
