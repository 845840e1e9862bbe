package import Model

/// What is measured and told of a job.
package struct JobMonitoring: FieldGroup {
  package var enableMonitoring: Bool = true
  package var enableProfiling: Bool = false
  package var enableTracing: Bool = false
  package var logLevel: String = "info"
  package var logRetentionDays: Int64 = 30
  package var metricsIntervalSeconds: Int64 = 60
  package var customMetrics: [JSONValue] = []
  package var alertRules: [JSONValue] = []
  package var notificationChannels: [JSONValue] = []
  package var trackGPUUtilization: Bool = true
  package var trackMemoryUsage: Bool = true
  package var trackNetworkIO: Bool = true
  package var trackDiskIO: Bool = true

  package init() {}

  static let fields = FieldTable<JobMonitoring>([
    JobField("enable_monitoring", \.enableMonitoring, FieldCodec<Bool>.flag),
    JobField("enable_profiling", \.enableProfiling, FieldCodec<Bool>.flag),
    JobField("enable_tracing", \.enableTracing, FieldCodec<Bool>.flag),
    JobField("log_level", \.logLevel, FieldCodec<String>.name),
    JobField("log_retention_days", \.logRetentionDays, FieldCodec<Int64>.integer(0...3650)),
    JobField(
      "metrics_interval_seconds", \.metricsIntervalSeconds, FieldCodec<Int64>.integer(1...86_400)),
    JobField("custom_metrics", \.customMetrics, FieldCodec<JSONValue>.freeForm.list()),
    JobField("alert_rules", \.alertRules, FieldCodec<JSONValue>.freeForm.list()),
    JobField(
      "notification_channels", \.notificationChannels, FieldCodec<JSONValue>.freeForm.list()),
    JobField("track_gpu_utilization", \.trackGPUUtilization, FieldCodec<Bool>.flag),
    JobField("track_memory_usage", \.trackMemoryUsage, FieldCodec<Bool>.flag),
    JobField("track_network_io", \.trackNetworkIO, FieldCodec<Bool>.flag),
    JobField("track_disk_io", \.trackDiskIO, FieldCodec<Bool>.flag),
  ])
}

/// When a job's state is kept, and how it goes on from it.
package struct JobCheckpointing: FieldGroup {
  package var enableCheckpointing: Bool = false
  package var checkpointIntervalSeconds: Int64?
  package var checkpointOnPreemption: Bool = true
  package var checkpointOnFailure: Bool = false
  package var maxCheckpoints: Int64 = 5
  package var checkpointStorageClass: String = "standard"
  package var checkpointCompression: CheckpointCompression?
  package var resumeFromCheckpoint: String?
  package var autoResume: Bool = true
  package var resumeStrategy: ResumeStrategy?

  package init() {}

  static let fields = FieldTable<JobCheckpointing>([
    JobField("enable_checkpointing", \.enableCheckpointing, FieldCodec<Bool>.flag),
    JobField(
      "checkpoint_interval_seconds", \.checkpointIntervalSeconds,
      FieldCodec<Int64>.integer(1...JobLimits.runtimeSeconds).optional),
    JobField("checkpoint_on_preemption", \.checkpointOnPreemption, FieldCodec<Bool>.flag),
    JobField("checkpoint_on_failure", \.checkpointOnFailure, FieldCodec<Bool>.flag),
    JobField("max_checkpoints", \.maxCheckpoints, FieldCodec<Int64>.integer(1...1000)),
    JobField("checkpoint_storage_class", \.checkpointStorageClass, FieldCodec<String>.name),
    JobField(
      "checkpoint_compression", \.checkpointCompression,
      FieldCodec<CheckpointCompression>.choice.optional),
    JobField("resume_from_checkpoint", \.resumeFromCheckpoint, FieldCodec<String>.name.optional),
    JobField("auto_resume", \.autoResume, FieldCodec<Bool>.flag),
    JobField("resume_strategy", \.resumeStrategy, FieldCodec<ResumeStrategy>.choice.optional),
  ])
}

package enum CheckpointCompression: String, CaseIterable, Hashable, Sendable {
  case gzip
  case lz4
  case zstd
}

package enum ResumeStrategy: String, CaseIterable, Hashable, Sendable {
  case latest
  case best
  case specific
}
