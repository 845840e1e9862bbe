/// What jobs wait for of others, and of their own past.
enum LifecycleCases {
  static let all = dependencies + past

  private static func pending(_ pending: String, _ top: String = "") -> String {
    """
    {"now": 1000, "nodes": [{"name": "n1", "cpu": 4}]\(top), "pending": [\(pending)]}
    """
  }

  private static let dependencies = [
    PlanCase(
      "data that are there keep nobody waiting, whoever made them",
      pending(
        #"{"name": "a", "cpu": 1, "dependencies": [{"artifact": "set"}]}, {"name": "b", "cpu": 1, "dependencies": [{"type": "data", "artifact": "other"}]}, {"name": "c", "cpu": 1, "dependencies": [{"job": "b", "type": "data", "artifact": "set"}]}"#,
        #", "artifacts": ["set"]"#), ["a starts on n1", "c starts on n1", "b waits"],
      because: ("b", "it depends on the data other, which are not there")),
    PlanCase(
      "a checkpoint is there while its job runs, or after it failed",
      pending(
        #"{"name": "a", "cpu": 1, "dependencies": [{"job": "r", "type": "checkpoint"}]}, {"name": "b", "cpu": 1, "dependencies": [{"job": "f", "type": "checkpoint"}]}, {"name": "c", "cpu": 1, "dependencies": [{"job": "s", "type": "checkpoint"}]}"#,
        #", "checkpoints": ["r", "f"], "finished": {"f": "failed"}, "running": [{"name": "r", "cpu": 1, "admitted": 900}, {"name": "s", "cpu": 1, "admitted": 900}]"#
      ), ["a starts on n1", "b starts on n1", "c waits"],
      because: ("c", "it depends on a checkpoint of job s, which runs")),
    PlanCase(
      "who waits for jobs that wait for each other is told which",
      pending(
        #"{"name": "a", "cpu": 1, "dependencies": ["b"]}, {"name": "b", "cpu": 1, "dependencies": ["a", "c"]}, {"name": "c", "cpu": 1, "dependencies": ["b"]}, {"name": "d", "cpu": 1, "dependencies": ["a"]}"#
      ), ["a waits", "b waits", "c waits", "d waits"],
      because: ("c", "it waits for jobs that wait for each other: a → b → a")),
    PlanCase(
      "a dependency that is met is no part of a circle",
      pending(
        #"{"name": "a", "cpu": 1, "dependencies": [{"job": "b", "type": "checkpoint"}]}, {"name": "b", "cpu": 1, "dependencies": ["a"]}"#,
        #", "checkpoints": ["b"]"#), ["a starts on n1", "b waits"],
      because: ("b", "it depends on the success of job a, which waits")),
  ]

  private static let exact =
    #", "policy": {"retry": {"initial_seconds": 10, "multiplier": 2, "jitter_percent": 0, "max_attempts": 4}}"#

  private static let past = [
    PlanCase(
      "a job that failed is tried again after a wait that doubles",
      pending(
        #"{"name": "a", "cpu": 1, "failures": 3, "failed_at": 960}, {"name": "b", "cpu": 1, "failures": 3, "failed_at": 961}, {"name": "c", "cpu": 1, "failures": 0}"#,
        exact), ["a starts on n1", "c starts on n1", "b waits"],
      because: ("b", "it failed 3 times and is tried again in 1 s")),
    PlanCase(
      "a job that failed too often is not tried again",
      pending(#"{"name": "a", "cpu": 1, "failures": 4, "failed_at": 0}"#, exact), ["a waits"],
      because: ("a", "it failed 4 times and is tried 4 times at most")),
    PlanCase(
      "a suspended job holds nothing and is in nobody's way",
      pending(
        #"{"name": "a", "cpu": 4, "created": 1, "state": "suspended", "ran_seconds": 100}, {"name": "b", "cpu": 4, "created": 2}"#
      ), ["b starts on n1", "a waits"], because: ("a", "suspended")),
    PlanCase(
      "a job that is resumed is as old as it was, and runs for what is left of its limit",
      pending(
        #"{"name": "a", "cpu": 4, "created": 2, "ran_seconds": 3500}, {"name": "b", "cpu": 4, "created": 3}, {"name": "c", "cpu": 4, "created": 1}"#,
        #", "policy": {"order": "fifo", "backfill": "all"}"#),
      ["c starts on n1", "a at 4600 on n1", "b at 4700 on n1"]),
  ]
}
