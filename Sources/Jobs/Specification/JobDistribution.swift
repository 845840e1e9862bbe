/// How many processes a job has that work together, and how they find each other.
package struct JobDistribution: FieldGroup {
  package var isDistributed: Bool = false
  package var worldSize: Int64 = 1
  package var rank: Int64?
  package var masterAddress: String?
  package var masterPort: Int64?
  package var backend: DistributedBackend?
  package var gradientAccumulationSteps: Int64?
  package var allReduceAlgorithm: String?
  package var elasticTraining: Bool = false
  package var minWorldSize: Int64?
  package var maxWorldSize: Int64?
  package var communicationBackend: String?
  package var compressionAlgorithm: String?
  package var communicationDebug: Bool = false

  package init() {}

  static let fields = FieldTable<JobDistribution>([
    JobField("is_distributed", \.isDistributed, FieldCodec<Bool>.flag),
    JobField("world_size", \.worldSize, FieldCodec<Int64>.integer(1...JobLimits.worldSize)),
    JobField("rank", \.rank, FieldCodec<Int64>.integer(0...JobLimits.worldSize).optional),
    JobField("master_addr", \.masterAddress, FieldCodec<String>.name.optional),
    JobField("master_port", \.masterPort, FieldCodec<Int64>.integer(1...65_535).optional),
    JobField("backend", \.backend, FieldCodec<DistributedBackend>.choice.optional),
    JobField(
      "gradient_accumulation_steps", \.gradientAccumulationSteps,
      FieldCodec<Int64>.integer(1...1_000_000).optional),
    JobField("all_reduce_algorithm", \.allReduceAlgorithm, FieldCodec<String>.name.optional),
    JobField("elastic_training", \.elasticTraining, FieldCodec<Bool>.flag),
    JobField(
      "min_world_size", \.minWorldSize, FieldCodec<Int64>.integer(1...JobLimits.worldSize).optional),
    JobField(
      "max_world_size", \.maxWorldSize, FieldCodec<Int64>.integer(1...JobLimits.worldSize).optional),
    JobField("communication_backend", \.communicationBackend, FieldCodec<String>.name.optional),
    JobField("compression_algorithm", \.compressionAlgorithm, FieldCodec<String>.name.optional),
    JobField("communication_debug", \.communicationDebug, FieldCodec<Bool>.flag),
  ])
}

package enum DistributedBackend: String, CaseIterable, Hashable, Sendable {
  case nccl
  case gloo
  case mpi
}

extension JobDistribution {
  /// How many processes an attempt may have.
  package var worldSizes: ClosedRange<Int64> {
    guard isDistributed else { return 1...1 }
    guard elasticTraining else { return worldSize...worldSize }
    let low = min(minWorldSize ?? worldSize, worldSize)
    return low...max(maxWorldSize ?? worldSize, worldSize)
  }
}
