package import Model

/// All that a job asks for. Who owns it is not here to be believed: the book is told by whoever knows the caller.
package struct JobSpecification: FieldGroup {
  package var command: [String] = []
  package var arguments: [String] = []
  package var entrypoint: JSONValue?
  /// 0...1000; 0 is the lowest and stays 0.
  package var priority: Int64 = 400
  package var priorityClass: PriorityClass?
  package var queueName: String = "default"
  package var dependencies: [JobDependency] = []
  package var debugMode: Bool = false
  package var dryRun: Bool = false
  package var metadata: JobMetadata = JobMetadata()
  package var environment: JobEnvironment = JobEnvironment()
  package var resources: JobResources = JobResources()
  package var networking: JobNetworking = JobNetworking()
  package var constraints: JobConstraints = JobConstraints()
  package var monitoring: JobMonitoring = JobMonitoring()
  package var checkpointing: JobCheckpointing = JobCheckpointing()
  package var distribution: JobDistribution = JobDistribution()
  package var security: JobSecurity = JobSecurity()
  package var federationEnabled: Bool = false
  package var federationClusterID: String?
  package var multiClusterScheduling: Bool = false
  package var experimentalFeatures: [NamedValue<JSONValue>] = []
  package var featureFlags: [String] = []

  package init() {}

  static let fields = FieldTable<JobSpecification>(
    [
      JobField(
        "command", \.command,
        FieldCodec<String>.text(bytesMax: JobLimits.textBytes, allowsEmpty: true).list(
          countMax: JobLimits.commandWords)),
      JobField(
        "args", \.arguments,
        FieldCodec<String>.text(bytesMax: JobLimits.textBytes, allowsEmpty: true).list(
          countMax: JobLimits.commandWords)),
      JobField("entrypoint", \.entrypoint, FieldCodec<JSONValue>.freeForm.optional),
      JobField("priority", \.priority, FieldCodec<Int64>.priority),
      JobField("priority_class", \.priorityClass, FieldCodec<PriorityClass>.choice.optional),
      JobField("queue_name", \.queueName, FieldCodec<String>.name),
      JobField(
        "dependencies", \.dependencies,
        FieldCodec<JobDependency>.dependency.list(countMax: JobLimits.dependencies)),
      JobField("debug_mode", \.debugMode, FieldCodec<Bool>.flag),
      JobField("dry_run", \.dryRun, FieldCodec<Bool>.flag),
      JobField("metadata", \.metadata, FieldCodec<JobMetadata>.group),
      JobField("environment", \.environment, FieldCodec<JobEnvironment>.group),
      JobField("resources", \.resources, FieldCodec<JobResources>.group),
      JobField("networking", \.networking, FieldCodec<JobNetworking>.group),
      JobField(
        "scheduling_constraints", \.constraints, FieldCodec<JobConstraints>.group,
        aliases: ["scheduling"]),
      JobField("monitoring", \.monitoring, FieldCodec<JobMonitoring>.group),
      JobField("checkpointing", \.checkpointing, FieldCodec<JobCheckpointing>.group),
      JobField("distributed", \.distribution, FieldCodec<JobDistribution>.group),
      JobField("security", \.security, FieldCodec<JobSecurity>.group),
      JobField("federation_enabled", \.federationEnabled, FieldCodec<Bool>.flag),
      JobField("federation_cluster_id", \.federationClusterID, FieldCodec<String>.name.optional),
      JobField("multi_cluster_scheduling", \.multiClusterScheduling, FieldCodec<Bool>.flag),
      JobField(
        "experimental_features", \.experimentalFeatures, FieldCodec<JSONValue>.freeForm.map()),
      JobField("feature_flags", \.featureFlags, FieldCodec<String>.name.list()),
    ],
    shorthands: [
      JobField("name", \.metadata.name, FieldCodec<String>.name),
      JobField("project_id", \.metadata.projectID, FieldCodec<String>.name.optional),
      JobField("description", \.metadata.description, FieldCodec<String>.text.optional),
      JobField(
        "labels", \.metadata.labels,
        FieldCodec<String>.text(bytesMax: JobLimits.textBytes, allowsEmpty: true).map()),
      JobField(
        "annotations", \.metadata.annotations,
        FieldCodec<String>.text(bytesMax: JobLimits.textBytes, allowsEmpty: true).map()),
      JobField("tags", \.metadata.tags, FieldCodec<String>.name.list()),
      JobField("docker_image", \.environment.dockerImage, FieldCodec<String>.text.optional),
      JobField("docker_registry", \.environment.dockerRegistry, FieldCodec<String>.text.optional),
      JobField(
        "environment_variables", \.environment.environmentVariables,
        FieldCodec<String>.text(bytesMax: JobLimits.textBytes, allowsEmpty: true).map()),
    ])
}
