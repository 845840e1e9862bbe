import ArgumentParser
import Foundation
import Model
import Session
import UnixSignals

/// `coordinator watch`: what happens, as it happens.
struct WatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Follow events, or the pools' status, until Ctrl-C.",
    discussion: """
      Examples:
        coordinator watch --component trainer
        coordinator watch --status --format ndjson

      After a lost connection it goes on behind the last event that it showed. In JSON each event is one line.
      """)

  @OptionGroup var filter: FilterOptions

  @Flag(help: "The status of the pools at each change instead of events.")
  var status = false

  @Flag(help: "Begin with the oldest event that is kept.")
  var fromStart = false

  @Option(help: ArgumentHelp("Begin behind the event of this revision.", valueName: "n"))
  var after: UInt64?

  @Option(help: ArgumentHelp("End after so many events.", valueName: "n"))
  var count: Int?

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count: expected a number above 0") }
  }

  func run() async throws {
    let output = try outputOptions.output()
    let link = try await connection.connect()
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await follow(link, output) }
      group.addTask { for await _ in signals { return } }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func follow(_ first: Link, _ output: Output) async throws {
    var link = first
    var position = Position(after: after ?? 0, isFromStart: fromStart, shown: 0)
    var patience = Backoff()
    var epoch = try await WatchCommand.epoch(link)
    if status, !output.isStructured { position.pools = try await pools(link) }
    while true {
      do {
        for try await answer in link.stream(message(position)) {
          patience = Backoff()
          show(answer.response, output, &position)
          if let count, position.shown >= count { return }
        }
        // Ended from here: nobody is to be blamed.
        if Task.isCancelled { return }
        output.hint("the coordinator ended the stream; connecting again")
      } catch let error as CallError {
        try handle(error, link, output, &position)
      }
      await link.close()
      link = try await reconnect(&patience, output)
      // A coordinator that lost its state counts its events anew: an old position would hide the first ones.
      let now = try? await WatchCommand.epoch(link)
      if let now, now != epoch, !status {
        epoch = now
        talk("the coordinator was started anew; going on with its first event")
        position.after = 0
        position.isFromStart = true
      }
    }
  }

  /// The coordinator's life: another one after every loss of its state.
  private static func epoch(_ link: Link) async throws -> UInt64 {
    guard
      case .hello(let hello) = try await link.ask(
        .hello(HelloRequest(protocolVersion: 1, client: "coordinator")))
    else { throw Failure.wrongAnswer }
    return hello.epoch
  }

  /// Leases of each pool that a status brings, to tell who holds it.
  private static let pageSize: Int64 = 100

  /// The pools as they are, from which the columns' widths are known before the first line.
  private func pools(_ link: Link) async throws -> [PoolStatus] {
    guard case .status(let answer) = try await link.ask(.status(statusRequest)) else {
      throw Failure.wrongAnswer
    }
    return answer.statuses
  }

  private var statusRequest: StatusRequest {
    StatusRequest(
      pool: PoolReference(name: Text(filter.pool ?? "")), pageSize: WatchCommand.pageSize)
  }

  private struct Position {
    var after: UInt64
    var isFromStart: Bool
    var shown: Int
    /// Each pool's status as it was shown last, so that the lines of several pools are columns.
    var pools: [PoolStatus] = []
  }

  private func message(_ position: Position) -> RequestMessage {
    if status {
      return .streamStatus(statusRequest)
    }
    return .watch(
      WatchRequest(
        afterRevision: position.after, fromStart: position.isFromStart,
        component: Text(filter.component ?? ""), requestID: Text(filter.request ?? ""),
        pool: Text(filter.pool ?? "")))
  }

  private func show(_ response: ResponseMessage, _ output: Output, _ position: inout Position) {
    if case .event(let event) = response {
      position.after = event.revision
      position.isFromStart = false
    }
    position.shown += 1
    switch response {
    case .poolStatus where output.isStructured:
      output.write(streamed: StatusView.filledPool(Mapping.json(response)))
    case _ where output.isStructured: output.write(streamed: Mapping.json(response))
    case .event(let event): output.write(line: EventView.line(event, output: output))
    case .poolStatus(let pool): show(pool, output, &position)
    default: break
    }
  }

  /// Shows a pool's line, under headings where it is the first, in the columns of all pools.
  private func show(_ pool: PoolStatus, _ output: Output, _ position: inout Position) {
    let place = position.pools.firstIndex { $0.name == pool.name } ?? position.pools.count
    if place < position.pools.count {
      position.pools[place] = pool
    } else {
      position.pools.append(pool)
    }
    let lines = StatusView.pools(position.pools, isWide: output.format == .wide).lines(
      terminal: output.terminal, isCut: output.format == .table)
    if position.shown == 1 { output.write(line: lines[0]) }
    output.write(line: lines[place + 1])
  }

  /// Decides whether a stream that failed is begun again. Throws if not.
  private func handle(
    _ error: CallError, _ link: Link, _ output: Output, _ position: inout Position
  ) throws {
    switch error.details.first.flatMap({ Reason(rawValue: $0.reason.string) }) {
    case .connectionLost, .draining, .slowReader, .idleConnection, .deadlineExceeded:
      output.hint("\(printable(error.message)); connecting again")
    case .revisionCompacted:
      talk("some events were dropped before they could be shown; going on with the oldest one kept")
      position.after = 0
      position.isFromStart = true
    default:
      throw Failure.call(error, address: link.address)
    }
  }

  /// Connects again, for as long as it takes.
  private func reconnect(_ patience: inout Backoff, _ output: Output) async throws -> Link {
    while true {
      try await Task.sleep(for: patience.next())
      do {
        return try await connection.connect()
      } catch let failure as Failure where failure.code == ExitReason.cannotConnect.rawValue {
        if patience.isFirst { output.hint(failure.message) }
      }
    }
  }
}

/// Pauses between attempts: doubling, at most 5 s, with jitter so that many do not come back at once.
struct Backoff {
  private var attempts = 0

  var isFirst: Bool { attempts <= 1 }

  mutating func next() -> Duration {
    let milliseconds = min(5000, 50 << min(attempts, 7))
    attempts += 1
    return .milliseconds(Int.random(in: milliseconds / 2...milliseconds))
  }
}
