import Model
import Rehearsal
import Testing

@Suite struct PlayTests {
  static let one = #"{"config": {"response_mode": "respect_limits", "gpu_capacity": 10}}"#

  static func request(
    _ at: String, _ name: String, _ id: String, _ quantity: Int, _ rest: String = ""
  ) -> String {
    #"{"at": \#(at), "as": "\#(name)", "call": "request_resource", "#
      + #""request": {"request_id": "\#(id)", "pool": "gpu", "quantity": \#(quantity)\#(rest)}}"#
  }

  static func play(_ lines: String..., options: Player.Options = Player.Options()) throws
    -> [JSONValue]
  {
    try Rehearsal.json(
      try Rehearsal.play(([one] + lines).joined(separator: "\n"), options: options))
  }

  @Test func `a reply has its six keys, in their order`() throws {
    let lines = try Rehearsal.play(Self.request("3.1", "trainer", "a", 4))
    guard case .object(let members) = try JSONParser.parse(lines[0]) else { return }
    #expect(members.map(\.key) == ["at", "as", "call", "code", "reply", "details"])
    #expect(lines[0].hasPrefix(#"{"at":3.1,"as":"trainer","call":"request_resource","code":0,"#))
  }

  @Test func `the caller is the component where the request names none`() throws {
    let status = try #require(try Self.play(Self.request("0", "trainer", "a", 4)).last)
    guard case .array(let pools) = Rehearsal.value(status, "status.statuses"),
      case .array(let allocations) = pools[0]["allocations"]
    else {
      Issue.record("no allocations")
      return
    }
    #expect(allocations[0]["component"] == .string("trainer"))
  }

  @Test func `the last line is the status at the end`() throws {
    let lines = try Self.play(Self.request("2", "trainer", "a", 4))
    #expect(lines.last?["at"] == .number("2"))
    #expect(lines.last?["status"] != nil)
    #expect(lines.count == 2)
  }

  @Test func `a token is known by the id of its request`() throws {
    let lines = try Self.play(
      Self.request("0", "trainer", "a", 4),
      #"{"at":1,"as":"trainer","call":"release_resource","request":{"request_id":"a","token":"$a"}}"#
    )
    #expect(Rehearsal.value(lines[1], "reply.success") == .bool(true))
  }

  @Test func `a token that nobody was given is told and refused`() throws {
    let result = try Rehearsal.run(
      #"{"at":1,"as":"x","call":"release_resource","request":{"request_id":"a","token":"$a"}}"#)
    let line = try JSONParser.parse(result.lines[0])
    #expect(Rehearsal.value(line, "reply.success") == .bool(false))
    #expect(result.notes.count == 1)
    #expect(result.notes.first?.contains("\"a\"") == true)
  }

  @Test func `the same script and seed print the same bytes, another seed other tokens`() throws {
    let script = Self.request("0", "trainer", "a", 4)
    #expect(try Rehearsal.play(script, seed: 7) == Rehearsal.play(script, seed: 7))
    #expect(try Rehearsal.play(script, seed: 7) != Rehearsal.play(script, seed: 8))
  }

  @Test func `what is due at an instant comes before the lines of the instant`() throws {
    let lines = try Self.play(
      Self.request("0", "a", "a", 10, #", "duration": 2.000000001"#),
      Self.request("2.000000001", "b", "b", 10))
    #expect(lines[1]["event"] == .string("expired"))
    #expect(lines[1]["at"] == .number("2.000000001"))
    #expect(Rehearsal.value(lines[2], "reply.status") == .string("REQUEST_STATUS_GRANTED"))
  }

  @Test func `one nanosecond earlier the lease is still there`() throws {
    let lines = try Self.play(
      Self.request("0", "a", "a", 10, #", "duration": 2.000000001"#),
      Self.request("2", "b", "b", 10))
    #expect(Rehearsal.value(lines[1], "reply.status") == .string("REQUEST_STATUS_DENIED"))
  }

  @Test func `of two expiries of one instant the older lease goes first`() throws {
    let lines = try Self.play(
      Self.request("0", "a", "late", 3, #", "duration": 5"#),
      Self.request("1", "a", "early", 3, #", "duration": 3"#),
      Self.request("1", "a", "same", 3, #", "duration": 4"#), #"{"at": 9}"#)
    let expired = lines.filter { $0["event"] == .string("expired") }
    #expect(expired.map { $0["request_id"]?.stringValue } == ["early", "late", "same"])
    #expect(expired.map { $0["at"] } == [.number("4"), .number("5"), .number("5")])
  }

  @Test func `a wait is played to its end behind the last line`() throws {
    let lines = try Self.play(
      Self.request("0", "a", "a", 10),
      Self.request("1", "b", "b", 10, #", "wait": true, "timeout": 4.5"#))
    #expect(lines[2]["event"] == .string("queue_timeout"))
    #expect(lines[2]["at"] == .number("5.5"))
    #expect(lines[3]["at"] == .number("5.5"))
  }

  @Test func `a grant that nobody fetches is taken back`() throws {
    let lines = try Self.play(
      Self.request("0", "a", "a", 10, #", "duration": 2"#),
      Self.request("1", "b", "b", 10, #", "wait": true"#))
    let events = lines.compactMap { $0["event"]?.stringValue }
    #expect(events == ["expired", "granted", "claim_lapsed"])
    #expect(lines.last?["at"] == .number("12"))
  }

  @Test func `a stream has a line for each reply and tells its end`() throws {
    let lines = try Self.play(
      Self.request("0", "a", "a", 10, #", "duration": 2"#),
      Self.request("1", "b", "b", 10, #", "wait": true"#),
      #"{"at":1,"as":"b","call":"await_grant","request":{"request_id":"b"}}"#)
    let stream = lines.filter { $0["call"] == .string("await_grant") }
    #expect(stream.map { $0["end"] } == [.bool(false), .bool(true)])
    #expect(Rehearsal.value(stream[1], "reply.status") == .string("REQUEST_STATUS_GRANTED"))
    #expect(Rehearsal.value(stream[1], "reply.response.token") != nil)
    #expect(stream[1]["at"] == .number("2"))
  }

  @Test func `a refusal has its code, its words and no reply`() throws {
    let lines = try Self.play(
      #"{"at":0,"as":"a","call":"request_resource","request":{"pool":"gpu","quantity":1}}"#)
    #expect(lines[0]["code"] == .number("3"))
    #expect(lines[0]["reply"] == .null)
    #expect(lines[0]["message"]?.stringValue?.contains("request_id") == true)
  }

  @Test func `a lost connection takes its waiter out of the queue after the grace`() throws {
    let lines = try Self.play(
      Self.request("0", "a", "a", 10),
      Self.request("1", "b", "b", 10, #", "wait": true, "cancelOnDisconnect": true"#),
      #"{"at":2,"as":"b","call":"disconnect"}"#, #"{"at":20}"#,
      options: Player.Options(showsAllEvents: true))
    let cancelled = try #require(lines.first { $0["event"] == .string("cancelled") })
    #expect(cancelled["at"] == .number("12"))
  }

  @Test func `a caller that is silent for a day keeps its connection`() throws {
    let again = Self.request("86400", "a", "a", 4, #", "duration": 90000"#)
    let lines = try Self.play(Self.request("0", "a", "a", 4, #", "duration": 90000"#), again)
    let tokens = lines.prefix(2).map { Rehearsal.value($0, "reply.token") }
    #expect(tokens[0] != nil)
    #expect(tokens[0] == tokens[1])
  }

  @Test func `an end cuts the script, and idle runs until every lease has ended`() throws {
    let script = [
      Self.one, Self.request("0", "a", "a", 4, #", "duration": 50"#),
      Self.request("9", "a", "b", 4),
    ].joined(separator: "\n")
    let cut = try Rehearsal.json(
      Rehearsal.play(
        script, options: Player.Options(end: .at(Instant(nanoseconds: 5_500_000_000)))))
    #expect(cut.count == 2)
    #expect(cut.last?["at"] == .number("5.5"))
    let idle = try Rehearsal.json(Rehearsal.play(script, options: Player.Options(end: .idle)))
    #expect(idle.compactMap { $0["event"]?.stringValue } == ["expired", "expired"])
  }

  @Test func `calls and fields are read in camelCase too`() throws {
    let lines = try Self.play(
      #"{"at":0,"as":"a","call":"requestResource","request":{"requestId":"a","pool":"gpu","quantity":1}}"#
    )
    #expect(Rehearsal.value(lines[0], "reply.status") == .string("REQUEST_STATUS_GRANTED"))
    #expect(lines[0]["call"] == .string("request_resource"))
  }

  @Test(arguments: [
    (#"{"at": 0, "as": "a", "call": "health_check""#, 44, "not JSON"),
    (#"{"at": 0, "as": "a", "call": "health_chek"}"#, 22, "did you mean"),
    (#"{"at": -1, "as": "a", "call": "health_check"}"#, 2, "seconds from 0"),
    (#"{"at": 0.0000000001, "as": "a", "call": "health_check"}"#, 2, "9 decimals"),
    (#"{"as": "a", "call": "health_check"}"#, 1, "\"at\" is missing"),
    (#"{"at": 0, "call": "health_check"}"#, 1, "\"as\" is missing"),
    (#"{"at": 0, "as": "a", "cal": "health_check"}"#, 22, "did you mean"),
    (
      #"{"at": 0, "as": "a", "call": "request_resource", "request": {"request_id": "a", "quantity": "x"}}"#,
      81, "an integer"
    ),
    (#"{"at": 0, "as": "a", "call": "explain", "request": {"requst": {}}}"#, 53, "did you mean"),
    (#"[1]"#, 1, "expected an object"),
    (#"{"config": {}}"#, 2, "first line"),
  ])
  func `a bad line is named with its place`(line: String, column: Int, words: String) throws {
    let error = #expect(throws: PlayError.self) {
      try Rehearsal.play(Self.one + "\n\n" + line)
    }
    #expect(error?.line == 3)
    #expect(error?.column == column)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func `lines out of their order are refused`() throws {
    let error = #expect(throws: PlayError.self) {
      try Self.play(#"{"at": 2}"#, #"{"at": 1}"#)
    }
    #expect(error?.line == 3)
    #expect(error?.message.contains("before the line above") == true)
  }

  @Test func `a mistake in the configuration is told at its place in the script`() throws {
    let error = #expect(throws: (any Error).self) {
      try Rehearsal.play(#"{"config": {"response_mood": "respect_limits"}}"#)
    }
    #expect("\(try #require(error))".hasPrefix("script:1:13: response_mood"))
  }
}
