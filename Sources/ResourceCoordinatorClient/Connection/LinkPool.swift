import Model
import NIOConcurrencyHelpers
import Session

/// The client's connections: a fixed number of places, filled when they are needed and again when they break.
///
/// Connecting is done once for all who wait for it. After a failure nobody tries again before a pause that grows from
/// failure to failure; whoever asks in between is told at once, and how long the pause still is.
final class LinkPool: Sendable {
  private typealias Waiter = AsyncStream<Result<Link, CallError>>.Continuation

  private enum Place {
    case empty
    case connecting([Waiter])
    case open(Link)
  }

  private struct State {
    var places: [Place]
    var turn = 0
    var links: UInt64 = 0
    var failures = 0
    var notBefore = Instant.epoch
    var lastFailure = CallError(.cannotConnect, "no connection was tried yet")
    var random: SeededRandom
    var isClosed = false
  }

  private let endpoint: Endpoint
  private let options: ClientOptions
  private let rules: RetryRules
  private let state: NIOLockedValueBox<State>

  init(endpoint: Endpoint, options: ClientOptions, seed: UInt64) {
    self.endpoint = endpoint
    self.options = options
    rules = options.retry.rules
    state = NIOLockedValueBox(
      State(
        places: Array(repeating: .empty, count: max(1, options.connections)),
        random: SeededRandom(seed: seed).child("connect")))
  }

  private enum Way {
    case use(Link)
    case wait(AsyncStream<Result<Link, CallError>>)
    case fail(CallError)
  }

  /// An open connection, connecting first if need be, until the deadline. Any of them if the one whose turn it is has to
  /// be opened first.
  func link(before deadline: Instant) async throws(CallError) -> Link {
    let now = options.clock.instant
    let (way, connect) = state.withLockedValue { state in Self.choose(&state, at: now) }
    if let connect { Task { await open(connect.place, number: connect.number) } }
    switch way {
    case .use(let link): return link
    case .fail(let error): throw error
    case .wait(let result): return try await first(of: result, before: deadline)
    }
  }

  private static func choose(
    _ state: inout State, at now: Instant
  ) -> (Way, connect: (place: Int, number: UInt64)?) {
    guard !state.isClosed else {
      return (.fail(CallError(.clientClosed, "the client was closed")), nil)
    }
    for place in state.places.indices {
      if case .open(let link) = state.places[place], link.channel.failure != nil {
        state.places[place] = .empty
      }
    }
    let place = state.turn % state.places.count
    state.turn = (state.turn + 1) % state.places.count
    if case .open(let link) = state.places[place] { return (.use(link), nil) }
    var connect: (place: Int, number: UInt64)?
    if case .empty = state.places[place], state.notBefore <= now {
      state.links += 1
      state.places[place] = .connecting([])
      connect = (place, state.links)
    }
    for other in state.places {
      if case .open(let link) = other { return (.use(link), connect) }
    }
    guard case .connecting(var waiters) = state.places[place] else {
      var error = state.lastFailure
      let pause = state.notBefore - now
      for index in error.details.indices { error.details[index].retryAfter = pause }
      return (.fail(error), nil)
    }
    let (stream, continuation) = AsyncStream.makeStream(of: Result<Link, CallError>.self)
    waiters.append(continuation)
    state.places[place] = .connecting(waiters)
    return (.wait(stream), connect)
  }

  private func first(
    of results: AsyncStream<Result<Link, CallError>>, before deadline: Instant
  ) async throws(CallError) -> Link {
    let clock = options.clock
    let result = await withTaskGroup(of: Result<Link, CallError>.self) { group in
      group.addTask {
        for await result in results { return result }
        return .failure(CallError(.callCancelled, "the call was cancelled"))
      }
      group.addTask {
        try? await clock.sleep(until: deadline)
        return .failure(CallError(.cannotConnect, "no connection came about in time"))
      }
      let first = await group.next()
      group.cancelAll()
      return first ?? .failure(CallError(.callCancelled, "the call was cancelled"))
    }
    return try result.get()
  }

  private func open(_ place: Int, number: UInt64) async {
    let result: Result<Link, CallError>
    do throws(CallError) {
      result = .success(
        try await Link.open(
          endpoint, number: number, guarding: try options.guarding(),
          connectTimeout: options.connectTimeout, clock: options.clock))
    } catch {
      result = .failure(error)
    }
    let now = options.clock.instant
    let (waiters, unwanted) = state.withLockedValue { state -> ([Waiter], Link?) in
      guard case .connecting(let waiters) = state.places[place] else {
        // Closed while connecting.
        return ([], try? result.get())
      }
      switch result {
      case .success(let link):
        state.failures = 0
        state.places[place] = .open(link)
      case .failure(let error):
        state.failures += 1
        state.lastFailure = error
        state.notBefore = now + rules.pause(afterFailures: state.failures, random: &state.random)
        state.places[place] = .empty
      }
      return (waiters, nil)
    }
    for waiter in waiters {
      waiter.yield(result)
      waiter.finish()
    }
    if let unwanted { await unwanted.channel.close() }
  }

  /// Gives up a connection that no longer answers; the next call opens another one.
  func retire(_ link: Link) {
    state.withLockedValue { state in
      for place in state.places.indices {
        if case .open(let open) = state.places[place], open.number == link.number {
          state.places[place] = .empty
        }
      }
    }
    Task { await link.channel.close() }
  }

  /// Closes every connection, for good.
  func close() async {
    let (links, waiters) = state.withLockedValue { state -> ([Link], [Waiter]) in
      state.isClosed = true
      var links: [Link] = []
      var waiters: [Waiter] = []
      for place in state.places.indices {
        switch state.places[place] {
        case .empty: break
        case .connecting(let waiting): waiters += waiting
        case .open(let link): links.append(link)
        }
        state.places[place] = .empty
      }
      return (links, waiters)
    }
    for waiter in waiters {
      waiter.yield(.failure(CallError(.clientClosed, "the client was closed")))
      waiter.finish()
    }
    for link in links { await link.channel.close() }
  }
}
