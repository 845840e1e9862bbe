import Foundation
import Logging
import Model
import ResourceCoordinatorClient
import Server
import Session
import Simulation

/// Replays a trace against a live server: one task for each pod that is there, over one connection, and a watch of the
/// server's events beside them, from which alone the check and the utilisation are counted.
struct LiveReplay {
  let plan: ReplayPlan
  /// Trace seconds in a real second.
  let speed: Double

  /// The longest wait for an answer, and for the watch's last event.
  private static let answerTimeout = Duration.seconds(30)

  func run(
    address: String?, progress: (_ podsBegun: Int) -> Void
  ) async throws -> ReplayOutcome {
    guard let address else { return try await runInside(progress) }
    let (host, port) = try Self.parse(address)
    return try await drive(host: host, port: port, address: address, progress)
  }

  /// Starts a server of its own on a free port of the loopback.
  private func runInside(_ progress: (Int) -> Void) async throws -> ReplayOutcome {
    var logger = Logger(label: "replay")
    logger.logLevel = .error
    let server = try await CoordinatorServer.start(
      settings: plan.settings,
      configuration: ServerConfiguration(hosts: ["127.0.0.1"], port: 0, drain: .seconds(1)),
      logger: logger)
    let running = Task { await server.run() }
    let result: Result<ReplayOutcome, any Error>
    do {
      result = .success(
        try await drive(
          host: "127.0.0.1", port: server.port, address: "the server inside", progress))
    } catch {
      result = .failure(error)
    }
    running.cancel()
    await running.value
    return try result.get()
  }

  private static func parse(_ address: String) throws -> (host: String, port: Int) {
    let parts = address.split(separator: ":")
    guard let port = parts.last.flatMap({ Int($0) }), (1...65_535).contains(port), parts.count > 1
    else { throw Failure(.usage, "--address \(address): expected host:port") }
    let host = address.dropLast(String(port).count + 1)
    return (host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : String(host), port)
  }

  // MARK: Driving

  private func drive(
    host: String, port: Int, address: String, _ progress: (Int) -> Void
  ) async throws -> ReplayOutcome {
    let channel: CallChannel
    do throws(CallError) {
      channel = try await CallChannel.connect(host: host, port: port)
    } catch {
      throw Failure(.cannotConnect, "cannot connect to \(address): \(error.message)")
    }
    do {
      let outcome = try await replay(on: channel, address: address, progress)
      await channel.close()
      return outcome
    } catch let error as CallError {
      await channel.close()
      throw Failure(.failed, "\(address): \(error.message)")
    }
  }

  private func replay(
    on channel: CallChannel, address: String, _ progress: (Int) -> Void
  ) async throws -> ReplayOutcome {
    try await prepare(channel, address: address)
    let mode = try await channel.call(.getMode, timeout: Self.answerTimeout)
    guard case .mode(let status) = mode.response else {
      throw Failure(.failed, "\(address) answered a mode request with another message")
    }
    // From the revision before the first pod on, so that no event is missed.
    let run = LiveRun(
      plan: plan, speed: speed, channel: channel, startRevision: status.revision)
    let began = ContinuousClock.now
    let watch = Task { await run.watch() }
    await withDiscardingTaskGroup { group in
      for (index, pod) in plan.trace.pods.enumerated() {
        let start = began + ReplayPlan.scaled(pod.creation - .epoch, speed: speed).duration
        try? await Task.sleep(until: start, clock: .continuous)
        group.addTask { await run.live(pod) }
        progress(index + 1)
      }
    }
    let isComplete = await run.waitForEvents(within: Self.answerTimeout)
    watch.cancel()
    if !isComplete {
      talk("warning: not every event came in time; the check covers those that did")
    }
    return run.outcome
  }

  /// Warns where the machine's own delays, in the trace's time, are no longer small.
  private func tellIfTooFast(_ slowest: Duration) {
    let answer = TimeSpan(slowest).seconds
    guard answer * speed > Self.slowestAnswerMax.seconds else { return }
    talk(
      "warning: an answer took \(Int(answer * 1000)) ms, which is \(Int(answer * speed)) s of the trace: at this speed "
        + "the machine's delays show as waits; take a lower --speed")
  }

  /// An answer that takes longer, in the trace's time, is told.
  private static let slowestAnswerMax = TimeSpan.seconds(600)

  /// Checks that the server has the trace's pools, and gives them the capacities of the chosen nodes.
  private func prepare(_ channel: CallChannel, address: String) async throws {
    let answer = try await channel.call(.status(StatusRequest()), timeout: Self.answerTimeout)
    guard case .status(let status) = answer.response else {
      throw Failure(.failed, "\(address) answered a status request with another message")
    }
    let known = status.statuses.map(\.name.string)
    for (index, name) in TracePools.names.enumerated() {
      guard known.contains(name) else {
        throw Failure(
          .usage,
          "\(address) has no pool \(name); start it with the output of `coordinator replay … --print-config`"
        )
      }
      _ = try await channel.call(
        .setCapacity(
          SetCapacityRequest(
            pool: PoolReference(name: Text(name)), capacity: plan.trace.capacities[index])),
        timeout: Self.answerTimeout)
    }
    _ = try await channel.call(
      .setMode(SetModeRequest(mode: Int32(plan.mode.rawValue))), timeout: Self.answerTimeout)
  }
}
