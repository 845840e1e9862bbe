import Model
import ResourceCoordinatorClient
import Session
import Simulation
import Synchronization

/// One live replay under way: what its pods do, and what the server's events say.
final class LiveRun: Sendable {
  private struct Book {
    var outcome: ReplayOutcome
    /// The server's time of the first event: the trace's time 0.
    var epoch: Instant?
    var grantsTold = 0
    var isWatchOver = false
    /// The longest time that a first answer took.
    var slowestAnswer = Duration.zero
  }

  private let plan: ReplayPlan
  private let speed: Double
  private let channel: CallChannel
  /// Before the pods' names in request ids: no two runs against a server have the same.
  private let prefix: String
  private let book: Mutex<Book>

  private static let answerTimeout = Duration.seconds(30)

  /// The server's revision before the first pod.
  private let startRevision: UInt64

  init(plan: ReplayPlan, speed: Double, channel: CallChannel, startRevision: UInt64) {
    self.plan = plan
    self.speed = speed
    self.channel = channel
    self.startRevision = startRevision
    prefix = "replay-\(UInt32.random(in: 0 ... .max))-"
    book = Mutex(Book(outcome: plan.emptyOutcome))
  }

  var outcome: ReplayOutcome { book.withLock { $0.outcome } }
  var slowestAnswer: Duration { book.withLock { $0.slowestAnswer } }

  // MARK: Pods

  /// The life of one pod: asks, waits, holds, releases.
  func live(_ pod: TracePod) async {
    var isGranted = false
    do throws(CallError) {
      let request = plan.request(pod, prefix: prefix, speed: speed)
      let asked = ContinuousClock.now
      let answer = try await channel.call(.request(request), timeout: LiveRun.answerTimeout)
      book.withLock { $0.slowestAnswer = max($0.slowestAnswer, asked.duration(to: .now)) }
      guard case .resource(let first) = answer.response else { return }
      let response = first.status == .queued ? try await wait(for: request) : first
      note(response, first: first, of: pod)
      guard response.status == .granted else { return }
      isGranted = true
      let held = ReplayPlan.scaled(pod.hold, speed: speed).duration
      try? await Task.sleep(for: held, tolerance: .milliseconds(1), clock: .continuous)
      let end = try await channel.call(
        .release(
          ReleaseRequest(
            requestID: request.requestID, token: response.token, component: request.component)),
        timeout: LiveRun.answerTimeout)
      if case .release(let release) = end.response, !release.success {
        book.withLock { $0.outcome.noteLoss(release.message) }
      }
    } catch {
      book.withLock { book in
        if isGranted {
          book.outcome.noteLoss(error.message)
        } else {
          book.outcome.note(.failed(error.message), phase: pod.phase)
        }
      }
    }
  }

  private func wait(for request: ResourceRequest) async throws(CallError) -> ResourceResponse {
    let key = RequestKey(requestID: request.requestID, component: request.component)
    do {
      for try await answer in channel.stream(.awaitGrant(key)) {
        if case .grantUpdate(let update) = answer.response, let response = update.response {
          return response
        }
      }
    } catch let error as CallError {
      throw error
    } catch {
      throw CallError(.internal, "\(error)")
    }
    throw CallError(.internal, "the wait ended without an answer")
  }

  private func note(_ response: ResourceResponse, first: ResourceResponse, of pod: TracePod) {
    let outcome: PodOutcome
    switch response.status {
    case .granted where first.status == .queued:
      // Told in the trace's time, as the wait that was asked for.
      let waited = (response.grantedAt ?? .epoch) - (first.queue?.queuedAt ?? .epoch)
      outcome = .grantedAfterWait(.nanoseconds(Int64(Double(waited.nanoseconds) * speed)))
    case .granted: outcome = .granted
    case .denied: outcome = .denied(ReplayPlan.denialReason(response))
    case .expired: outcome = .timedOut
    case .pending, .queued, .released, nil: outcome = .failed(response.message)
    }
    book.withLock { book in
      book.outcome.note(outcome, phase: pod.phase)
      if response.status == .granted { book.grantsTold += 1 }
    }
  }

  // MARK: Events

  /// Counts what the server's events tell, in their order, until the stream ends.
  func watch() async {
    var reached = startRevision
    // A reader that fell behind begins again where it stopped.
    while !Task.isCancelled {
      do {
        let request = WatchRequest(afterRevision: reached, fromStart: reached == 0)
        for try await answer in channel.stream(.watch(request)) {
          guard case .event(let event) = answer.response else { continue }
          reached = event.revision
          book.withLock { count(event, in: &$0) }
        }
        break
      } catch let error as CallError
        where error.details.first?.reason == Text(Reason.slowReader.rawValue)
      {
        continue
      } catch {
        break
      }
    }
    book.withLock { $0.isWatchOver = true }
  }

  private func count(_ event: Model.Event, in book: inout Book) {
    let id = event.requestID.string
    guard id.hasPrefix(prefix), let at = event.at else { return }
    let epoch = book.epoch ?? at
    book.epoch = epoch
    let instant =
      Instant.epoch + .nanoseconds(Int64(Double(max(0, (at - epoch).nanoseconds)) * speed))
    switch event.kind {
    case .granted:
      var amounts = TracePools.names.map { _ in Int64(0) }
      for entry in event.pools {
        if let pool = TracePools.names.firstIndex(of: entry.pool.name.string) {
          amounts[pool] = entry.quantity
        }
      }
      book.outcome.tally.granted(id, amounts, at: instant)
    case .released, .expired, .claimLapsed, .preempted:
      book.outcome.tally.ended(id, at: instant)
    default: break
    }
  }

  /// Waits until the events of every grant and end have come; false if they do not come in time.
  func waitForEvents(within limit: Duration) async -> Bool {
    let end = ContinuousClock.now + limit
    while ContinuousClock.now < end {
      let (isDone, isOver) = book.withLock { book in
        let tally = book.outcome.tally
        return (tally.grants >= book.grantsTold && tally.openLeases == 0, book.isWatchOver)
      }
      if isDone || isOver { return isDone }
      try? await Task.sleep(for: .milliseconds(10))
    }
    return false
  }
}
