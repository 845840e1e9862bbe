/// What is booked, in maintenance, or outside of somebody's hours. The epoch is a Thursday, midnight.
enum CalendarCases {
  static let all = bookings + maintenance + hours

  private static func one(_ bookings: String, _ pending: String, now: Int = 0) -> String {
    """
    {"now": \(now), "nodes": [{"name": "n1", "cpu": 4}], "policy": {"order": "fifo"}, "bookings": [\(bookings)], "pending": [\(pending)]}
    """
  }

  private static func three(_ bookings: String, _ rest: String = "") -> String {
    """
    {"now": 0, "nodes": [{"name": "n1", "gpus": 2, "gpu_model": "A100", "labels": {"rack": "1"}}, {"name": "n2", "gpus": 2, "gpu_model": "A100"},
      {"name": "n3", "gpus": 4, "gpu_model": "T4", "labels": {"rack": "1"}}], "bookings": [\(bookings)]\(rest)}
    """
  }

  private static let demo =
    #"{"name": "demo", "users": ["ann"], "nodes": ["n1"], "start": 100, "end": 200}"#

  private static let bookings = [
    PlanCase(
      "jobs of others do not run into a booking, and its owners' do",
      one(
        demo,
        #"{"name": "long", "cpu": 1, "time_limit_seconds": 101}, {"name": "mine", "user": "ann", "cpu": 1, "created": 1, "time_limit_seconds": 150}, {"name": "short", "cpu": 1, "created": 2, "time_limit_seconds": 100}"#
      ), ["mine starts on n1", "short starts on n1", "demo has n1", "long at 200 on n1"],
      because: ("long", "a node that it needs is reserved, booked or in maintenance")),
    PlanCase(
      "while a booking lasts only its owners start there",
      one(
        demo,
        #"{"name": "other", "cpu": 1, "project": "p", "created": 0}, {"name": "mine", "user": "ann", "cpu": 1, "created": 1}"#,
        now: 150), ["mine starts on n1", "demo has n1", "other at 200 on n1"],
      because: ("other", "1 of 1: booked for others")),
    PlanCase(
      "a project's booking is for all its jobs, and one that is over for nobody",
      one(
        #"{"name": "b", "projects": ["p"], "node": "n1", "start": 100, "end": 200}, {"name": "old", "user": "x", "node": "n1", "start": 10, "end": 100}"#,
        #"{"name": "a", "cpu": 1, "project": "p", "user": "zoe"}, {"name": "c", "cpu": 1, "project": "q"}"#,
        now: 120), ["a starts on n1", "b has n1", "c at 200 on n1"]),
    PlanCase(
      "two exclusive bookings of one node do not overlap",
      one(
        demo
          + #", {"name": "late", "user": "bob", "node": "n1", "start": 199, "end": 300, "created": 1}, {"name": "next", "user": "bob", "node": "n1", "start": 200, "end": 300, "created": 2}"#,
        ""), ["demo has n1", "late is refused", "next has n1"]),
    PlanCase(
      "shared bookings may overlap, and all their owners use the node",
      one(
        #"{"name": "a", "user": "ann", "node": "n1", "exclusive": false, "start": 100, "end": 200}, {"name": "b", "user": "bob", "node": "n1", "exclusive": false, "start": 150, "end": 250}, {"name": "c", "user": "eve", "node": "n1", "start": 240, "end": 260, "created": 1}"#,
        #"{"name": "ja", "user": "ann", "cpu": 1, "time_limit_seconds": 200}, {"name": "jb", "user": "bob", "cpu": 1, "time_limit_seconds": 101, "created": 1}, {"name": "jc", "user": "ann", "cpu": 1, "time_limit_seconds": 201, "created": 2}"#
      ), ["ja starts on n1", "a has n1", "b has n1", "c is refused", "jb at 150 on n1", "jc waits"]),
    PlanCase(
      "nodes are chosen by model, labels and number of GPUs, those first that nobody is in the way of",
      three(
        #"{"name": "a100", "user": "ann", "gpu_model": "A100", "gpus": 2, "start": 100, "end": 200}, {"name": "rack", "user": "ann", "labels": {"rack": "1"}, "count": 2, "start": 200, "end": 300, "created": 1}, {"name": "more", "user": "ann", "gpus": 7, "start": 150, "end": 160, "created": 2}"#,
        #", "running": [{"name": "r", "gpus": 1, "node": "n1", "admitted": 0}]"#),
      ["a100 has n2", "rack has n1 n3", "more is refused"]),
    PlanCase(
      "no node is booked that is out of service in that time",
      three(
        #"{"name": "a", "user": "ann", "gpu_model": "A100", "count": 2, "start": 100, "end": 200}, {"name": "b", "user": "ann", "gpu_model": "A100", "count": 2, "start": 50, "end": 60, "created": 1}"#,
        #", "maintenance": [{"name": "fans", "node": "n2", "start": 90, "end": 110}]"#),
      ["a is refused", "b has n1 n2"]),
    PlanCase(
      "nothing moves to a node that is booked",
      three(
        #"{"name": "a", "user": "ann", "node": "n2", "start": 100, "end": 200}"#,
        #", "policy": {"migration": {"for": "j"}}, "running": [{"name": "r", "gpus": 1, "gpu_model": "A100", "node": "n1", "admitted": 0, "movable": true}], "pending": [{"name": "j", "gpus": 2, "gpu_model": "A100", "node_selector": {"rack": "1"}}]"#
      ), ["a has n2", "j at 14400 on n1"]),
  ]

  private static func repair(_ pending: String, now: Int = 0) -> String {
    """
    {"now": \(now), "nodes": [{"name": "n1", "cpu": 4}], "policy": {"order": "fifo"}, "maintenance": [{"nodes": ["n1"], "start": 100, "end": 200}], "pending": [\(pending)]}
    """
  }

  private static let maintenance = [
    PlanCase(
      "only what may be cut off runs into a maintenance",
      repair(
        #"{"name": "limit", "cpu": 1, "preemptible": true, "time_limit_seconds": 101}, {"name": "default", "cpu": 1, "created": 1}, {"name": "marked", "cpu": 1, "preemptible": true, "created": 2}, {"name": "short", "cpu": 1, "time_limit_seconds": 100, "created": 3}"#
      ), ["marked starts on n1", "short starts on n1", "limit at 200 on n1", "default waits"]),
    PlanCase(
      "nothing begins in a maintenance",
      repair(
        #"{"name": "marked", "cpu": 1, "preemptible": true}, {"name": "short", "cpu": 1, "time_limit_seconds": 1}"#,
        now: 199), ["marked at 200 on n1", "short waits"],
      because: ("marked", "1 of 1: in maintenance")),
  ]

  private static func night(_ job: String, _ top: String = "") -> String {
    """
    {"now": 82800, "nodes": [{"name": "n1", "cpu": 4}]\(top), "pending": [{"name": "j", "cpu": 1, \(job)}, {"name": "k", "cpu": 4, "created": 1, "deadline": 200000\(top.isEmpty ? "" : #", "queue": "day""#)}]}
    """
  }
  private static let nightly = #""active_hours": {"start": "22:00", "end": "06:00"}"#

  private static let hours = [
    PlanCase(
      "a job starts within its hours if it ends within them, over midnight too",
      night(nightly + #", "time_limit_seconds": 25200"#), ["j starts on n1", "k at 108000 on n1"]),
    PlanCase(
      "a job that would outlast its hours waits for the next",
      night(nightly + #", "time_limit_seconds": 25201"#), ["k starts on n1", "j waits"],
      because: ("j", "its active hours have room for it in 82800 s")),
    PlanCase(
      "a job that its hours are never long enough for never starts",
      night(nightly + #", "time_limit_seconds": 28801"#), ["k starts on n1", "j waits"],
      because: ("j", "its active hours are never as long as it may run")),
    PlanCase(
      "what may be cut off starts at any time within its hours",
      night(nightly + #", "preemptible": true"#), ["j starts on n1", "k at 86400 on n1"]),
    PlanCase(
      "days are those on which the hours begin",
      night(
        #""active_hours": [{"days": ["wed", "fri"], "start": "22:00", "end": "24:00"}], "time_limit_seconds": 10"#
      ),
      ["k starts on n1", "j waits"], because: ("j", "in 82800 s")),
    PlanCase(
      "the hours of a queue and of a job must both be there",
      night(
        nightly + #", "queue": "q", "time_limit_seconds": 3600"#,
        #", "queues": [{"name": "q", "active_hours": {"start": "05:00", "end": "12:00"}}, {"name": "day"}]"#
      ), ["k starts on n1", "j waits"],
      because: ("j", "its active hours have room for it in 21600 s")
    ),
    PlanCase(
      "a deadline that hours do not let a job keep is said, and others come first",
      """
      {"now": 0, "policy": "deadline", "nodes": [{"name": "n1", "cpu": 1}], "pending": [
        {"name": "late", "cpu": 1, "time_limit_seconds": 60, "deadline": 3600, "active_hours": {"start": "01:00", "end": "02:00"}}]}
      """, ["late waits"],
      because: ("late", "job late would end 60 s after its deadline at the earliest")),
  ]
}
