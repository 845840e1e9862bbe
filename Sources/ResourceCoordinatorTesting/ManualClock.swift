import NIOConcurrencyHelpers
public import ResourceCoordinatorClient

/// A clock that stands still until it is moved by hand.
public final class ManualClock: Sendable {
  private struct Sleeper {
    let id: UInt64
    let until: Duration
    let continuation: CheckedContinuation<Bool, Never>
  }

  private struct Watcher {
    let count: Int
    let continuation: CheckedContinuation<Void, Never>
  }

  private struct State {
    var now = Duration.zero
    var sleepers: [Sleeper] = []
    var watchers: [Watcher] = []
    var nextID: UInt64 = 0
    var cancelled: Set<UInt64> = []
  }

  private let state = NIOLockedValueBox(State())

  /// A clock at zero.
  public init() {}

  /// The time since the clock was made.
  public var now: Duration { state.withLockedValue { $0.now } }

  /// The clock for ``ClientOptions/clock``.
  public var clientClock: ClientClock {
    ClientClock(now: { self.now }, sleepUntil: { try await self.sleep(until: $0) })
  }

  /// Moves the clock and wakes who slept until then, earliest first.
  public func advance(by duration: Duration) {
    precondition(duration >= .zero, "time does not go back")
    let due = state.withLockedValue { state -> [Sleeper] in
      state.now += duration
      let due = state.sleepers.filter { $0.until <= state.now }.sorted { $0.until < $1.until }
      state.sleepers.removeAll { $0.until <= state.now }
      return due
    }
    for sleeper in due { sleeper.continuation.resume(returning: true) }
  }

  /// Sleeps until the clock shows the time; throws `CancellationError` if the task is cancelled.
  public func sleep(until time: Duration) async throws {
    let id = state.withLockedValue { state in
      state.nextID += 1
      return state.nextID
    }
    let slept = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let sleeper = Sleeper(id: id, until: time, continuation: continuation)
        let (result, watchers) = add(sleeper)
        if let result { continuation.resume(returning: result) }
        for watcher in watchers { watcher.continuation.resume() }
      }
    } onCancel: {
      cancel(id)
    }
    state.withLockedValue { _ = $0.cancelled.remove(id) }
    guard slept else { throw CancellationError() }
  }

  /// Lets a task sleep, unless it need not or may not; who waited for that.
  private func add(_ sleeper: Sleeper) -> (result: Bool?, [Watcher]) {
    state.withLockedValue { state in
      if state.cancelled.contains(sleeper.id) { return (false, []) }
      if sleeper.until <= state.now { return (true, []) }
      state.sleepers.append(sleeper)
      let count = state.sleepers.count
      let watchers = state.watchers.filter { $0.count <= count }
      state.watchers.removeAll { $0.count <= count }
      return (nil, watchers)
    }
  }

  private func cancel(_ id: UInt64) {
    let sleeper = state.withLockedValue { state -> Sleeper? in
      guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
        state.cancelled.insert(id)
        return nil
      }
      return state.sleepers.remove(at: index)
    }
    sleeper?.continuation.resume(returning: false)
  }

  /// Waits until at least so many tasks sleep on this clock: then nothing more happens before it is moved.
  public func waitForSleepers(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLockedValue { state in
        if state.sleepers.count >= count { return true }
        state.watchers.append(Watcher(count: count, continuation: continuation))
        return false
      }
      if isThere { continuation.resume() }
    }
  }
}
