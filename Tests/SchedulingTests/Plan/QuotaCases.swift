/// Who gets in by quota, and who makes room, without a word about places.
enum QuotaCases {
  /// Two queues with 6 cores each in one group.
  private static func pair(_ a: String = "", _ b: String = "") -> String {
    """
    "now": 100, "queues": [{"name": "a", "parent": "all", "nominal": {"cpu": 6}\(a)},
      {"name": "b", "parent": "all", "nominal": {"cpu": 6}\(b)}]
    """
  }

  /// The group owns 9 cores, its members none.
  private static func group(_ rules: String) -> String {
    """
    "now": 100, "queues": [{"name": "all", "nominal": {"cpu": 9}},
      {"name": "a", "parent": "all", "nominal": {"cpu": 0}, "reclaim": "any", "fair_share_rules": \(rules)},
      {"name": "b", "parent": "all", "nominal": {"cpu": 0}}]
    """
  }

  private static let bothHold = """
    {"name": "b1", "queue": "b", "cpu": 5, "admitted": 10}, {"name": "b2", "queue": "b", "cpu": 5, "admitted": 20}
    """

  static let all = [
    PlanCase(
      "a queue borrows what its group does not use",
      "{\(pair()), \"pending\": [{\"name\": \"a1\", \"queue\": \"a\", \"cpu\": 10}]}",
      ["a1 starts"]),
    PlanCase(
      "a borrowing limit is kept",
      """
      {\(pair(#", "borrowing_limit": {"cpu": 2}"#)), "pending": [{"name": "a1", "queue": "a", "cpu": 9}]}
      """, ["a1 waits"],
      because: ("a1", "can never start: it asks 9 cpu, and queue a can hold at most 8")),
    PlanCase(
      "a lending limit is kept",
      """
      {\(pair("", #", "lending_limit": {"cpu": 1}"#)), "pending": [{"name": "a1", "queue": "a", "cpu": 7},
        {"name": "a2", "queue": "a", "cpu": 8}]}
      """, ["a1 starts", "a2 waits"], because: ("a2", "can hold at most 7")),
    PlanCase(
      "a queue takes back what is within its quota, from whoever came last",
      """
      {\(pair(#", "reclaim": "any""#)), "running": [\(bothHold)],
        "pending": [{"name": "a1", "queue": "a", "cpu": 5, "priority": -3}]}
      """, ["b2 stops for a1", "a1 at 100"]),
    PlanCase(
      "a queue does not take back what is beyond its quota",
      """
      {\(pair(#", "reclaim": "any""#)), "running": [\(bothHold)],
        "pending": [{"name": "a1", "queue": "a", "cpu": 7}]}
      """, ["a1 at 3610"], because: ("a1", "queue a can take 2 more cpu by quota, and it asks 7")),
    PlanCase(
      "without a right to reclaim a queue waits for what others borrowed",
      """
      {\(pair()), "running": [\(bothHold)], "pending": [{"name": "a1", "queue": "a", "cpu": 5}]}
      """, ["a1 at 3610"]),
    PlanCase(
      "a right to take from lower priorities leaves equal ones alone",
      """
      {\(pair(#", "reclaim": "lower""#)), "running": [\(bothHold)],
        "pending": [{"name": "a1", "queue": "a", "cpu": 5}]}
      """, ["a1 at 3610"], because: ("a1", "2 running jobs would need a lower priority")),
    PlanCase(
      "a job that may not be preempted stays",
      """
      {\(pair(#", "reclaim": "any""#)), "running": [
        {"name": "b1", "queue": "b", "cpu": 5, "admitted": 10}, {"name": "b2", "queue": "b", "cpu": 5, "admitted": 20, "preemptible": false}],
        "pending": [{"name": "a1", "queue": "a", "cpu": 5}]}
      """, ["b1 stops for a1", "a1 at 100"]),
    PlanCase(
      "in its own queue a job stops those of lower priority",
      """
      {\(pair(#", "within": "lower", "borrowing_limit": {"cpu": 0}"#)), "running": [
        {"name": "a1", "queue": "a", "cpu": 3, "priority": 1, "admitted": 10}, {"name": "a2", "queue": "a", "cpu": 3, "priority": 2, "admitted": 20}],
        "pending": [{"name": "a3", "queue": "a", "cpu": 3, "priority": 3}]}
      """, ["a1 stops for a3", "a3 at 100"]),
    PlanCase(
      "in its own queue a job stops newer ones of equal priority, where the rule says so",
      """
      {\(pair(#", "within": "lower_or_newer_equal", "borrowing_limit": {"cpu": 0}"#)), "running": [
        {"name": "a1", "queue": "a", "cpu": 6, "created": 50, "admitted": 60}],
        "pending": [{"name": "a2", "queue": "a", "cpu": 3, "created": 40}]}
      """, ["a1 stops for a2", "a2 at 100"]),
    PlanCase(
      "what a job preempted does not preempt it back",
      """
      {\(pair(#", "within": "lower", "borrowing_limit": {"cpu": 0}"#)), "running": [
        {"name": "a1", "queue": "a", "cpu": 6, "priority": 1, "admitted": 60}],
        "pending": [{"name": "a2", "queue": "a", "cpu": 3, "priority": 2, "displaced_by": ["a1"]}]}
      """, ["a2 at 3660"], because: ("a2", "1 running job preempted this job before")),
    PlanCase(
      "by fair shares a job takes as long as it has less than the others keep",
      """
      {\(group(#"["less_than_or_equal_to_final_share"]"#)), "running": [
        {"name": "b1", "queue": "b", "cpu": 3, "admitted": 10}, {"name": "b2", "queue": "b", "cpu": 3, "admitted": 20},
        {"name": "b3", "queue": "b", "cpu": 3, "admitted": 30}],
        "pending": [{"name": "a1", "queue": "a", "cpu": 3}]}
      """, ["b3 stops for a1", "a1 at 100"]),
    PlanCase(
      "by the final share one huge job keeps everything",
      """
      {\(group(#"["less_than_or_equal_to_final_share"]"#)), "running": [{"name": "b1", "queue": "b", "cpu": 9, "admitted": 10}],
        "pending": [{"name": "a1", "queue": "a", "cpu": 5}]}
      """, ["a1 at 3610"]),
    PlanCase(
      "by the initial share one huge job makes room",
      """
      {\(group(#"["less_than_or_equal_to_final_share", "less_than_initial_share"]"#)), "running": [
        {"name": "b1", "queue": "b", "cpu": 9, "admitted": 10}], "pending": [{"name": "a1", "queue": "a", "cpu": 5}]}
      """, ["b1 stops for a1", "a1 at 100"]),
    PlanCase(
      "what victims leave is not given to others, and the preemptor has it when they are gone",
      """
      {\(pair(#", "reclaim": "any""#)), "running": [\(bothHold)],
        "policy": {"order": "priority", "preemption": {"grace_seconds": 30}},
        "pending": [{"name": "a1", "queue": "a", "cpu": 5, "priority": 9}, {"name": "b3", "queue": "b", "cpu": 3, "priority": 8},
          {"name": "b4", "queue": "b", "cpu": 2, "priority": 7}]}
      """, ["b4 starts", "b2 stops for a1", "a1 at 130", "b3 at 3610"]),
    PlanCase(
      "with preemption turned off nobody stops",
      """
      {\(pair(#", "reclaim": "any""#)), "running": [\(bothHold)], "policy": {"preemption": false},
        "pending": [{"name": "a1", "queue": "a", "cpu": 5}]}
      """, ["a1 at 3610"]),
    PlanCase(
      "devices are counted by model, and a job that takes any gets the one with quota",
      """
      {"now": 0, "queues": [{"name": "a", "nominal": {"gpus": {"A100": 1, "T4": 2}}}],
        "nodes": [{"name": "n1", "gpus": 4, "gpu_model": "A100"}, {"name": "n2", "gpus": 4, "gpu_model": "T4"}], "share_cluster": false,
        "pending": [{"name": "j1", "gpus": 2}, {"name": "j2", "gpus": 1, "created": 1}, {"name": "j3", "gpus": 1, "gpu_model": "A100", "created": 2}]}
      """, ["j1 starts on n2:0+1", "j2 starts on n1:0", "j3 at 14400 on n1"]),
    PlanCase(
      "a paused queue starts nothing and is in nobody's way",
      """
      {"now": 0, "queues": [{"name": "a", "nominal": {"cpu": 4}, "state": "paused"}, {"name": "b", "nominal": {"cpu": 4}}],
        "pending": [{"name": "j1", "queue": "a", "cpu": 1}, {"name": "j2", "queue": "b", "cpu": 1}]}
      """, ["j2 starts", "j1 waits"], because: ("j1", "queue a is paused")),
  ]
}
