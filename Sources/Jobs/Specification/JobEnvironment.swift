package import Model

/// The image and surroundings of a job's processes.
package struct JobEnvironment: FieldGroup {
  package var dockerImage: String?
  package var dockerRegistry: String?
  package var dockerAuth: JSONValue?
  package var environmentVariables: [NamedValue<String>] = []
  package var secrets: [JSONValue] = []
  package var volumes: [JSONValue] = []
  package var workingDirectory: String = "/workspace"
  package var user: String?
  package var group: String?

  package init() {}

  static let fields = FieldTable<JobEnvironment>([
    JobField("docker_image", \.dockerImage, FieldCodec<String>.text.optional),
    JobField("docker_registry", \.dockerRegistry, FieldCodec<String>.text.optional),
    JobField("docker_auth", \.dockerAuth, FieldCodec<JSONValue>.freeForm.optional),
    JobField(
      "environment_variables", \.environmentVariables,
      FieldCodec<String>.text(bytesMax: JobLimits.textBytes, allowsEmpty: true).map()),
    JobField("secrets", \.secrets, FieldCodec<JSONValue>.freeForm.list()),
    JobField("volumes", \.volumes, FieldCodec<JSONValue>.freeForm.list()),
    JobField("working_directory", \.workingDirectory, FieldCodec<String>.text),
    JobField("user", \.user, FieldCodec<String>.name.optional),
    JobField("group", \.group, FieldCodec<String>.name.optional),
  ])
}

/// What a job offers to others over the network, and whom it may reach.
package struct JobNetworking: FieldGroup {
  package var exposePorts: [Int64] = []
  package var ingressRules: [JSONValue] = []
  package var egressRules: [JSONValue] = []
  package var dnsPolicy: String = "cluster"
  package var hostname: String?
  package var subdomain: String?
  package var serviceName: String?

  package init() {}

  static let fields = FieldTable<JobNetworking>([
    JobField("expose_ports", \.exposePorts, FieldCodec<Int64>.integer(1...65_535).list()),
    JobField("ingress_rules", \.ingressRules, FieldCodec<JSONValue>.freeForm.list()),
    JobField("egress_rules", \.egressRules, FieldCodec<JSONValue>.freeForm.list()),
    JobField("dns_policy", \.dnsPolicy, FieldCodec<String>.name),
    JobField("hostname", \.hostname, FieldCodec<String>.name.optional),
    JobField("subdomain", \.subdomain, FieldCodec<String>.name.optional),
    JobField("service_name", \.serviceName, FieldCodec<String>.name.optional),
  ])
}
