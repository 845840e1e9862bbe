import Model
import Testing

@testable import Jobs

/// What a slow and simple second opinion says of a book: linear scans over the jobs and over what happened.
enum NaiveJobs {
  /// The indexes against scans.
  static func check(_ book: JobBook) {
    let records = book.jobs.values.sorted { $0.key < $1.key }
    #expect(book.placeable.sorted() == records.filter(\.isPlaceable).map(\.key))
    #expect(book.alarms.count == records.count { book.alarm(of: $0) != nil } + book.bookings.count)
    let times = records.compactMap(book.alarm) + book.bookings.values.map(\.end)
    #expect(book.nextDeadline == times.min().map { max($0, book.decidedAt) })
    for name in book.queues.keys {
      let live = records.filter { record in
        Text(record.specification.queueName) == name && !record.status.isEnded
      }
      #expect(book.liveJobs(inQueue: name) == live.count)
      for owner: Text in ["ann", "bob"] {
        #expect(
          book.loads[name]?.byOwner[owner] ?? 0 == live.count { $0.identity.owner == owner })
      }
    }
    for number in 0..<3 {
      let node = Text("n\(number)")
      let there = records.filter { record in
        record.phase.attempt?.ranks.contains { $0.node == node } ?? false
      }
      #expect(book.jobs(onNode: node) == there.map(\.key))
    }
    for record in records {
      let waiting = records.filter { other in
        other.status == .pending
          && other.dependencies.contains { $0.job == record.key && $0.satisfiedAt == nil }
      }
      #expect((book.dependents[record.key] ?? []).sorted() == waiting.map(\.key))
    }
  }

  /// The events alone: attempts of one job never overlap, none comes twice, and no job is changed after its last state.
  static func check(_ events: [JobEvent]) {
    var open: [JobKey: Int] = [:]
    var last: [JobKey: Int] = [:]
    var ended: Set<JobKey> = []
    for event in events {
      guard case .moved(let key, _, let phase) = event.decision else { continue }
      #expect(!ended.contains(key), "job \(key.number) changed after its end")
      if let attempt = phase.attempt {
        if let number = open[key] {
          #expect(number == attempt.number, "two attempts of job \(key.number) at once")
        } else {
          #expect(attempt.number == (last[key] ?? 0) + 1)
          open[key] = attempt.number
          last[key] = attempt.number
        }
      } else {
        open[key] = nil
      }
      if phase.status == .completed || phase.status == .cancelled { ended.insert(key) }
    }
  }
}
