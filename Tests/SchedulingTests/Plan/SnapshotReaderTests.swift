import Model
import Scheduling
import Testing

/// What is read, and where it is wrong.
@Suite struct SnapshotReaderTests {
  @Test(arguments: [
    (
      "{\"nodes\": [{\"name\": \"n\", \"cpuu\": 3}]}",
      "1:26: nodes[0].cpuu: unknown key (did you mean cpu or cpus?)"
    ),
    (
      "{\n  \"nodes\": [\n    {\"name\": \"n\", \"cpu\": -1}]}",
      "3:26: nodes[0].cpu: expected a number from 0"
    ),
    (
      "{\"jobs\": [{\"name\": \"j\", \"cpu\": 0.0005}]}",
      "1:32: jobs[0].cpu: expected a number from 0"
    ),
    (
      "{\"jobs\": [{\"name\": \"j\", \"priority\": 2147483648}]}",
      "jobs[0].priority: expected a whole number from -2147483648"
    ),
    ("{\"jobs\": [{\"name\": \"j\"}, {\"name\": \"j\"}]}", "jobs[1]: the job \"j\" is there twice"),
    ("{\"jobs\": [{\"cpu\": 1}]}", "1:11: jobs[0]: `name` is missing"),
    (
      "{\"jobs\": [{\"name\": \"j\", \"created\": \"yesterday\"}]}",
      "jobs[0].created: expected seconds since 1970"
    ),
    (
      "{\"jobs\": [{\"name\": \"j\", \"cpu\": 1, \"cpus\": 2}]}",
      "jobs[0].cpus: `cpu` says the same"
    ),
    ("{\"jobs\": [{\"name\": \"j\", \"gpus\": 1.5}]}", "a task takes whole GPUs, or a part of one"),
    (
      "{\"jobs\": [{\"name\": \"j\", \"dependencies\": [\"k\"]}]}",
      "jobs[0].dependencies[0]: unknown name \"k\""
    ),
    (
      "{\"queues\": [{\"name\": \"train\"}], \"jobs\": [{\"name\": \"j\", \"queue\": \"trian\"}]}",
      "unknown name \"trian\" (did you mean train?)"
    ),
    (
      "{\"queues\": [{\"name\": \"a\", \"nominal\": {\"gpus\": {\"A100\": 1}}}, {\"name\": \"b\", \"nominal\": {\"gpus\": 1}}]}",
      "count GPUs by model in all queues or in none"
    ),
    (
      "{\"nodes\": [{\"name\": \"n\"}, {\"name\": \"m\"}], \"running\": [{\"name\": \"j\"}]}",
      "`node` is missing: where does the job run?"
    ),
    (
      "{\"pending\": [{\"name\": \"j\", \"admitted\": 3}]}",
      "called pending, and running at the same time"
    ),
    ("{\"policy\": \"fairshare\"}", "policy: unknown name \"fairshare\" (did you mean fair_share"),
    (
      "{\"policy\": {\"backfill\": {\"depth\": -1}}}",
      "policy.backfill.depth: expected a whole number from 0"
    ),
    ("{\"now\": 1,}", "1:11: expected a key in double quotes"),
    ("[]", "1:1: expected an object, got an array"),
  ])
  func `what makes no sense is refused with its place`(text: String, message: String) {
    #expect {
      _ = try Snapshot.parse(Array(text.utf8))
    } throws: { error in
      "\(error)".contains(message)
    }
  }

  @Test(arguments: [
    (
      "{\"nodes\": [{\"name\": \"n\", \"cpu\": 2}], \"running\": [{\"name\": \"a\", \"cpu\": 3}]}",
      "job a, task 0: it cannot run on node n beside the others: too little CPU free"
    ),
    (
      "{\"nodes\": [{\"name\": \"n\", \"gpus\": 1}], \"running\": [{\"name\": \"a\", \"gpus\": 1}, {\"name\": \"b\", \"gpu_milli\": 1}]}",
      "too little of its GPUs is free"
    ),
    (
      "{\"queues\": [{\"name\": \"a\", \"parent\": \"b\"}, {\"name\": \"b\", \"parent\": \"a\"}]}",
      "its own ancestor"
    ),
  ])
  func `what contradicts itself makes no plan`(text: String, message: String) throws {
    let (snapshot, now) = try Snapshot.parse(Array(text.utf8))
    #expect {
      _ = try Scheduling.plan(snapshot, at: now)
    } throws: { error in
      "\(error)".contains(message)
    }
  }

  @Test(arguments: [
    (
      #""policy": {"migration": {"limit": 0}}"#,
      "policy.migration.limit: expected a whole number from 1 to 1000"
    ),
    (#""policy": {"migration": {"for": "k"}}"#, "policy.migration.for: unknown name \"k\""),
    (
      #""jobs": [{"name": "j", "movable": {"cost_mb": 1, "cost_seconds": 1}}]"#,
      "jobs[0].movable.cost_mb: `cost_seconds` says the same"
    ),
    (
      #""bookings": [{"name": "b", "node": "n", "start": 1, "end": 2}]"#,
      "bookings[0]: whose is it? `users` and `projects` are missing"
    ),
    (
      #""bookings": [{"name": "b", "user": "u", "node": "n", "count": 1, "start": 1, "end": 2}]"#,
      "bookings[0]: name its `nodes`, their `count`, or how many `gpus`, one of them"
    ),
    (
      #""bookings": [{"name": "b", "user": "u", "node": "n", "start": 2, "end": 2}]"#,
      "bookings[0].end: it ends before it starts"
    ),
    (
      #""bookings": [{"name": "b", "user": "u", "node": "n", "gpu_model": "T4", "start": 1, "end": 2}]"#,
      "bookings[0].gpu_model: the nodes are named already"
    ),
    (
      #""bookings": [{"name": "b", "user": "u", "node": "m", "start": 1, "end": 2}]"#,
      "bookings[0].node: unknown name \"m\""
    ),
    (
      #""maintenance": [{"node": "n", "start": 2, "end": 1}]"#,
      "maintenance[0].end: it ends before it starts"
    ),
    (
      #""jobs": [{"name": "j", "active_hours": {"start": "25:00", "end": "06:00"}}]"#,
      "jobs[0].active_hours.start: expected a time of day such as \"22:00\""
    ),
    (
      #""jobs": [{"name": "j", "active_hours": {"start": "2:00", "end": "06:00"}}]"#,
      "jobs[0].active_hours.start: expected a time of day"
    ),
    (
      #""jobs": [{"name": "j", "active_hours": {"days": ["monday"], "start": "02:00", "end": "06:00"}}]"#,
      "jobs[0].active_hours.days[0]: unknown name \"monday\""
    ),
    (
      #""jobs": [{"name": "j", "failures": 1}]"#, "jobs[0].failures: `failed_at` is missing"
    ),
    (
      #""jobs": [{"name": "j", "failed_at": 1}]"#, "jobs[0].failed_at: `failures` is missing"
    ),
    (
      #""policy": {"retry": {"multiplier": 0.5}}"#,
      "policy.retry.multiplier: expected a factor of at least 1"
    ),
    (
      #""jobs": [{"name": "j", "dependencies": [{"type": "success", "artifact": "a"}]}]"#,
      "jobs[0].dependencies[0].artifact: only a dependency of the type data names an artifact"
    ),
    (
      #""running": [{"name": "j", "node": "n", "state": "suspended"}]"#,
      "running[0]: the job is called pending, and running at the same time"
    ),
  ])
  func `what a calendar, a move or a past contradicts is told with its place`(
    part: String, message: String
  ) {
    #expect {
      _ = try Snapshot.parse(Array("{\"nodes\": [{\"name\": \"n\"}], \(part)}".utf8))
    } throws: { error in
      "\(error)".contains(message)
    }
  }

  @Test(arguments: [
    ("2026-01-31T12:00:00Z", 1_769_860_800_000_000_000),
    ("2026-01-31t13:30:00.25+01:30", 1_769_860_800_250_000_000),
    ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59Z", -1_000_000_000),
    ("2000-02-29T00:00:00-00:30", 951_784_200_000_000_000),
  ])
  func `times are read as RFC 3339 writes them`(text: String, nanoseconds: Int64) throws {
    let (_, now) = try Snapshot.parse(Array("{\"now\": \"\(text)\"}".utf8))
    #expect(now.nanoseconds == nanoseconds)
  }

  @Test(arguments: [
    "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00",
    "2026-01-01", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00.Z",
  ])
  func `other texts are no times`(text: String) {
    #expect(throws: SnapshotError.self) {
      _ = try Snapshot.parse(Array("{\"now\": \"\(text)\"}".utf8))
    }
  }

  @Test func `now is the latest that happened, where it is not said`() throws {
    let text = """
      {"pending": [{"name": "a", "created": 5}], "running": [{"name": "b", "created": 2, "admitted": 7.5}]}
      """
    #expect(try Snapshot.parse(Array(text.utf8)).now == Instant(nanoseconds: 7_500_000_000))
  }

  @Test(
    arguments: QuotaCases.all + PlaceCases.all + MoveCases.all + CalendarCases.all
      + LifecycleCases.all)
  func `the order of lists means nothing`(scenario: PlanCase) throws {
    let value = try JSONParser.parse(scenario.json)
    let expected = try PlanTrial.plan(value.text).json.text
    for seed in UInt64(1)...3 {
      var random = SeededRandom(seed: seed)
      let shuffled = Self.shuffled(value, &random).text
      #expect(try PlanTrial.plan(shuffled).json.text == expected, "seed \(seed)")
    }
  }

  /// The lists of the outermost object, shuffled.
  private static func shuffled(_ value: JSONValue, _ random: inout SeededRandom) -> JSONValue {
    guard case .object(var members) = value else { return value }
    for (index, member) in members.enumerated() {
      if case .array(let values) = member.value {
        members[index].value = .array(values.shuffled(using: &random))
      }
    }
    return .object(members.shuffled(using: &random))
  }

  @Test(arguments: [
    ([0, 1], false, 2, 9), ([0, 1], true, 2, 4), ([0, 2, 1], false, 3, 13), ([1], false, 5, 7),
    ([], false, 1, 1),
  ])
  func `a value is found again in its text`(
    steps: [Int], isKey: Bool, line: Int, column: Int
  ) {
    let text = """
      {"a\\"}": {"x": "]}\\\\",
         "y": 7,
        "z": [{}, [1, {"q": "\\""}]]
        },
       "b": null}
      """
    let location = JSONLocation(of: steps, isKey: isKey, in: Array(text.utf8))
    #expect((location.line, location.column) == (line, column))
  }
}

/// What queues and users deserve.
@Suite struct PlanShareTests {
  private func fair(_ queues: String, _ pending: String = "") throws -> [String: [Int64]] {
    let plan = try PlanTrial.plan(
      "{\"nodes\": [{\"name\": \"n\", \"gpus\": 10}], \"queues\": [\(queues)], \"pending\": [\(pending)]}"
    )
    var shares: [String: [Int64]] = [:]
    let gpu = plan.columns.firstIndex { $0.name == "gpus" } ?? 0
    for share in plan.queueShares { shares[share.queue] = [share.fair[gpu], share.capped[gpu]] }
    return shares
  }

  @Test func `what is over the quotas is split by weight`() throws {
    let shares = try fair(
      """
      {"name": "a", "nominal": {"gpus": 2}, "weight": 1}, {"name": "b", "nominal": {"gpus": 2}, "weight": 2}
      """)
    #expect(shares["a"]?[0] == 4000)
    #expect(shares["b"]?[0] == 6000)
  }

  @Test func `the remainder goes to the largest fraction, then to the older`() throws {
    let shares = try fair(
      """
      {"name": "a", "nominal": {"gpus": 0}, "created": 3}, {"name": "b", "nominal": {"gpus": 0}, "created": 1},
      {"name": "c", "nominal": {"gpus": 0}, "created": 2}
      """)
    #expect(shares.mapValues { $0[0] } == ["a": 3000, "b": 4000, "c": 3000])
  }

  @Test func `without weight a queue deserves its quota and no more`() throws {
    let shares = try fair(
      """
      {"name": "a", "nominal": {"gpus": 1}, "weight": 0}, {"name": "b", "nominal": {"gpus": 2}}
      """)
    #expect(shares.mapValues { $0[0] } == ["a": 1000, "b": 9000])
  }

  @Test func `what one does not ask goes to the others`() throws {
    let shares = try fair(
      """
      {"name": "a", "nominal": {"gpus": 0}}, {"name": "b", "nominal": {"gpus": 0}}
      """,
      """
      {"name": "j", "queue": "a", "gpus": 1, "tasks": 2}, {"name": "k", "queue": "b", "gpus": 1, "tasks": 20}
      """)
    #expect(shares.mapValues { $0[1] } == ["a": 2000, "b": 8000])
  }
}
