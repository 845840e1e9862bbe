package import Model

/// When and where a job may run, and what happens when it fails.
package struct JobConstraints: FieldGroup {
  package var maxRuntimeSeconds: Int64?
  package var minRuntimeSeconds: Int64?
  /// When the job must have ended.
  package var deadline: Instant?
  package var preemptible: Bool = true
  package var restartPolicy: RestartPolicy = .onFailure
  package var maxRestartCount: Int64 = 3
  package var backoffSeconds: Int64 = 60
  package var nodeSelector: [NamedValue<String>] = []
  package var nodeAffinity: JSONValue?
  package var podAffinity: JSONValue?
  package var podAntiAffinity: JSONValue?
  package var tolerations: [JSONValue] = []
  /// Where there are any, the job starts only inside one.
  package var preferredTimeWindows: [TimeWindow] = []
  /// The job does not start inside one.
  package var blackoutWindows: [TimeWindow] = []

  package init() {}

  static let fields = FieldTable<JobConstraints>([
    JobField(
      "max_runtime_seconds", \.maxRuntimeSeconds,
      FieldCodec<Int64>.integer(1...JobLimits.runtimeSeconds).optional),
    JobField(
      "min_runtime_seconds", \.minRuntimeSeconds,
      FieldCodec<Int64>.integer(0...JobLimits.runtimeSeconds).optional),
    JobField("deadline", \.deadline, FieldCodec<Instant>.instant.optional),
    JobField("preemptible", \.preemptible, FieldCodec<Bool>.flag),
    JobField("restart_policy", \.restartPolicy, FieldCodec<RestartPolicy>.choice),
    JobField(
      "max_restart_count", \.maxRestartCount, FieldCodec<Int64>.integer(0...JobLimits.restarts)),
    JobField(
      "backoff_seconds", \.backoffSeconds, FieldCodec<Int64>.integer(0...JobLimits.backoffSeconds)),
    JobField(
      "node_selector", \.nodeSelector,
      FieldCodec<String>.text(bytesMax: JobLimits.textBytes, allowsEmpty: true).map()
    ),
    JobField("node_affinity", \.nodeAffinity, FieldCodec<JSONValue>.freeForm.optional),
    JobField("pod_affinity", \.podAffinity, FieldCodec<JSONValue>.freeForm.optional),
    JobField("pod_anti_affinity", \.podAntiAffinity, FieldCodec<JSONValue>.freeForm.optional),
    JobField("tolerations", \.tolerations, FieldCodec<JSONValue>.freeForm.list()),
    JobField(
      "preferred_time_windows", \.preferredTimeWindows,
      FieldCodec<TimeWindow>.window.list(countMax: JobLimits.windows)),
    JobField(
      "blackout_windows", \.blackoutWindows,
      FieldCodec<TimeWindow>.window.list(countMax: JobLimits.windows)),
  ])
}

/// Which failures are followed by another attempt, within `max_restart_count`.
package enum RestartPolicy: String, CaseIterable, Hashable, Sendable {
  /// Those of the processes themselves and of their nodes.
  case onFailure = "on_failure"
  case never
  /// Also attempts that ran longer than they may.
  case always
}
