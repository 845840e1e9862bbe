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

      GRANTS/s and P99 WAIT, of requests granted out of the queue, are over the last seconds: since an earlier \
      status or health check, at least 10 s ago. HELD BY is summed over the pool's leases, of which at most 50 pages \
      are fetched; --leases lists them. In JSON there is one page (100) of each pool.
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
    let statusAnswer = try await link.ask(
      .status(
        StatusRequest(
          pool: reference, pageSize: output.isStructured ? 0 : StatusCommand.pageSize)))
    guard case .health(let health) = healthAnswer, case .mode(let mode) = modeAnswer,
      case .status(var status) = statusAnswer
    else { throw Failure.wrongAnswer }
    if !output.isStructured { try await StatusCommand.fetchPages(of: &status.statuses, link) }
    await link.close()
    if output.isStructured {
      output.write(
        StatusView.json(status, health: healthAnswer, mode: modeAnswer))
      return
    }
    output.write(StatusView.head(health, mode, isWide: output.format == .wide))
    output.write(StatusView.pools(status.statuses, isWide: output.format == .wide))
    if leases || output.format == .wide {
      output.write(StatusView.leases(status.statuses, moments: output.moments))
    }
    if let window = health.metadata["rate_window_seconds"].flatMap(DurationText.parse) {
      output.hint("GRANTS/s and P99 WAIT are over the last \(DurationText.short(window))")
    }
    for pool in status.statuses where !pool.nextPageToken.isEmpty {
      output.hint(
        "\(printable(pool.name)): \(pool.allocationsTotal) leases, the first \(pool.allocations.count) are looked at"
      )
    }
  }

  /// Leases asked for in one page; the coordinator may give fewer.
  static let pageSize: Int64 = 1000
  /// Pages looked at of one pool. What is beyond them is told as a number.
  static let pagesMax = 50

  /// Adds the further pages of every pool to its first one.
  private static func fetchPages(of pools: inout [PoolStatus], _ link: Link) async throws {
    for index in pools.indices {
      var pages = 1
      while !pools[index].nextPageToken.isEmpty, pages < pagesMax {
        let request = StatusRequest(
          pool: PoolReference(name: pools[index].name), pageSize: pageSize,
          pageToken: pools[index].nextPageToken)
        guard case .status(let answer) = try await link.ask(.status(request)),
          let next = answer.statuses.first
        else { throw Failure.wrongAnswer }
        pools[index].allocations += next.allocations
        pools[index].nextPageToken = next.nextPageToken
        pages += 1
      }
    }
  }
}

/// The state of the pools for people and programs.
enum StatusView {
  static func head(_ health: HealthResponse, _ mode: ModeStatus, isWide: Bool) -> Table {
    let wait = health.metadata["wait_p99_seconds"].flatMap(DurationText.parse)
    let state = health.metadata["state"] ?? (mode.draining ? "draining" : "")
    let verdict = health.healthy ? "ok" : state.isEmpty ? "unhealthy" : state
    var cells: [(title: String, cell: Table.Cell)] = [
      ("MODE", .init(mode.mode?.name ?? "unknown")),
      ("UPTIME", .init(DurationText.short(.seconds(health.uptimeSeconds)))),
      ("LEASES", .init(health.metadata["allocations"] ?? "-")),
      ("QUEUED", .init(health.metadata["queued"] ?? "-")),
      ("GRANTS/s", .init(health.metadata["grants_per_second"] ?? "-")),
      ("P99 WAIT", .init(wait.map { "≤\(DurationText.short($0))" } ?? "-")),
      ("HEALTH", .init(verdict, health.healthy ? .green : .red)),
    ]
    if isWide {
      cells.insert(
        ("REQUESTS", .init(health.metadata["requests_processed"] ?? "-")), at: cells.count - 1)
    }
    var table = Table(columns: cells.map { .init(title: $0.title) })
    table.rows.append(cells.map(\.cell))
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
    if others > 0 {
      text += "\(text.isEmpty ? "" : ", ")+ \(others) \(others == 1 ? "lease" : "leases") more"
    }
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
