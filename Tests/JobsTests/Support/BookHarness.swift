import Model
import Testing

@testable import Jobs

/// A book with a second one beside it that only sees the recorded bytes.
struct BookHarness {
  var book: JobBook
  var mirror: JobBook
  var now = Instant(nanoseconds: 1_700_000_000_000_000_000)
  var entropy: Entropy
  var events: [JobEvent] = []
  var records: [[UInt8]] = []

  init(settings: JobSettings = JobSettings(), seed: UInt64 = 1) {
    book = JobBook(settings: settings)
    mirror = book
    entropy = Entropy(seed: seed)
  }

  /// Lets what is due happen, then runs a command.
  @discardableResult
  mutating func run(
    _ command: JobCommand, by actor: JobActor = .principal("ann")
  ) throws(JobRefusal) -> [JobDecision] {
    pass()
    let decisions = try book.decide(command, at: now, entropy: &entropy)
    for decision in decisions { apply(decision, by: actor, at: now) }
    pass()
    return decisions
  }

  mutating func wait(seconds: Int64) {
    now = now + .seconds(seconds)
    pass()
  }

  mutating func pass() {
    while let (at, decisions) = book.due(by: now) {
      for decision in decisions { apply(decision, by: .time, at: at) }
    }
  }

  private mutating func apply(_ decision: JobDecision, by actor: JobActor, at: Instant) {
    var sink = ByteSink()
    JobRecording.write(decision, by: actor, at: at, after: book.decidedAt, to: &sink)
    #expect(sink.bytes[0] >= 128)
    #expect(book.accepts(decision, at: at))
    book.evolve(decision, at: at)
    do {
      let event = try JobRecording.read(
        sink.bytes[...], sequence: book.revision, after: mirror.decidedAt)
      #expect(event.decision == decision)
      #expect(event.actor == actor)
      #expect(mirror.accepts(event.decision, at: event.at))
      mirror.evolve(event.decision, at: event.at)
      events.append(event)
      records.append(sink.bytes)
    } catch {
      Issue.record("\(decision): \(error)")
    }
  }

  // MARK: Short ways

  func specification(_ body: String = "{}") -> JobSpecification {
    do {
      var members = [
        JSONValue.Member("name", .string("job")),
        JSONValue.Member("command", .array([.string("true")])),
      ]
      if case .object(let more) = try JSONParser.parse(body) {
        members = members.filter { member in !more.contains { $0.key == member.key } } + more
      }
      return try JobSpecification(.object(members))
    } catch {
      Issue.record("\(error)")
      return JobSpecification()
    }
  }

  mutating func submit(
    _ body: String = "{}", owner: Text = "ann", key: Text? = nil
  ) throws(JobRefusal) -> JobKey {
    let next = JobKey(book.nextJob)
    try run(
      .submit(
        JobSubmission(
          specification(body), owner: owner, project: "p", idempotencyKey: key)),
      by: .principal(owner))
    return next
  }

  mutating func place(_ key: JobKey, on nodes: [Text] = ["n1"]) throws(JobRefusal) {
    let gpus = Int(book.jobs[key]?.specification.resources.gpuCount ?? 0)
    try run(
      .place(
        PlacementProposal(
          job: key, revision: book.revision, lease: "lease",
          ranks: nodes.map { Rank(node: $0, gpus: Array(0..<gpus)) })), by: .planner)
  }

  func attempt(_ key: JobKey) -> AttemptID {
    AttemptID(key, book.jobs[key]?.phase.attempt?.number ?? 0)
  }

  mutating func start(_ key: JobKey, on nodes: [Text] = ["n1"]) throws(JobRefusal) {
    try place(key, on: nodes)
    try run(.start(attempt(key)), by: .executor)
    for rank in nodes.indices {
      try run(.attemptStarted(attempt(key), rank: rank, identity: Text("p\(rank)")), by: .executor)
    }
  }

  mutating func end(_ key: JobKey, code: Int32 = 0) throws(JobRefusal) {
    try run(.attemptEnded(attempt(key), AttemptResult(exitCode: code)), by: .executor)
  }

  func status(_ key: JobKey) -> JobStatus? { book.jobs[key]?.status }

  /// The states that a job went through.
  func trace(_ key: JobKey) -> [JobStatus] {
    events.compactMap { event in
      switch event.decision {
      case .submitted(let identity, _, _) where identity.key == key: .pending
      case .moved(key, _, let phase): phase.status
      default: nil
      }
    }
  }

  static func bytes(_ book: JobBook) -> [[UInt8]] {
    var chunks: [[UInt8]] = []
    JobSnapshot.write(book, chunkBytes: 2000) { chunks.append($0) }
    return chunks
  }
}
