import ArgumentParser
import Foundation
import Model
import Simulation

/// `coordinator simulate kernel`: how many events a second the simulator's kernel makes.
struct SimulateKernelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel",
    abstract: "Measure the event kernel on two small models.",
    discussion: """
      Examples:
        coordinator simulate kernel
        coordinator simulate kernel --model hold --count 5000000 --pending 100000

      queue is M/M/4 at 0.9 of its capacity, whose mean wait Erlang's formula gives; hold puts the earliest of so many events \
      back, again and again. Scripts/bench-simulation compares both with SimPy.
      """)

  enum Model: String, CaseIterable {
    case queue, hold
  }

  @Option(
    help: "queue or hold.", completion: .list(Model.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, Model.self) })
  var model: Model = .queue

  @Option(help: ArgumentHelp("Customers of the queue, or operations of hold.", valueName: "n"))
  var count = 1_000_000

  @Option(help: ArgumentHelp("Events that hold keeps.", valueName: "n"))
  var pending = 1000

  @Option(help: ArgumentHelp("Seed of the draws.", valueName: "n"))
  var seed: UInt64 = 1

  @OptionGroup var outputOptions: OutputOptions

  private static let countMax = 1_000_000_000
  private static let pendingMax = 10_000_000

  /// The processor's time that this process has used.
  private static var cpuSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

  func validate() throws {
    guard count >= 1, count <= Self.countMax else {
      throw ValidationError("--count: expected a number from 1 to \(Self.countMax)")
    }
    guard pending >= 1, pending <= Self.pendingMax else {
      throw ValidationError("--pending: expected a number from 1 to \(Self.pendingMax)")
    }
  }

  func run() async throws {
    let output = try outputOptions.output()
    let before = Self.cpuSeconds
    var entries: [(name: String, value: JSONValue)] = [("model", .string(model.rawValue))]
    let events: Int
    switch model {
    case .queue:
      let outcome = KernelModels.queue(
        servers: 4, arrivalRate: 3.6, serviceRate: 1, customers: count, seed: seed)
      events = outcome.events
      entries.append(("mean_wait_seconds", .number("\(outcome.meanWaitSeconds)")))
      let expected = KernelModels.expectedWaitSeconds(servers: 4, arrivalRate: 3.6, serviceRate: 1)
      entries.append(("expected_wait_seconds", .number("\(expected)")))
    case .hold:
      events = count
      entries.append(
        ("sum", .integer(KernelModels.hold(pending: pending, operations: count, seed: seed))))
    }
    let seconds = max(Self.cpuSeconds - before, 1e-6)
    entries.append(("events", .integer(events)))
    entries.append(("cpu_seconds", .number(FixedText.text(seconds, 4))))
    entries.append(("events_per_second", .integer(Int((Double(events) / seconds).rounded()))))
    if output.isStructured {
      output.write(.object(entries.map { .init($0.name, $0.value) }))
      return
    }
    var sheet = Sheet()
    for entry in entries { sheet.add(entry.name, entry.value.stringValue ?? entry.value.text) }
    for line in sheet.lines(terminal: output.terminal) { output.write(line: line) }
  }
}
