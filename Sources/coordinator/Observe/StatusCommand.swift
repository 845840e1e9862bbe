import ArgumentParser
import Model

/// `coordinator status`: what there is, what is held, and by whom.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the mode, the pools and who holds what.",
    discussion: """
      Examples:
        coordinator status
        coordinator status gpu --leases --format json

      HELD BY is summed over the leases of one page (100); --leases lists them.
      """)

  @Argument(help: "Only this pool.")
  var pool: String?

  @Flag(help: "List the leases of each pool too.")
  var leases = false

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() async throws {
    let output = try outputOptions.output()
    let link = try await connection.connect()
    let reference = PoolReference(name: Text(pool ?? ""))
    let healthAnswer = try await link.ask(.healthCheck)
    let modeAnswer = try await link.ask(.getMode)
    let statusAnswer = try await link.ask(.status(StatusRequest(pool: reference)))
    await link.close()
    guard case .health(let health) = healthAnswer, case .mode(let mode) = modeAnswer,
      case .status(let status) = statusAnswer
    else { throw Failure.wrongAnswer }
    if output.isStructured {
      output.write(
        StatusView.json(status, health: healthAnswer, mode: modeAnswer))
      return
    }
    output.write(StatusView.head(health, mode, status))
    output.write(StatusView.pools(status.statuses, isWide: output.format == .wide))
    if leases || output.format == .wide {
      output.write(StatusView.leases(status.statuses, moments: output.moments))
    }
    let cut = status.statuses.filter { !$0.nextPageToken.isEmpty }
    for pool in cut {
      output.hint(
        "\(printable(pool.name)): \(pool.allocationsTotal) leases, the first \(pool.allocations.count) are looked at"
      )
    }
  }
}

/// The state of the pools for people and programs.
enum StatusView {
  static func head(
    _ health: HealthResponse, _ mode: ModeStatus, _ status: StatusResponse
  ) -> Table {
    var table = Table(columns: [
      .init(title: "MODE"), .init(title: "UPTIME"), .init(title: "LEASES"),
      .init(title: "QUEUED"), .init(title: "REQUESTS"), .init(title: "HEALTH"),
    ])
    let state = health.metadata["state"] ?? (mode.draining ? "draining" : "")
    let verdict = health.healthy ? "ok" : state.isEmpty ? "unhealthy" : state
    table.rows.append([
      .init(mode.mode?.name ?? "unknown"),
      .init(DurationText.short(.seconds(health.uptimeSeconds))),
      .init(health.metadata["allocations"] ?? "-"),
      .init(health.metadata["queued"] ?? "-"),
      .init(health.metadata["requests_processed"] ?? "-"),
      .init(verdict, health.healthy ? .green : .red),
    ])
    return table
  }

  static func pools(_ pools: [PoolStatus], isWide: Bool) -> Table {
    var columns: [Table.Column] = [
      .init(title: "RESOURCE"), .init(title: "USED"), .init(title: "FREE"),
    ]
    if isWide {
      columns += [
        .init(title: "CAPACITY"), .init(title: "HELD"), .init(title: "KIND"),
        .init(title: "WAITING"),
      ]
    }
    columns.append(.init(title: "HELD BY", isFlexible: true))
    var table = Table(columns: columns)
    for pool in pools {
      let share =
        pool.totalCapacity > 0 ? Double(pool.allocated) / Double(pool.totalCapacity) : 0
      let style: Terminal.Style? = pool.overCommitted > 0 ? .red : share >= 0.8 ? .yellow : nil
      var row: [Table.Cell] = [
        .init(pool.name.string),
        .init(UsageBar.text(used: pool.allocated, of: pool.totalCapacity), style),
        .init(free(pool)),
      ]
      if isWide {
        row += [
          .init(QuantityText.text(pool.totalCapacity, unit: pool.unit)),
          .init(QuantityText.text(pool.allocated, unit: pool.unit)),
          .init(pool.kind?.name ?? "-"), .init("\(pool.queued)"),
        ]
      }
      table.rows.append(row + [.init(holders(pool))])
    }
    return table
  }

  private static func free(_ pool: PoolStatus) -> String {
    let text = QuantityText.text(pool.available, unit: pool.unit)
    return pool.overCommitted > 0 ? "\(text) (\(pool.overCommitted) too many held)" : text
  }

  private static func holders(_ pool: PoolStatus) -> String {
    var sums: [Text: Int64] = [:]
    for lease in pool.allocations {
      sums[lease.component] = (sums[lease.component] ?? 0).addingSaturated(lease.quantity)
    }
    let sorted = sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    var text = sorted.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    let others = pool.allocationsTotal - Int64(pool.allocations.count)
    if others > 0 { text += ", and \(others) leases more" }
    if let reset = pool.rate?.resetAfter, reset > .zero {
      text += "\(text.isEmpty ? "" : "   ")(full again in \(DurationText.short(reset)))"
    }
    return text.isEmpty ? "-" : text
  }

  static func leases(_ pools: [PoolStatus], moments: MomentText) -> Table {
    var table = Table(columns: [
      .init(title: "LEASE", isFlexible: true), .init(title: "COMPONENT", isFlexible: true),
      .init(title: "RESOURCE"), .init(title: "AMOUNT", isRightAligned: true),
      .init(title: "PRIORITY"), .init(title: "SINCE"), .init(title: "EXPIRES"),
    ])
    for pool in pools {
      for lease in pool.allocations {
        table.rows.append([
          .init(lease.requestID.string), .init(lease.component.string), .init(pool.name.string),
          .init(QuantityText.text(lease.quantity, unit: pool.unit)),
          .init(lease.priority?.name ?? "-"), .init(moments.text(lease.allocatedAt)),
          .init(moments.text(lease.expiresAt)),
        ])
      }
    }
    return table
  }

  /// The status with the mode and the health beside it.
  static func json(
    _ status: StatusResponse, health: ResponseMessage, mode: ResponseMessage
  ) -> JSONValue {
    let value = Mapping.json(.status(status))
    let pools = (value["statuses"]?.elements ?? []).map(filledPool)
    return .object([
      .init("mode", Mapping.json(mode).filled([("draining", .bool(false))])),
      .init("health", Mapping.json(health)),
      .init("statuses", .array(pools)),
      .init("timestamp", value["timestamp"] ?? .null),
    ])
  }

  /// A pool's status with the numbers that are zero.
  static func filledPool(_ pool: JSONValue) -> JSONValue {
    let numbers = [
      "total_capacity", "available", "allocated", "over_committed", "queued", "allocations_total",
    ]
    return pool.filled(numbers.map { ($0, .integer(0)) } + [("allocations", .array([]))])
  }
}
