import Jobs
import Model
import TestSupport
import Testing

/// What a project lets its jobs ask for beyond quantities.
@Suite struct AdmissionPolicyTests {
  private func rules(
    _ change: (inout AdmissionPolicy) -> Void = { _ in }, _ job: (inout JobFacts) -> Void
  ) -> [PolicyViolation.Rule] {
    var policy = AdmissionPolicy()
    change(&policy)
    var facts = JobFacts()
    job(&facts)
    return policy.violations(of: facts).map(\.rule)
  }

  @Test
  func `defect 27: privileges, capabilities and host volumes need a project that allows them`() {
    #expect(rules { $0.isPrivileged = true } == [.privileged])
    #expect(rules { $0.escalatesPrivileges = true } == [.privileged])
    #expect(
      rules { $0.addedCapabilities = ["SYS_ADMIN", "NET_RAW"] } == [.capability, .capability])
    #expect(rules { $0.hostVolumes = ["/etc"] } == [.hostVolume])
    #expect(rules({ $0.allowsPrivileged = true }) { $0.isPrivileged = true } == [])
    #expect(rules({ $0.allowsHostVolumes = true }) { $0.hostVolumes = ["/data"] } == [])
    #expect(
      rules({ $0.allowedCapabilities = ["NET_RAW"] }) { $0.addedCapabilities = ["cap_net_raw"] }
        == [])
    #expect(
      rules({ $0.allowedCapabilities = ["CAP_NET_RAW"] }) { $0.addedCapabilities = ["NET_ADMIN"] }
        == [.capability])
  }

  @Test func `a plain job breaks no rule of a plain project`() {
    #expect(
      rules { job in
        job.image = "python:3.9"
        job.usesInternet = true
        job.priority = 0
      } == [])
  }

  @Test func `images, internet, priority and runtime are bounded`() {
    let image = ImagePattern("python:*").map { [$0] } ?? []
    #expect(rules({ $0.allowedImages = image }) { $0.image = "ruby:3" } == [.image])
    #expect(rules({ $0.allowedImages = image }) { $0.image = .empty } == [.image])
    #expect(rules({ $0.allowedImages = image }) { $0.image = "python:3.9" } == [])
    #expect(rules({ $0.allowsInternet = false }) { $0.usesInternet = true } == [.internet])
    #expect(rules({ $0.priorityMax = 400 }) { $0.priority = 401 } == [.priority])
    #expect(rules({ $0.priorityMax = 400 }) { $0.priority = 400 } == [])
    #expect(rules({ $0.runtimeMax = .seconds(60) }) { $0.runtimeMax = .seconds(61) } == [.runtime])
    #expect(rules({ $0.runtimeMax = .seconds(60) }) { $0.runtimeMax = nil } == [.runtime])
    #expect(rules({ $0.runtimeMax = .seconds(60) }) { $0.runtimeMax = .seconds(60) } == [])
  }

  @Test func `every rule that a job breaks is told at once, with what to do`() throws {
    var world = try TenancyWorld.staffed()
    var settings = ProjectSettings()
    settings.allowedQueues = ["batch"]
    settings.policy.priorityMax = 100
    try world.run(.updateProject("apollo", settings))
    var job = demand("j")
    job.queue = "default"
    job.facts.isPrivileged = true
    let refusal = world.refusal(.admit(job), by: .user("developer"))
    #expect(refusal?.sort == .policyViolated)
    #expect(refusal?.violations.map(\.rule) == [.queue, .privileged, .priority])
    #expect(
      refusal?.message
        == "Admission refused: default is not among allowed_queues; take one of batch; "
        + "security.privileged is not allowed; leave it out; the priority 400 is too high; take at most 100"
    )
    #expect(world.state.charges.isEmpty)
  }

  @Test func `defect 26: priority 0 stays 0, and nobody outranks CRITICAL`() throws {
    var world = try TenancyWorld.staffed()
    var job = demand("j")
    job.facts.priority = 1_001
    #expect(world.refusal(.admit(job))?.field == "priority")
    job.facts.priority = -1
    #expect(world.refusal(.admit(job))?.field == "priority")
    try world.run(
      .setQuota(Quota(id: "q", scope: .project("apollo"), limits: [.priority: 100])))
    job.facts.priority = 0
    try world.run(.admit(job))
    job.job = "k"
    job.facts.priority = 400
    #expect(world.refusal(.admit(job))?.findings.map(\.measure) == [.priority])
  }

  @Test func `nobody submits for somebody else, not even an admin`() throws {
    var world = try TenancyWorld.staffed()
    #expect(world.refusal(.admit(demand("j")), by: .user("root"))?.sort == .accessDenied)
    #expect(
      world.refusal(.admit(demand("j", by: "viewer")), by: .user("viewer"))?.sort == .accessDenied)
    try world.run(.admit(demand("j", by: "root")), by: .user("root"))
  }

  @Test(arguments: [
    ("python:*", "python:3.9", true), ("python:*", "python", false),
    ("python:*", "evil.example/python:3.9", false), ("*", "python", true), ("*", "a/b", false),
    ("**", "a/b/c:1", true), ("registry.example/*/app:*", "registry.example/team/app:1", true),
    ("registry.example/*/app:*", "registry.example/a/b/app:1", false),
    ("registry.example/**", "registry.example/a/b/app:1", true),
    ("registry.example/**", "registry.example.evil/a", false), ("a*a*a", "aaa", true),
    ("a*a*a", "aa", false), ("***", "a/b", true),
  ])
  func `a star stands within a folder, two stars anywhere`(
    _ pattern: String, _ name: String, _ matches: Bool
  ) {
    #expect(ImagePattern(Text(pattern))?.matches(Text(name)) == matches)
  }

  /// Tries all ways to read the pattern.
  private func naive(_ pattern: Substring, _ name: Substring) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    let rest = pattern.dropFirst()
    guard first == "*" else { return name.first == first && naive(rest, name.dropFirst()) }
    let isDouble = rest.first == "*"
    let after = isDouble ? rest.drop { $0 == "*" } : rest
    if naive(after, name) { return true }
    guard let next = name.first, isDouble || next != "/" else { return false }
    return naive(pattern, name.dropFirst())
  }

  @Test(arguments: TestSeed.all(10)) func `patterns match as if all ways were tried`(_ seed: UInt64)
  {
    var random = SeededRandom(seed: seed).child("patterns")
    for _ in 0..<500 {
      func draw(_ letters: [String], _ count: Int) -> String {
        (0..<1 + random.below(count)).map { _ in random.pick(letters) }.joined()
      }
      let pattern = draw(["a", "b", "/", "*"], 7)
      let name = draw(["a", "b", "/"], 8)
      #expect(
        ImagePattern(Text(pattern))?.matches(Text(name)) == naive(pattern[...], name[...]),
        "\(pattern) \(name)")
    }
  }
}
