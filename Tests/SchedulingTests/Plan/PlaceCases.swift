/// Who starts where and when, and who comes first.
enum PlaceCases {
  static let all = places + gangs + backfill + orders + relations

  private static let places = [
    PlanCase(
      "a job goes where it leaves the least",
      """
      {"nodes": [{"name": "n1", "cpu": 8}, {"name": "n2", "cpu": 4}], "pending": [{"name": "j", "cpu": 3}]}
      """, ["j starts on n2"]),
    PlanCase(
      "spread goes where the most is left",
      """
      {"nodes": [{"name": "n1", "cpu": 8}, {"name": "n2", "cpu": 4}], "policy": {"placement": "spread"}, "pending": [{"name": "j", "cpu": 3}]}
      """, ["j starts on n1"]),
    PlanCase(
      "shares of a GPU are packed, so that whole ones stay whole",
      """
      {"nodes": [{"name": "n1", "gpus": 2}], "running": [{"name": "r", "gpu_milli": 400, "places": [{"node": "n1", "gpus": [1]}]}],
        "pending": [{"name": "half", "gpus": 0.5, "priority": 500}, {"name": "whole", "gpus": 1}]}
      """, ["half starts on n1:1/500", "whole starts on n1:0"]),
    PlanCase(
      "a part of a device that is not there is given to nobody",
      """
      {"nodes": [{"name": "n1", "gpus": [{"model": "A100", "milli": 600}, {"model": "A100"}]}],
        "pending": [{"name": "whole", "gpus": 1, "priority": 500}, {"name": "large", "gpu_milli": 700}, {"name": "small", "gpu_milli": 600, "created": 1}]}
      """, ["whole starts on n1:1", "small starts on n1:0/600", "large at 14401 on n1"],
      because: ("large", "1 of 1: too little of its GPUs is free")),
    PlanCase(
      "memory and shares of a device have short names too",
      """
      {"nodes": [{"name": "n1", "gpus": [{"model": "A100", "memory": 40000, "shares": 600}, {"model": "A100", "memory": 80000}]}],
        "pending": [{"name": "large", "gpu_milli": 500, "gpu_memory_mb": 60000, "priority": 500}, {"name": "small", "gpu_milli": 600}]}
      """, ["large starts on n1:1/500", "small starts on n1:0/600"]),
    PlanCase(
      "a taint keeps away whoever does not tolerate it",
      """
      {"nodes": [{"name": "n1", "cpu": 8, "taints": ["gpu=yes:NoSchedule"]}],
        "pending": [{"name": "no", "cpu": 1}, {"name": "yes", "cpu": 1, "tolerations": [{"key": "gpu"}]}]}
      """, ["yes starts on n1", "no waits"],
      because: ("no", "1 of 1: a taint that the job does not tolerate")),
    PlanCase(
      "a draining node takes nobody",
      """
      {"nodes": [{"name": "n1", "cpu": 8, "state": "draining"}, {"name": "n2", "cpu": 2}], "pending": [{"name": "j", "cpu": 4}]}
      """, ["j waits"], because: ("j", "1 of 2: draining")),
    PlanCase(
      "selectors, models and memory say which nodes",
      """
      {"nodes": [{"name": "n1", "gpus": 2, "gpu_model": "T4", "gpu_memory_mb": 16384, "labels": {"rack": "1"}},
        {"name": "n2", "gpus": 2, "gpu_model": "A100", "gpu_memory_mb": 40960, "labels": {"rack": "2"}}],
        "pending": [{"name": "big", "gpus": 1, "gpu_memory_gb": 32}, {"name": "rack", "gpus": 1, "node_selector": {"rack": "1"}},
          {"name": "v100", "gpus": 1, "gpu_model": "V100"}]}
      """, ["big starts on n2:0", "rack starts on n1:0", "v100 waits"],
      because: ("v100", "2 of 2: another GPU model")),
    PlanCase(
      "who is told to make room is one that helps",
      """
      {"now": 1000, "nodes": [{"name": "n1", "gpus": 2}, {"name": "n2", "gpus": 2}], "policy": {"preemption": true},
        "running": [{"name": "r1", "gpus": 2, "node": "n1", "priority": 1, "admitted": 9}, {"name": "r2", "gpus": 2, "node": "n2", "priority": 2, "admitted": 5}],
        "pending": [{"name": "j", "gpus": 1, "priority": 3}, {"name": "k", "gpus": 1, "priority": 2}]}
      """, ["r1 stops for j", "j at 1000 on n1", "k at 1001 on n1"]),
    PlanCase(
      "limits of preemption are kept",
      """
      {"now": 1000, "nodes": [{"name": "n1", "cpu": 4}], "scheduler": {"enable_preemption": true},
        "running": [{"name": "r1", "cpu": 2, "priority": 350, "admitted": 9}, {"name": "r2", "cpu": 2, "priority": 0, "admitted": 900}],
        "pending": [{"name": "j", "cpu": 2, "priority": 400}]}
      """, ["j at 3609 on n1"], because: ("j", "1 running job started too short a time ago")),
    PlanCase(
      "a victim that stops keeps its node until then, and nobody else gets it",
      """
      {"now": 100, "nodes": [{"name": "n1", "cpu": 8}], "policy": {"preemption": true},
        "running": [{"name": "r", "cpu": 6, "admitted": 0, "state": "stopping", "stopping_for": "j", "stops_by": 150}],
        "pending": [{"name": "j", "cpu": 4, "created": 90}, {"name": "k", "cpu": 2, "created": 80, "time_limit_seconds": 10}, {"name": "l", "cpu": 2, "created": 81}]}
      """, ["k starts on n1", "j at 150 on n1", "l at 110 on n1"]),
    // What was reserved at the end of a running job was once put where that job was said to stay until a victim's grace was over.
    PlanCase(
      "a start that is reserved before a victim's grace is over stays",
      """
      {"now": 0, "nodes": [{"name": "n1", "cpu": 4}],
        "policy": {"order": "fifo", "preemption": {"grace_seconds": 50}},
        "queues": [{"name": "q", "within": "lower"}],
        "running": [{"name": "v", "queue": "q", "cpu": 2, "admitted": 0, "priority": 1, "time_limit_seconds": 30},
          {"name": "y", "queue": "q", "cpu": 2, "admitted": 0, "priority": 900, "time_limit_seconds": 20}],
        "pending": [{"name": "x", "queue": "q", "cpu": 2, "created": 1, "priority": 1},
          {"name": "z", "queue": "q", "cpu": 2, "created": 2, "priority": 500},
          {"name": "w", "queue": "q", "cpu": 1, "created": 3, "priority": 1}]}
      """, ["v stops for z", "x at 20 on n1", "z at 50 on n1", "w waits"]),
    PlanCase(
      "a job that would not end before its node is reserved goes elsewhere",
      """
      {"now": 0, "nodes": [{"name": "n1", "cpu": 4}, {"name": "n2", "cpu": 8}], "reservations": [{"name": "repair", "nodes": ["n1"], "start": 100, "end": 200}],
        "pending": [{"name": "long", "cpu": 2, "time_limit_seconds": 101}, {"name": "short", "cpu": 2, "time_limit_seconds": 100, "created": 1}]}
      """, ["long starts on n2", "short starts on n1"]),
  ]

  private static let gangs = [
    PlanCase(
      "a gang of jobs starts whole or not at all",
      """
      {"nodes": [{"name": "n1", "gpus": 4}, {"name": "n2", "gpus": 2}],
        "pending": [{"name": "a", "gpus": 4, "gang": "g"}, {"name": "b", "gpus": 4, "gang": "g"}, {"name": "c", "gpus": 2}]}
      """, ["c starts on n2:0+1", "a waits", "b waits"]),
    PlanCase(
      "two gangs that want all do not hold half of it each",
      """
      {"nodes": [{"name": "n1", "gpus": 1}, {"name": "n2", "gpus": 1}],
        "pending": [{"name": "a1", "gpus": 1, "gang": "a", "created": 1}, {"name": "b1", "gpus": 1, "gang": "b", "created": 2},
          {"name": "a2", "gpus": 1, "gang": "a", "created": 3}, {"name": "b2", "gpus": 1, "gang": "b", "created": 4}]}
      """,
      ["a1 starts on n1:0", "a2 starts on n2:0", "b1 at 14404 on n1 n2", "b2 at 14404 on n1 n2"]),
    PlanCase(
      "a gang waits for its members",
      """
      {"nodes": [{"name": "n1", "gpus": 4}], "pending": [{"name": "a", "gpus": 1, "gang": "g", "gang_size": 3}, {"name": "b", "gpus": 1, "gang": "g"}]}
      """, ["a waits", "b waits"], because: ("b", "gang g: 2 of 3 members are here")),
    PlanCase(
      "the tasks of a job find places together",
      """
      {"nodes": [{"name": "n1", "cpu": 4}, {"name": "n2", "cpu": 4}], "pending": [{"name": "j", "cpu": 2, "tasks": 4}, {"name": "k", "cpu": 2, "tasks": 2, "created": 1}]}
      """, ["j starts on n1 n1 n2 n2", "k at 3601 on n1"]),
    PlanCase(
      "a job that is no gang starts with the tasks that find places",
      """
      {"nodes": [{"name": "n1", "cpu": 4}], "pending": [{"name": "j", "cpu": 2, "tasks": 4, "gang": false}, {"name": "k", "cpu": 1, "tasks": 3, "min_tasks": 2, "created": 1}]}
      """, ["j starts on n1 n1", "k at 3601 on n1"]),
  ]

  private static let blocked = """
    "now": 0, "nodes": [{"name": "n1", "cpu": 10}], "running": [{"name": "r", "cpu": 5, "admitted": 0, "time_limit_seconds": 100}],
      "pending": [{"name": "p1", "cpu": 8, "created": 1, "time_limit_seconds": 100}, {"name": "p2", "cpu": 9, "created": 2, "time_limit_seconds": 10},
        {"name": "p3", "cpu": 2, "created": 3, "time_limit_seconds": 1000}, {"name": "p4", "cpu": 3, "created": 4, "time_limit_seconds": 100}]
    """

  private static let backfill = [
    PlanCase(
      "behind one reservation starts whoever does not delay it",
      "{\(blocked), \"policy\": {\"order\": \"fifo\", \"backfill\": 1}}",
      ["p3 starts on n1", "p4 starts on n1", "p1 at 100 on n1", "p2 waits"]),
    PlanCase(
      "with a reservation for all nobody delays anybody",
      "{\(blocked), \"policy\": {\"order\": \"fifo\", \"backfill\": {\"depth\": \"all\"}}}",
      ["p4 starts on n1", "p1 at 100 on n1", "p2 at 200 on n1", "p3 at 210 on n1"]),
    PlanCase(
      "without backfill nobody overtakes",
      "{\(blocked), \"policy\": {\"order\": \"fifo\", \"backfill\": 0}}",
      ["p1 waits", "p2 waits", "p3 waits", "p4 waits"],
      because: ("p4", "without backfill it does not overtake")),
    PlanCase(
      "the shortest candidate first, where the policy says so",
      """
      {"now": 0, "nodes": [{"name": "n1", "cpu": 4}], "running": [{"name": "r", "cpu": 2, "admitted": 0, "time_limit_seconds": 100}],
        "policy": {"order": "fifo", "backfill": {"depth": 1, "candidates": "shortest_first"}},
        "pending": [{"name": "head", "cpu": 4, "created": 1}, {"name": "long", "cpu": 2, "created": 2, "time_limit_seconds": 90}, {"name": "short", "cpu": 2, "created": 3, "time_limit_seconds": 10}]}
      """, ["short starts on n1", "head at 100 on n1", "long waits"],
      because: ("long", "1 of 1: too little CPU free")),
    PlanCase(
      "a job that can never start holds nobody up",
      """
      {"now": 0, "nodes": [{"name": "n1", "cpu": 4}], "policy": "fifo", "pending": [{"name": "huge", "cpu": 5, "created": 1}, {"name": "j", "cpu": 4, "created": 2}]}
      """, ["j starts on n1", "huge waits"],
      because: ("huge", "no node that is ready has room for it, even with nothing running")),
  ]

  /// One core, so that only the first of the order starts.
  private static func first(_ policy: String, _ pending: String, _ more: String = "") -> String {
    """
    {"now": 1000, "nodes": [{"name": "n1", "cpu": 1}], "policy": \(policy), "pending": [\(pending)]\(more)}
    """
  }

  private static let orders = [
    PlanCase(
      "any priority of 32 bits orders",
      first(
        #""priority""#,
        #"{"name": "a", "cpu": 1, "priority": -2147483648}, {"name": "b", "cpu": 1, "priority": 2147483647, "created": 9}, {"name": "c", "cpu": 1, "priority": 2147483646}"#
      ), ["b starts on n1", "c at 4600 on n1", "a waits"]),
    PlanCase(
      "the earliest deadline that can be kept comes first, one that cannot last",
      first(
        #""deadline""#,
        #"{"name": "late", "cpu": 1, "deadline": 1010, "time_limit_seconds": 11}, {"name": "soon", "cpu": 1, "deadline": 1020, "time_limit_seconds": 11}, {"name": "far", "cpu": 1, "deadline": 9000, "time_limit_seconds": 11}"#
      ), ["soon starts on n1", "far at 1011 on n1", "late waits"]),
    PlanCase(
      "dominant shares give each user the same part of what it needs most",
      """
      {"nodes": [{"name": "n1", "cpu": 9, "memory_gb": 18}], "policy": "drf", "pending": [
        {"name": "a1", "user": "A", "cpu": 1, "memory_gb": 4}, {"name": "a2", "user": "A", "cpu": 1, "memory_gb": 4}, {"name": "a3", "user": "A", "cpu": 1, "memory_gb": 4},
        {"name": "a4", "user": "A", "cpu": 1, "memory_gb": 4}, {"name": "b1", "user": "B", "cpu": 3, "memory_gb": 1}, {"name": "b2", "user": "B", "cpu": 3, "memory_gb": 1},
        {"name": "b3", "user": "B", "cpu": 3, "memory_gb": 1}]}
      """,
      [
        "a1 starts on n1", "b1 starts on n1", "a2 starts on n1", "b2 starts on n1",
        "a3 starts on n1", "a4 at 3600 on n1", "b3 waits",
      ]),
    PlanCase(
      "users of the better account come before all of the worse one",
      first(
        #""fair_share""#,
        #"{"name": "x", "cpu": 1, "user": "x"}, {"name": "y", "cpu": 1, "user": "y"}, {"name": "z", "cpu": 1, "user": "z"}"#,
        #", "accounts": [{"name": "A", "shares": 1}, {"name": "B", "shares": 1}], "users": [{"name": "x", "account": "A", "usage": 10}, {"name": "y", "account": "A", "usage": 0}, {"name": "z", "account": "B", "usage": 9}]"#
      ), ["z starts on n1", "y at 4600 on n1", "x waits"]),
    PlanCase(
      "the secondary policy breaks ties of the primary",
      first(
        #"{"primary_policy": "priority", "secondary_policy": "fair_share"}"#,
        #"{"name": "a", "cpu": 1, "user": "x", "created": 1}, {"name": "b", "cpu": 1, "user": "y", "created": 2}, {"name": "c", "cpu": 1, "user": "x", "priority": "high", "created": 3}"#,
        #", "users": [{"name": "x", "usage": 5}, {"name": "y", "usage": 1}]"#
      ), ["c starts on n1", "b at 4600 on n1", "a waits"]),
    PlanCase(
      "old usage counts less than new",
      first(
        #"{"order": "fair_share", "fair_share": {"half_life_seconds": 100}}"#,
        #"{"name": "a", "cpu": 1, "user": "x"}, {"name": "b", "cpu": 1, "user": "y"}"#,
        #", "usage_history": [{"user": "x", "amount": 30, "at": 1000}, {"user": "y", "amount": 100, "at": 800}]"#
      ), ["b starts on n1", "a at 4600 on n1"]),
    PlanCase(
      "the shortest comes first",
      first(
        #""sjf""#,
        #"{"name": "a", "cpu": 1, "time_limit_seconds": 9}, {"name": "b", "cpu": 1, "time_limit_seconds": 8}"#
      ), ["b starts on n1", "a at 1008 on n1"]),
  ]

  private static let relations = [
    PlanCase(
      "a job that an urgent one depends on is as urgent",
      first(
        #""priority""#,
        #"{"name": "base", "cpu": 1, "priority": "low"}, {"name": "urgent", "cpu": 1, "priority": "critical", "dependencies": ["base"]}, {"name": "other", "cpu": 1, "priority": "high"}"#
      ), ["base starts on n1", "other at 4600 on n1", "urgent waits"],
      because: ("urgent", "it depends on the success of job base")),
    PlanCase(
      "what is inherited is capped by what its owner may have",
      first(
        #""priority""#,
        #"{"name": "base", "cpu": 1, "priority": "low", "user": "u"}, {"name": "urgent", "cpu": 1, "priority": "critical", "dependencies": ["base"]}, {"name": "other", "cpu": 1, "priority": "high"}"#,
        #", "users": [{"name": "u", "max_priority": "normal"}]"#
      ), ["other starts on n1", "base at 4600 on n1", "urgent waits"]),
    PlanCase(
      "nothing is inherited from another project",
      first(
        #""priority""#,
        #"{"name": "base", "cpu": 1, "priority": "low", "project": "p"}, {"name": "urgent", "cpu": 1, "priority": "critical", "project": "q", "dependencies": ["base"]}, {"name": "other", "cpu": 1, "priority": "high"}"#
      ), ["other starts on n1", "base at 4600 on n1", "urgent waits"]),
    PlanCase(
      "jobs that wait for each other are told so",
      first(
        #""fifo""#,
        #"{"name": "a", "cpu": 1, "dependencies": ["b"]}, {"name": "b", "cpu": 1, "dependencies": ["c"]}, {"name": "c", "cpu": 1, "dependencies": ["a"]}, {"name": "d", "cpu": 1}"#
      ), ["d starts on n1", "a waits", "b waits", "c waits"],
      because: ("a", "it waits for itself: a → b → c → a")),
    PlanCase(
      "what ended decides what may follow",
      """
      {"now": 0, "nodes": [{"name": "n1", "cpu": 9}], "finished": {"good": "completed", "bad": "failed"}, "pending": [
        {"name": "a", "cpu": 1, "dependencies": ["good"]}, {"name": "b", "cpu": 1, "dependencies": ["bad"]},
        {"name": "c", "cpu": 1, "dependencies": [{"job": "bad", "type": "completion"}]}]}
      """, ["a starts on n1", "c starts on n1", "b waits"],
      because: ("b", "which failed: it can never start")),
    PlanCase(
      "what is held, or not to start yet, is in nobody's way",
      first(
        #""fifo""#,
        #"{"name": "a", "cpu": 1, "hold": "by its owner"}, {"name": "b", "cpu": 1, "not_before": 1060.5}, {"name": "c", "cpu": 1, "created": 1}"#
      ), ["c starts on n1", "a waits", "b waits"], because: ("b", "another 60.5 s")),
  ]
}
