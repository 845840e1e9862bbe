import ArgumentParser
import Model

/// `coordinator capacity`: how much there is of each pool.
struct CapacityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "capacity",
    abstract: "Show or change how much there is.",
    discussion: """
      Examples:
        coordinator capacity get
        coordinator capacity set gpu 48000

      A shrink below what is held takes nothing from anyone: nothing more is granted before the pool is under again.
      """,
    subcommands: [CapacityGetCommand.self, CapacitySetCommand.self],
    defaultSubcommand: CapacityGetCommand.self)
}

struct CapacityGetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Show the capacity of every pool, or of one.",
    discussion: """
      Examples:
        coordinator capacity get
        coordinator capacity get gpu --format json
      """)

  @Argument(help: "Only this pool.")
  var pool: String?

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() async throws {
    let output = try outputOptions.output()
    let link = try await connection.connect()
    let request = StatusRequest(pool: PoolReference(name: Text(pool ?? "")), pageSize: 1)
    let answer = try await link.ask(.status(request))
    await link.close()
    guard case .status(let status) = answer else { throw Failure.wrongAnswer }
    CapacityView.write(status.statuses, output)
  }
}

struct CapacitySetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set",
    abstract: "Change the capacity of a pool.",
    discussion: """
      Examples:
        coordinator capacity set gpu 48000
        coordinator capacity set cpu 32 --format json
      """)

  @Argument(help: "The pool.")
  var pool: String

  @Argument(
    help: "The new capacity in the pool's unit, 0 or more; of gpu and memory also such as 48GB.")
  var amount: String

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() async throws {
    let output = try outputOptions.output()
    let isMemory = pool == "gpu" || pool == "memory"
    guard let capacity = isMemory ? QuantityText.megabytes(amount) : QuantityText.count(amount)
    else {
      throw Failure(.usage, "expected a whole number from 0, got \"\(printable(amount))\"")
    }
    let link = try await connection.connect()
    let request = SetCapacityRequest(
      pool: PoolReference(name: Text(pool)), capacity: capacity)
    let answer = try await link.ask(.setCapacity(request))
    await link.close()
    guard case .poolStatus(let status) = answer else { throw Failure.wrongAnswer }
    CapacityView.write([status], output)
    if status.overCommitted > 0 {
      output.hint(
        "\(QuantityText.text(status.overCommitted, unit: status.unit)) more are held than exist; "
          + "with respect_limits nothing is granted before that is over")
    }
  }
}

enum CapacityView {
  static func write(_ pools: [PoolStatus], _ output: Output) {
    guard !output.isStructured else {
      output.write(
        .array(
          pools.map { pool in
            .object([
              .init("pool", .string(pool.name.string)), .init("unit", .string(pool.unit.string)),
              .init("kind", .string(pool.kind?.name ?? "")),
              .init("total_capacity", .integer(pool.totalCapacity)),
              .init("allocated", .integer(pool.allocated)),
              .init("available", .integer(pool.available)),
              .init("over_committed", .integer(pool.overCommitted)),
              .init("safe_capacity", .integer(pool.safeCapacity)),
            ])
          }))
      return
    }
    var table = Table(columns: [
      .init(title: "RESOURCE"), .init(title: "CAPACITY", isRightAligned: true),
      .init(title: "HELD", isRightAligned: true), .init(title: "FREE", isRightAligned: true),
      .init(title: "UNIT"), .init(title: "KIND"),
    ])
    table.rows = pools.map { pool in
      [
        .init(pool.name.string), .init("\(pool.totalCapacity)"),
        .init("\(pool.allocated)", pool.overCommitted > 0 ? .red : nil),
        .init("\(pool.available)"), .init(pool.unit.isEmpty ? "-" : pool.unit.string),
        .init(pool.kind?.name ?? "-"),
      ]
    }
    output.write(table)
  }
}
