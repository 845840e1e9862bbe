package import Model

/// What the processes of a job may do. An executor enforces each field or refuses the job; none is ignored.
package struct JobSecurity: FieldGroup {
  package var runAsUser: Int64?
  package var runAsGroup: Int64?
  package var fsGroup: Int64?
  package var supplementalGroups: [Int64] = []
  package var privileged: Bool = false
  package var allowPrivilegeEscalation: Bool = false
  package var readOnlyRootFilesystem: Bool = false
  package var capabilitiesAdd: [String] = []
  package var capabilitiesDrop: [String] = []
  package var seLinuxOptions: JSONValue?
  package var appArmorProfile: String?
  package var seccompProfile: String?
  package var allowInternetAccess: Bool = true
  package var allowedNamespaces: [String] = []
  package var blockedIPs: [String] = []

  package init() {}

  static let fields = FieldTable<JobSecurity>([
    JobField("run_as_user", \.runAsUser, FieldCodec<Int64>.integer(0...4_294_967_294).optional),
    JobField("run_as_group", \.runAsGroup, FieldCodec<Int64>.integer(0...4_294_967_294).optional),
    JobField("fs_group", \.fsGroup, FieldCodec<Int64>.integer(0...4_294_967_294).optional),
    JobField(
      "supplemental_groups", \.supplementalGroups,
      FieldCodec<Int64>.integer(0...4_294_967_294).list()),
    JobField("privileged", \.privileged, FieldCodec<Bool>.flag),
    JobField("allow_privilege_escalation", \.allowPrivilegeEscalation, FieldCodec<Bool>.flag),
    JobField("read_only_root_filesystem", \.readOnlyRootFilesystem, FieldCodec<Bool>.flag),
    JobField("capabilities_add", \.capabilitiesAdd, FieldCodec<String>.name.list()),
    JobField("capabilities_drop", \.capabilitiesDrop, FieldCodec<String>.name.list()),
    JobField("se_linux_options", \.seLinuxOptions, FieldCodec<JSONValue>.freeForm.optional),
    JobField("app_armor_profile", \.appArmorProfile, FieldCodec<String>.text.optional),
    JobField("seccomp_profile", \.seccompProfile, FieldCodec<String>.text.optional),
    JobField("allow_internet_access", \.allowInternetAccess, FieldCodec<Bool>.flag),
    JobField("allowed_namespaces", \.allowedNamespaces, FieldCodec<String>.name.list()),
    JobField("blocked_ips", \.blockedIPs, FieldCodec<String>.name.list()),
  ])
}
