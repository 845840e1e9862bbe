package import Model

/// What each process of a job needs on its node.
package struct JobResources: FieldGroup {
  package var gpuCount: Int64 = 0
  /// A model of GPUs, such as A100; nil = any.
  package var gpuType: String?
  /// Thousandths of a GB.
  package var gpuMemoryMilliGB: Int64?
  /// Thousandths of a core.
  package var cpuMilli: Int64 = 1000
  /// Thousandths of a GB.
  package var memoryMilliGB: Int64 = 4000
  /// Thousandths of a GB.
  package var storageMilliGB: Int64 = 10_000
  /// Thousandths of a GB.
  package var ephemeralStorageMilliGB: Int64 = 0
  /// Thousandths of a Gbit/s.
  package var networkBandwidthMilliGbps: Int64?
  package var gpuComputeCapability: String?
  package var interconnectType: String?
  package var numaAffinity: JSONValue?
  package var exclusiveNode: Bool = false

  package init() {}

  static let fields = FieldTable<JobResources>([
    JobField(
      "gpu_count", \.gpuCount, FieldCodec<Int64>.integer(0...JobLimits.gpus),
      aliases: ["gpu", "gpus"]),
    JobField("gpu_type", \.gpuType, FieldCodec<String>.name.optional),
    JobField(
      "gpu_memory_gb", \.gpuMemoryMilliGB,
      FieldCodec<Int64>.milli(max: JobLimits.gigabytes).optional),
    JobField(
      "cpu_count", \.cpuMilli, FieldCodec<Int64>.milli(max: JobLimits.cpus),
      aliases: ["cpu", "cpus"]),
    JobField("memory_gb", \.memoryMilliGB, FieldCodec<Int64>.milli(max: JobLimits.gigabytes)),
    JobField("storage_gb", \.storageMilliGB, FieldCodec<Int64>.milli(max: JobLimits.gigabytes)),
    JobField(
      "ephemeral_storage_gb", \.ephemeralStorageMilliGB,
      FieldCodec<Int64>.milli(max: JobLimits.gigabytes)),
    JobField(
      "network_bandwidth_gbps", \.networkBandwidthMilliGbps,
      FieldCodec<Int64>.milli(max: 100_000).optional),
    JobField("gpu_compute_capability", \.gpuComputeCapability, FieldCodec<String>.name.optional),
    JobField("interconnect_type", \.interconnectType, FieldCodec<String>.name.optional),
    JobField("numa_affinity", \.numaAffinity, FieldCodec<JSONValue>.freeForm.optional),
    JobField("exclusive_node", \.exclusiveNode, FieldCodec<Bool>.flag),
  ])
}
