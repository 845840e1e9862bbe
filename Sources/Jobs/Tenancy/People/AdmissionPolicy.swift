package import Model

/// What a project's jobs may ask for beyond quantities. The defaults let a plain job through and nothing that reaches
/// beyond its container.
package struct AdmissionPolicy: Hashable, Sendable {
  /// Images of which one must match (``ImagePattern``); an empty list allows all.
  package var allowedImages: [ImagePattern] = []
  /// Whether a job may be privileged or escalate its privileges.
  package var allowsPrivileged = false
  /// The Linux capabilities that a job may add, by name without `CAP_`.
  package var allowedCapabilities: [Text] = []
  package var allowsHostVolumes = false
  package var allowsInternet = true
  /// 0 to ``TenancyLimits/priorityMax``.
  package var priorityMax: Int64 = TenancyLimits.priorityMax
  /// If set, every job must say a longest runtime, and none above this.
  package var runtimeMax: TimeSpan?

  package init() {}
}

/// What the policies look at in a job. There is no field for debugging: it changes nothing here.
package struct JobFacts: Hashable, Sendable {
  /// Empty for a job without one.
  package var image: Text = .empty
  package var isPrivileged = false
  package var escalatesPrivileges = false
  package var addedCapabilities: [Text] = []
  package var hostVolumes: [Text] = []
  package var usesInternet = false
  package var priority: Int64 = 400
  package var runtimeMax: TimeSpan?

  package init() {}
}

/// A rule that a job breaks.
package struct PolicyViolation: Hashable, Sendable {
  /// The rules, by the name in answers.
  package enum Rule: String, CaseIterable, Hashable, Sendable {
    case cluster = "allowed_clusters"
    case pool = "allowed_pools"
    case queue = "allowed_queues"
    case image = "allowed_images"
    case privileged = "privileged"
    case capability = "capabilities"
    case hostVolume = "host_volumes"
    case internet = "internet"
    case priority = "max_priority"
    case runtime = "max_runtime"
  }

  package var rule: Rule
  /// What is in the way and what to do, for people.
  package var text: String
}

extension AdmissionPolicy {
  /// Every rule that a job breaks, in the order of the rules.
  package func violations(of job: JobFacts) -> [PolicyViolation] {
    var found: [PolicyViolation] = []
    func add(_ rule: PolicyViolation.Rule, _ text: String) {
      found.append(PolicyViolation(rule: rule, text: text))
    }
    if !allowedImages.isEmpty, !allowedImages.contains(where: { $0.matches(job.image) }) {
      let patterns = allowedImages.map(\.text.string).joined(separator: ", ")
      add(.image, "the image \(job.image) is not allowed; take one of \(patterns)")
    }
    if !allowsPrivileged, job.isPrivileged || job.escalatesPrivileges {
      let field = job.isPrivileged ? "privileged" : "allow_privilege_escalation"
      add(.privileged, "security.\(field) is not allowed; leave it out")
    }
    for capability in job.addedCapabilities where !allows(capability: capability) {
      add(.capability, "the capability \(capability) is not allowed; leave it out")
    }
    if !allowsHostVolumes, let volume = job.hostVolumes.first {
      add(.hostVolume, "the volume \(volume) of the host is not allowed; leave it out")
    }
    if !allowsInternet, job.usesInternet {
      add(.internet, "the internet is not allowed; set security.allow_internet_access to false")
    }
    if job.priority > priorityMax {
      add(.priority, "the priority \(job.priority) is too high; take at most \(priorityMax)")
    }
    if let runtimeMax, job.runtimeMax.map({ $0 > runtimeMax }) ?? true {
      let seconds = runtimeMax.nanoseconds / 1_000_000_000
      add(.runtime, "set max_runtime_seconds to at most \(seconds)")
    }
    return found
  }

  /// Names are compared as the kernel's users write them: in either case, with `CAP_` or without.
  private func allows(capability: Text) -> Bool {
    func plain(_ name: Text) -> String {
      let upper = name.string.uppercased()
      return upper.hasPrefix("CAP_") ? String(upper.dropFirst(4)) : upper
    }
    let wanted = plain(capability)
    return allowedCapabilities.contains { plain($0) == wanted }
  }
}
