import Model
import NIOConcurrencyHelpers
import ResourceCoordinatorClient
import Rehearsal

/// One live replay under way: does the steps of its schedule through the client library, and tells it the answers and
/// the server's events.
final class LiveRun: Sendable {
  private struct Book {
    var schedule: LiveSchedule
    var leases: [Int: Lease] = [:]
  }

  private let plan: ReplayPlan
  private let speed: Double
  /// A client for each class of service, which is a component.
  private let clients: [String: CoordinatorClient]
  private let watcher: CoordinatorClient
  /// Before the pods' names in request ids: no two runs against a server have the same.
  private let prefix = "replay-\(UInt32.random(in: 0 ... .max))-"
  private let podNumbers: [String: Int]
  private let book: NIOLockedValueBox<Book>
  /// Told whenever something happened that may let the next step begin.
  private let news: AsyncStream<Void>
  private let newsSource: AsyncStream<Void>.Continuation

  /// How long the server keeps a lease beyond its pod, and a waiter beyond its patience: only for a replay that dies, and
  /// long enough for one that gets late.
  private static let margin = TimeSpan.seconds(1800)

  init(
    _ schedule: LiveSchedule, clients: [String: CoordinatorClient], watcher: CoordinatorClient
  ) {
    plan = schedule.plan
    speed = schedule.speed
    self.clients = clients
    self.watcher = watcher
    podNumbers = Dictionary(
      uniqueKeysWithValues: schedule.plan.trace.pods.enumerated().map { ($1.name, $0) })
    book = NIOLockedValueBox(Book(schedule: schedule))
    (news, newsSource) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// The schedule as it is now.
  var schedule: LiveSchedule { book.withLockedValue { $0.schedule } }

  /// Tells the schedule something, and its driver that there is something new.
  private func tell(_ change: (inout LiveSchedule) -> Void) {
    book.withLockedValue { change(&$0.schedule) }
    newsSource.yield()
  }

  // MARK: Driving

  /// Does every step of the schedule, until all pods are over.
  func drive(_ progress: (LiveSchedule.Progress) -> Void) async {
    let began = ContinuousClock.now
    var changes = news.makeAsyncIterator()
    var alarm: ContinuousClock.Instant?
    await withDiscardingTaskGroup { group in
      while true {
        let elapsed = TimeSpan(began.duration(to: .now))
        switch book.withLockedValue({ $0.schedule.next(at: elapsed) }) {
        case .take(let step):
          group.addTask { await self.take(step) }
          progress(book.withLockedValue { $0.schedule.progress })
          continue
        case .wait(let until):
          if let until {
            let instant = began + until.duration
            if alarm.map({ $0 <= .now || $0 > instant }) ?? true {
              alarm = instant
              group.addTask {
                try? await Task.sleep(until: instant, tolerance: .zero, clock: .continuous)
                self.newsSource.yield()
              }
            }
          }
          _ = await changes.next()
        case .over:
          group.cancelAll()
          return
        }
      }
    }
  }

  private func take(_ step: LiveSchedule.Step) async {
    let pod = plan.trace.pods[step.pod]
    guard let client = clients[pod.service] else {
      preconditionFailure("there is a client for each class of service")
    }
    switch step.kind {
    case .begin: await begin(pod, step.pod, client)
    case .giveUp:
      let wasWaiting = try? await client.cancel(requestID: prefix + pod.name)
      tell { $0.gaveUp(step.pod, wasWaiting: wasWaiting ?? false) }
    case .end: await end(step.pod, client)
    }
  }

  /// Asks, and waits if it must.
  private func begin(_ pod: TracePod, _ number: Int, _ client: CoordinatorClient) async {
    let amounts = pod.amounts.indices.filter { pod.amounts[$0] > 0 }
      .map { Amount.pool(TracePools.names[$0], pod.amounts[$0]) }
    let patience = min(
      ReplayPlan.scaled(plan.wait, speed: speed) + LiveRun.margin, ReplayPlan.waitMax)
    do throws(CoordinatorError) {
      let outcome = try await client.request(
        amounts, wait: plan.wait > .zero ? .upTo(patience.duration) : .fail,
        duration: (ReplayPlan.scaled(pod.hold, speed: speed) + LiveRun.margin).duration,
        requestID: prefix + pod.name)
      switch outcome {
      case .granted(let lease):
        book.withLockedValue { $0.leases[number] = lease }
        tell { $0.answered(number, .granted) }
      case .queued(let ticket):
        tell { $0.answered(number, nil) }
        await wait(for: ticket, number)
      case .denied(let explanation):
        let reason = ReplayPlan.denialReason(explanation.blockers.map(\.reason))
        tell { $0.answered(number, .denied(reason)) }
      }
    } catch {
      tell { $0.answered(number, .failed(error.message)) }
    }
  }

  private func wait(for ticket: Ticket, _ number: Int) async {
    do throws(CoordinatorError) {
      let lease = try await ticket.granted()
      book.withLockedValue { $0.leases[number] = lease }
      tell { $0.waited(number, nil) }
    } catch {
      let isTimeout = error.code == .cancelled || error.code == .queueTimeout
      tell { $0.waited(number, isTimeout ? .timedOut : .failed(error.message)) }
    }
  }

  private func end(_ number: Int, _ client: CoordinatorClient) async {
    guard let lease = book.withLockedValue({ $0.leases.removeValue(forKey: number) }) else {
      preconditionFailure("a lease that ends was granted")
    }
    do throws(CoordinatorError) {
      try await client.release(lease)
      tell { $0.ended(number, loss: nil) }
    } catch {
      tell { $0.ended(number, loss: error.message) }
    }
  }

  // MARK: Events

  /// Tells the schedule the server's events behind the revision, in their order, until the task is cancelled.
  func watch(after revision: UInt64) async {
    do throws(CoordinatorError) {
      for try await event in watcher.events(after: revision) { note(event) }
    } catch {
      talk(
        "warning: the server's events broke off, so the check is over those before: \(error.message)"
      )
    }
    tell { $0.lostEvents() }
  }

  private func note(_ event: ResourceCoordinatorClient.Event) {
    guard event.requestID.hasPrefix(prefix),
      let kind = EventKind.allCases.first(where: { $0.name == event.kind }),
      let number = podNumbers[String(event.requestID.dropFirst(prefix.count))]
    else { return }
    var amounts = TracePools.names.map { _ in Int64(0) }
    for amount in event.amounts {
      if let pool = TracePools.names.firstIndex(of: amount.resource.name) {
        amounts[pool] = amount.quantity
      }
    }
    tell { $0.saw(kind, of: number, amounts: amounts) }
  }

  /// Waits until the events of every grant and end have come; false if they do not come in time.
  func waitForEvents(within limit: Duration) async -> Bool {
    let timer = Task {
      try? await Task.sleep(for: limit)
      newsSource.finish()
    }
    defer { timer.cancel() }
    if schedule.isComplete { return true }
    for await _ in news where schedule.isComplete { return true }
    return schedule.isComplete
  }
}
