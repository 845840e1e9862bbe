import ArgumentParser
import Foundation
import Model
import Simulator

@main
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Runs the whole system under a virtual clock, network and disk, with faults.")

  @Option(help: "One seed, run alone.")
  var seed: UInt64?

  @Option(help: "Seeds from A to B, as A..B.")
  var seeds: String?

  @Option(help: "Simulated hours with faults in each world.")
  var hours: Double = 1

  @Option(help: "Real seconds after which no further seed is begun.")
  var seconds: Double = 60

  @Flag(help: "Prints everything that happens.")
  var transcript = false

  @Option(help: "The lines printed of a world that failed; 0 does not run it again for them.")
  var lines = 60

  func run() throws {
    var all = Tally()
    let started = Date()
    var count = 0
    for seed in try range() {
      if count > 0, self.seed == nil, -started.timeIntervalSinceNow > seconds { break }
      count += 1
      FileHandle.standardError.write(Data("seed \(seed)\r".utf8))
      let plan = WorldPlan(seed: seed, length: .milliseconds(Int64(hours * 3_600_000)))
      let world = World(plan, keepsTranscript: transcript)
      world.run()
      all.add(world.tally)
      if transcript { for line in world.transcript { print(line) } }
      guard let violation = world.violation else { continue }
      report(violation, plan)
      throw ExitCode.failure
    }
    // The transcript of a seed is the same each time; how long it took is not.
    let summary = Summary(tally: all, seeds: count, realSeconds: -started.timeIntervalSinceNow)
    if transcript {
      FileHandle.standardError.write(Data((summary.text + "\n").utf8))
    } else {
      print(summary.text)
    }
  }

  private func range() throws -> ClosedRange<UInt64> {
    if let seed { return seed...seed }
    guard let seeds else { return 1...UInt64.max }
    let ends = seeds.split(separator: ".").compactMap { UInt64($0) }
    guard ends.count == 2, ends[0] <= ends[1] else {
      throw ValidationError("--seeds takes two numbers, as 1..100")
    }
    return ends[0]...ends[1]
  }

  /// Runs the world again to tell what happened before the end.
  private func report(_ violation: String, _ plan: WorldPlan) {
    if !transcript, lines > 0 {
      let again = World(plan, keepsTranscript: true)
      again.run()
      for line in again.transcript.suffix(lines) { print(line) }
      if again.violation != violation { print("the second run ended otherwise: not deterministic") }
    }
    print("VIOLATED  \(violation)")
    print("SEED      \(plan.seed), --hours \(hours)")
  }
}
