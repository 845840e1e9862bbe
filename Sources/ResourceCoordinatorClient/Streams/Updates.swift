import Model
import Session

/// Messages as they come: states of pools, or events.
///
/// A lost connection is made good without a gap in the events and with a whole new state for pools. Ends when the task is
/// cancelled; throws if the coordinator cannot be reached in several tries or the client is closed. A reader that falls far
/// behind is caught up in the same way.
public struct Updates<Element: Sendable>: AsyncSequence, Sendable {
  /// What can go wrong.
  public typealias Failure = CoordinatorError

  let client: CoordinatorClient
  let request: RequestMessage
  let convert: @Sendable (ResponseMessage) -> Element?

  /// Starts from the beginning: each iterator has a stream of its own.
  public func makeAsyncIterator() -> Iterator {
    Iterator(client: client, request: request, convert: convert)
  }

  /// Reads one stream.
  public struct Iterator: AsyncIteratorProtocol {
    let client: CoordinatorClient
    var request: RequestMessage
    let convert: @Sendable (ResponseMessage) -> Element?
    private var stream: AsyncThrowingStream<CallAnswer, any Error>.AsyncIterator?
    private var failures = 0
    private var isOver = false

    init(
      client: CoordinatorClient, request: RequestMessage,
      convert: @escaping @Sendable (ResponseMessage) -> Element?
    ) {
      self.client = client
      self.request = request
      self.convert = convert
    }

    /// The next message; nil once the task is cancelled.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(CoordinatorError) -> Element? {
      while !isOver, !Task.isCancelled {
        do throws(CallError) {
          guard let answer = try await read(isolation: actor) else { continue }
          if let element = convert(answer.response) { return element }
        } catch {
          stream = nil
          guard !Task.isCancelled else { break }
          try await recover(from: error, isolation: actor)
        }
      }
      isOver = true
      stream = nil
      return nil
    }

    /// The next message, without isolation.
    public mutating func next() async throws(CoordinatorError) -> Element? {
      try await next(isolation: nil)
    }

    /// One message; nil if the stream ended without a reason.
    private mutating func read(
      isolation actor: isolated (any Actor)?
    ) async throws(CallError) -> CallAnswer? {
      if stream == nil { stream = try await open(isolation: actor) }
      let answer: CallAnswer?
      do {
        answer = try await stream?.next(isolation: actor)
      } catch let error as CallError {
        throw error
      } catch {
        throw CallError(.internal, "the stream failed: \(error)")
      }
      guard let answer else {
        stream = nil
        throw CallError(.connectionLost, "the stream ended")
      }
      failures = 0
      if case .event(let event) = answer.response, case .watch(var watch) = request {
        watch.afterRevision = event.revision
        watch.fromStart = false
        request = .watch(watch)
      }
      return answer
    }

    private mutating func open(
      isolation actor: isolated (any Actor)?
    ) async throws(CallError) -> AsyncThrowingStream<CallAnswer, any Error>.AsyncIterator {
      do throws(CoordinatorError) {
        try client.checkOpen()
      } catch {
        throw CallError(.clientClosed, error.message)
      }
      if case .watch(var watch) = request, watch.afterRevision == 0, !watch.fromStart {
        // From now on, whatever happens to the connection: "now" is a revision.
        if case .mode(let mode) = try await client.caller.call(.getMode).answer.response {
          watch.afterRevision = mode.revision
          watch.fromStart = mode.revision == 0
          request = .watch(watch)
        }
      }
      let link = try await client.caller.links.link(
        before: client.options.clock.instant + TimeSpan(client.options.deadline))
      return link.channel.stream(request).makeAsyncIterator()
    }

    private mutating func recover(
      from error: CallError, isolation actor: isolated (any Actor)?
    ) async throws(CoordinatorError) {
      let isSlow = error.details.contains { $0.reason.string == Reason.slowReader.rawValue }
      guard !isSlow else { return }
      failures += 1
      let isFinal = AttemptEffect(error) == .refused || error.code == .cancelled
      guard !isFinal, failures < client.caller.attempts else {
        isOver = true
        throw CoordinatorError(error)
      }
      do throws(CallError) {
        try await client.caller.sleep(client.caller.pause(afterFailures: failures))
      } catch {
        isOver = true
      }
    }
  }
}
