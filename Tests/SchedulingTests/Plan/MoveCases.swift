/// Which running jobs should run elsewhere.
enum MoveCases {
  private static func pair(_ policy: String, _ running: String, _ rest: String = "") -> String {
    """
    {"now": 0, "policy": {"migration": \(policy)}, "nodes": [{"name": "n1", "cpu": 8, "gpus": 2}, {"name": "n2", "cpu": 8, "gpus": 2}],
      "running": [\(running)]\(rest)}
    """
  }

  private static let scattered = """
    {"name": "a", "gpus": 1, "admitted": 0, "movable": {"cost_seconds": 10}, "places": [{"node": "n1", "gpus": [0]}]},
    {"name": "b", "gpus": 1, "admitted": 0, "movable": {"cost_seconds": 20}, "places": [{"node": "n2", "gpus": [0]}]}
    """
  private static let waiting = #", "pending": [{"name": "j", "gpus": 2}]"#

  static let all = [
    PlanCase(
      "the cheaper of two jobs moves so that a job of two GPUs gets room",
      pair(#"{"for": "j"}"#, scattered, waiting),
      ["a moves to n2:1 for j", "j at 14400 on n1"]),
    PlanCase(
      "a move that costs more than the policy allows is not proposed",
      pair(
        #"{"for": "j", "max_cost_seconds": 20}"#,
        """
        {"name": "a", "gpus": 1, "admitted": 0, "movable": {"cost_seconds": 21}, "places": [{"node": "n1", "gpus": [0]}]},
        {"name": "b", "gpus": 1, "admitted": 0, "movable": {"cost_seconds": 20}, "places": [{"node": "n2", "gpus": [0]}]}
        """, waiting), ["b moves to n1:1 for j", "j at 14400 on n1"]),
    PlanCase(
      "a job that ends before its move would have paid stays",
      pair(
        #"{"for": "j"}"#,
        """
        {"name": "a", "gpus": 1, "admitted": 0, "time_limit_seconds": 10, "movable": {"cost_seconds": 10}, "places": [{"node": "n1", "gpus": [0]}]},
        {"name": "b", "gpus": 1, "admitted": 0, "places": [{"node": "n2", "gpus": [0]}]}
        """, waiting), ["j at 10 on n1"]),
    PlanCase(
      "nothing moves to a node that is out of service soon",
      pair(
        #"{"for": "j"}"#, scattered,
        waiting + #", "reservations": [{"node": "n2", "start": 50, "end": 60}]"#),
      ["b moves to n1:1", "j at 14400 on n1"]),
    PlanCase(
      "without a job in mind moves leave fewer GPUs that typical jobs cannot use",
      pair("4", scattered, waiting), ["a moves to n2:1", "j at 14400 on n1"]),
    PlanCase(
      "where moves leave nothing better there are none",
      pair(
        "4",
        #"{"name": "a", "gpus": 1, "admitted": 0, "movable": true, "places": [{"node": "n1", "gpus": [0]}]}"#
      ), []),
    PlanCase(
      "a job that others must run near stays",
      pair(
        #"{"for": "j"}"#,
        """
        {"name": "a", "gpus": 1, "admitted": 0, "labels": {"app": "a"}, "movable": true, "places": [{"node": "n1", "gpus": [0]}]},
        {"name": "b", "gpus": 1, "admitted": 0, "places": [{"node": "n2", "gpus": [0]}]},
        {"name": "c", "cpu": 1, "admitted": 0, "node": "n1", "near": [{"match": {"app": "a"}}]}
        """, waiting), ["j at 14400 on n1"]),
  ]
}
