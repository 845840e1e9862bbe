import Model
import NIOCore

/// Sends the state to every browser that follows it.
///
/// A change is read and encoded once, however many follow, and at most once each ``Limits/pageInterval``. Every
/// follower has room for one state that it has not taken yet; a newer one replaces it, so a slow browser gets
/// the latest state and never a queue.
actor StatusHub {
  private struct Follower {
    let states: AsyncStream<ByteBuffer>.Continuation
    /// Ends the connection.
    let cut: @Sendable () -> Void
    /// Since when it has not taken what it was offered.
    var stalledSince: ContinuousClock.Instant?
  }

  private let reader: CoordinatorReader
  private let limits: Limits
  /// Tells the states of this process from those of the one before, whose numbers began at the same place.
  private let instance: String
  private var followers: [UInt64: Follower] = [:]
  private var nextFollower: UInt64 = 0
  /// Counts the states that were sent.
  private(set) var sequence: UInt64 = 0
  private var latest: ByteBuffer?
  private var isStopped = false
  /// Followers that were cut off because they took nothing for ``Limits/writeStall``.
  private(set) var droppedCount: UInt64 = 0

  private let wakes: AsyncStream<Void>
  private let wake: AsyncStream<Void>.Continuation

  init(reader: CoordinatorReader, limits: Limits) {
    self.reader = reader
    self.limits = limits
    instance = String(UInt64.random(in: 1...UInt64.max), radix: 36)
    (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  var followerCount: Int { followers.count }

  /// Follows the state: the present one at once, unless `lastEventID` says that it is known, then newer ones.
  func follow(
    lastEventID: String?, cut: @escaping @Sendable () -> Void
  ) throws(Problem) -> AsyncStream<ByteBuffer> {
    guard followers.count < limits.pageStreams else { throw .tooManyStreams(limits.pageStreams) }
    let (stream, states) = AsyncStream<ByteBuffer>.makeStream(bufferingPolicy: .bufferingNewest(1))
    guard !isStopped else {
      states.finish()
      return stream
    }
    nextFollower += 1
    let follower = nextFollower
    // The stream's end is what ends this capture.
    states.onTermination = { _ in Task { await self.forget(follower) } }
    // With nobody following, the latest state may be old.
    if let latest, !followers.isEmpty, lastEventID != eventID { states.yield(latest) }
    followers[follower] = Follower(states: states, cut: cut)
    wake.yield()
    return stream
  }

  private func forget(_ follower: UInt64) { followers[follower] = nil }

  private var eventID: String { "\(instance)-\(sequence)" }

  /// Follows the coordinator until it is cancelled, then ends all streams.
  func run() async {
    await withDiscardingTaskGroup { group in
      group.addTask { await self.relayChanges() }
      group.addTask { await self.beat() }
      for await _ in wakes where !followers.isEmpty {
        guard !Task.isCancelled else { break }
        await publish()
        try? await Task.sleep(for: .nanoseconds(limits.pageInterval.nanoseconds))
      }
      group.cancelAll()
    }
    isStopped = true
    for follower in followers.values { follower.states.finish() }
  }

  private func publish() async {
    let number = sequence + 1
    let state = await reader.snapshot(sequence: number).document
    sequence = number
    var frame = ByteBuffer()
    frame.writeString("id: \(eventID)\nevent: state\ndata: ")
    frame.writeBytes(state.bytes)
    frame.writeString("\n\n")
    latest = frame
    offer(frame)
  }

  private func offer(_ frame: ByteBuffer) {
    let now = ContinuousClock.now
    for (number, follower) in followers {
      guard case .dropped = follower.states.yield(frame) else {
        followers[number]?.stalledSince = nil
        continue
      }
      let since = follower.stalledSince ?? now
      followers[number]?.stalledSince = since
      guard now - since >= .nanoseconds(limits.writeStall.nanoseconds) else { continue }
      droppedCount += 1
      follower.states.finish()
      follower.cut()
    }
  }

  private nonisolated func relayChanges() async {
    while !Task.isCancelled {
      for await _ in await reader.handle.changes() { wake.yield() }
      // The coordinator is gone or was never there: show that, and look again.
      wake.yield()
      try? await Task.sleep(for: .seconds(1))
    }
  }

  private nonisolated func beat() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .nanoseconds(limits.pageHeartbeat.nanoseconds))
      wake.yield()
    }
  }
}
