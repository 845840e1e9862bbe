import Model
import NIOConcurrencyHelpers
import Session

/// Makes calls until they are answered, their deadline has passed or repeating them is not safe.
final class Caller: Sendable {
  struct Answer: Sendable {
    let answer: CallAnswer
    let link: Link
    /// When the attempt that was answered was sent.
    let sentAt: Instant
  }

  private struct State {
    var budget: RetryBudget
    var random: SeededRandom
  }

  let links: LinkPool
  let options: ClientOptions
  private let rules: RetryRules
  private let state: NIOLockedValueBox<State>

  init(links: LinkPool, options: ClientOptions, seed: UInt64) {
    self.links = links
    self.options = options
    rules = options.retry.rules
    state = NIOLockedValueBox(
      State(
        budget: RetryBudget(rules: rules), random: SeededRandom(seed: seed).child("retry")))
  }

  var clock: ClientClock { options.clock }

  /// Makes a unary call within the deadline, the client's own unless another is given.
  func call(
    _ message: RequestMessage, within limit: Duration? = nil
  ) async throws(CallError) -> Answer {
    let deadline = clock.instant + TimeSpan(limit ?? options.deadline)
    var attempts = Attempts(rules: rules, mayRunTwice: message.mayRunTwice, deadline: deadline)
    while true {
      let failure: CallError
      do throws(CallError) {
        let answer = try await attempt(message, deadline: deadline)
        state.withLockedValue { $0.budget.noteSuccess() }
        return answer
      } catch {
        failure = error
      }
      let pause = state.withLockedValue { state in
        attempts.pause(
          after: failure, at: clock.instant, budget: &state.budget, random: &state.random)
      }
      guard let pause else { throw failure }
      try await sleep(pause)
    }
  }

  private func attempt(
    _ message: RequestMessage, deadline: Instant
  ) async throws(CallError) -> Answer {
    guard !Task.isCancelled else { throw CallError(.callCancelled, "the task was cancelled") }
    let link = try await links.link(before: deadline)
    let sentAt = clock.instant
    let left = deadline - sentAt
    guard left > .zero else {
      throw CallError(.cannotConnect, "connecting took as long as the call may")
    }
    let timeout =
      message.mayRunTwice ? min(left, TimeSpan(options.retry.attemptTimeout)) : left
    do throws(CallError) {
      let answer = try await link.channel.call(message, timeout: timeout.duration)
      return Answer(answer: answer, link: link, sentAt: sentAt)
    } catch {
      // The coordinator answers within milliseconds; a connection on which it does not is no longer one.
      if error.code == .deadlineExceeded { links.retire(link) }
      throw error
    }
  }

  /// The pause after so many failures in a row.
  func pause(afterFailures failures: Int) -> TimeSpan {
    state.withLockedValue { rules.pause(afterFailures: failures, random: &$0.random) }
  }

  var attempts: Int { rules.attempts }

  func sleep(_ span: TimeSpan) async throws(CallError) {
    do {
      try await clock.sleep(for: span)
    } catch {
      throw CallError(.callCancelled, "the task was cancelled")
    }
  }
}
