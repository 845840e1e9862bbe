import ArgumentParser
import Model

/// `coordinator history`: what happened.
struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history",
    abstract: "List what happened, newest first.",
    discussion: """
      Examples:
        coordinator history --component trainer --limit 20
        coordinator history --event denied --since 10m --format ndjson

      The coordinator keeps the newest events only; --counts shows the exact numbers of all ever recorded.
      """)

  @OptionGroup var component: FilterOptions

  @Option(
    help: "Only events of this kind, such as granted or denied.",
    completion: .list(EventKind.allCases.map(\.name)), transform: HistoryCommand.kind)
  var event: EventKind?

  @Option(
    help: ArgumentHelp("Only what happened within this time, such as 10m.", valueName: "time"),
    transform: Choice.span)
  var since: TimeSpan?

  @Option(help: ArgumentHelp("At most so many events.", valueName: "n"))
  var limit = 100

  @Flag(help: "Oldest first.")
  var oldestFirst = false

  @Flag(help: "The number of events of each kind instead.")
  var counts = false

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  static func kind(_ text: String) throws -> EventKind {
    let name = text.lowercased().replacing("-", with: "_")
    guard let kind = EventKind.allCases.first(where: { $0.name == name }) else {
      throw Choice.unknown(text, EventKind.allCases.map(\.name))
    }
    return kind
  }

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit: expected a number above 0") }
  }

  func run() async throws {
    let output = try outputOptions.output()
    let link = try await connection.connect()
    var events: [Event] = []
    var values: [JSONValue] = []
    var request = HistoryRequest(
      component: Text(component.component ?? ""), requestID: Text(component.request ?? ""),
      pool: PoolReference(name: Text(component.pool ?? "")), kind: Int32(event?.rawValue ?? 0),
      oldestFirst: oldestFirst)
    request.after = since.map { MomentText.wallClock - $0 }
    var last: HistoryResponse
    var lastValue: JSONValue
    repeat {
      request.pageSize = Int64(counts ? 1 : min(limit - events.count, Limits().pageSize))
      let answer = try await link.ask(.history(request))
      guard case .history(let page) = answer else { throw Failure.wrongAnswer }
      (last, lastValue) = (page, Mapping.json(answer))
      events += page.events
      values += lastValue["events"]?.elements ?? []
      request.pageToken = page.nextPageToken
    } while !counts && events.count < limit && !last.nextPageToken.isEmpty && !last.events.isEmpty
    await link.close()
    if counts {
      showCounts(last, output)
    } else if output.isStructured {
      output.write(.array(values))
    } else {
      var table = Table(columns: EventView.columns)
      table.rows = events.map { EventView.row($0, moments: output.moments) }
      output.write(table)
      if !last.nextPageToken.isEmpty {
        output.hint("\(events.count) events shown, there are more: raise --limit")
      }
    }
  }

  private func showCounts(_ response: HistoryResponse, _ output: Output) {
    if output.isStructured {
      output.write(
        .object([
          .init("events_total", .integer(response.eventsTotal)),
          .init("events_kept", .integer(response.eventsKept)),
          .init(
            "counts",
            .object(
              response.counts.compactMap { count in
                count.kind.map { .init($0.name, .integer(count.count)) }
              })),
        ]))
      return
    }
    var table = Table(columns: [
      .init(title: "EVENT"), .init(title: "COUNT", isRightAligned: true),
    ])
    table.rows = response.counts.compactMap { count in
      count.kind.map { [.init($0.name), .init("\(count.count)")] }
    }
    table.rows.append([.init("all", .bold), .init("\(response.eventsTotal)", .bold)])
    output.write(table)
  }
}

/// What events are looked for.
struct FilterOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Only of this component.", valueName: "name"))
  var component: String?

  @Option(help: ArgumentHelp("Only of this request.", valueName: "id"))
  var request: String?

  @Option(help: ArgumentHelp("Only of this pool.", valueName: "name"))
  var pool: String?
}
