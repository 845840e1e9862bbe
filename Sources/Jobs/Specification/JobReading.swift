package import Model

/// Why a specification is not taken: which field, what is wrong, and what to do.
package struct SpecificationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Such as `resources.gpu_count`; empty where the whole is meant.
  package var path: String
  package var message: String

  package init(path: String, _ message: String) {
    self.path = path
    self.message = message
  }

  package var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

/// What an installation asks of every job beside what holds for all.
package struct JobRules: Hashable, Sendable {
  /// Whether a job with GPUs must name their model.
  package var requireGPUType: Bool
  /// Whether CPUs and memory must be written and have no usual value.
  package var requireResources: Bool

  package init(requireGPUType: Bool = false, requireResources: Bool = false) {
    self.requireGPUType = requireGPUType
    self.requireResources = requireResources
  }
}

extension JobSpecification {
  /// Reads the body of a submission or a whole job, both with the short names and with the full ones.
  ///
  /// Times are not compared with now, so that what was once taken can always be read again.
  package init(_ json: JSONValue, rules: JobRules = JobRules()) throws(SpecificationError) {
    var specification = JobSpecification()
    do throws(FieldProblem) {
      try JobSpecification.fields.read(JSONField(json), into: &specification)
    } catch {
      throw SpecificationError(path: error.path(in: json), error.message)
    }
    if rules.requireResources { try JobSpecification.checkResources(in: json) }
    try specification.validate(rules)
    self = specification
  }

  /// Every field, those with their usual values too.
  package var json: JSONValue { JobSpecification.fields.json(self) }

  /// As little as ``init(_:rules:)`` needs to make the same value: what is not as usual, also within groups. So a job that was
  /// recorded before a field existed has the field's usual value.
  package var compactJSON: JSONValue {
    let usual = JobSpecification()
    var members = JobSpecification.fields.differences(self, from: usual)
    for (index, member) in members.enumerated() {
      if let inner = differences(ofGroup: member.key, from: usual) {
        members[index].value = .object(inner)
      }
    }
    return .object(members)
  }

  private func differences(
    ofGroup name: String, from usual: JobSpecification
  ) -> [JSONValue.Member]? {
    switch name {
    case "metadata": JobMetadata.fields.differences(metadata, from: usual.metadata)
    case "environment": JobEnvironment.fields.differences(environment, from: usual.environment)
    case "resources": JobResources.fields.differences(resources, from: usual.resources)
    case "networking": JobNetworking.fields.differences(networking, from: usual.networking)
    case "scheduling_constraints":
      JobConstraints.fields.differences(constraints, from: usual.constraints)
    case "monitoring": JobMonitoring.fields.differences(monitoring, from: usual.monitoring)
    case "checkpointing":
      JobCheckpointing.fields.differences(checkpointing, from: usual.checkpointing)
    case "distributed": JobDistribution.fields.differences(distribution, from: usual.distribution)
    case "security": JobSecurity.fields.differences(security, from: usual.security)
    default: nil
    }
  }

  private static func checkResources(in json: JSONValue) throws(SpecificationError) {
    let resources = json["resources"]
    for names in [["cpu", "cpus", "cpu_count"], ["memory_gb"]]
    where !names.contains(where: { resources?[$0] != nil }) {
      throw SpecificationError(path: "resources", "Missing required resource: \(names[0])")
    }
  }

  // MARK: What no single field can say

  /// Checks what holds between fields.
  package func validate(_ rules: JobRules) throws(SpecificationError) {
    guard !metadata.name.isEmpty else {
      throw SpecificationError(path: "name", "is missing; give the job a name")
    }
    guard !command.isEmpty || entrypoint != nil || environment.dockerImage != nil else {
      throw SpecificationError(path: "command", "is missing; name a command or an image")
    }
    try validateResources(rules)
    try validateDistribution()
    if let low = constraints.minRuntimeSeconds, let high = constraints.maxRuntimeSeconds, low > high
    {
      throw SpecificationError(
        path: "scheduling_constraints.min_runtime_seconds", "is above max_runtime_seconds (\(high))"
      )
    }
    var seen: Set<String> = []
    for (index, dependency) in dependencies.enumerated()
    where !seen.insert(dependency.jobID).inserted {
      throw SpecificationError(
        path: "dependencies[\(index)]", "names job \(dependency.jobID) a second time; leave it out")
    }
  }

  private func validateResources(_ rules: JobRules) throws(SpecificationError) {
    if resources.gpuCount == 0, resources.exclusiveNode {
      throw SpecificationError(
        path: "resources.exclusive_node", "Exclusive node requires at least one GPU")
    }
    if resources.gpuCount == 0, resources.gpuType != nil {
      throw SpecificationError(
        path: "resources.gpu_type", "GPU type specified but no GPUs requested")
    }
    if rules.requireGPUType, resources.gpuCount > 0, resources.gpuType == nil {
      throw SpecificationError(
        path: "resources.gpu_type", "GPU type must be specified when requesting GPUs")
    }
    guard resources.cpuMilli > 0 else {
      throw SpecificationError(path: "resources.cpu_count", "must be above 0")
    }
    guard resources.memoryMilliGB > 0 else {
      throw SpecificationError(path: "resources.memory_gb", "must be above 0")
    }
  }

  private func validateDistribution() throws(SpecificationError) {
    let path = "distributed.world_size"
    guard distribution.isDistributed || distribution.worldSize == 1 else {
      throw SpecificationError(path: path, "is above 1; set is_distributed too, or leave it out")
    }
    guard distribution.minWorldSize ?? 1 <= distribution.worldSize,
      distribution.worldSize <= distribution.maxWorldSize ?? JobLimits.worldSize
    else {
      throw SpecificationError(path: path, "must lie from min_world_size to max_world_size")
    }
    if let rank = distribution.rank, rank >= distribution.worldSizes.upperBound {
      throw SpecificationError(
        path: "distributed.rank", "must be below the world size (ranks begin with 0)")
    }
  }
}
