import Model
import TestSupport
import Testing

@testable import Jobs

@Suite struct SpecificationTests {
  private func read(_ text: String, _ rules: JobRules = JobRules()) throws -> JobSpecification {
    try JobSpecification(try JSONParser.parse(text), rules: rules)
  }

  private func error(_ text: String, _ rules: JobRules = JobRules()) throws -> String {
    let json = try JSONParser.parse(text)
    do throws(SpecificationError) {
      _ = try JobSpecification(json, rules: rules)
      return ""
    } catch {
      return error.description
    }
  }

  @Test func `job defect 3: the bodies of the first platform's pages are taken as written`() throws
  {
    let short = try read(
      #"""
      {"name": "training-job", "project_id": "ml-research", "docker_image": "pytorch:latest",
       "command": ["python", "train.py"],
       "resources": {"cpu": 8, "memory_gb": 32, "gpu": 2, "gpu_type": "A100"},
       "checkpointing": {"enable_checkpointing": true, "checkpoint_interval_seconds": 3600}}
      """#)
    let full = try read(
      #"""
      {"metadata": {"name": "training-job", "project_id": "ml-research"},
       "environment": {"docker_image": "pytorch:latest"}, "command": ["python", "train.py"],
       "resources": {"cpu_count": 8, "memory_gb": 32.0, "gpu_count": 2, "gpu_type": "A100"},
       "checkpointing": {"enable_checkpointing": true, "checkpoint_interval_seconds": 3600}}
      """#)
    #expect(short == full)
    #expect(short.resources.cpuMilli == 8000)
    #expect(short.resources.gpuCount == 2)
    let untyped = try read(#"{"name": "a", "command": ["b"], "resources": {"gpu": 1}}"#)
    #expect(untyped.resources.gpuType == nil)
  }

  @Test func `every field is written as it was read`() throws {
    let json = try JSONParser.parse(SpecificationSample.text)
    let specification = try JobSpecification(json)
    #expect(specification.json == json)
    #expect(try JobSpecification(specification.compactJSON) == specification)
    // Nothing in the sample is as usual, so that a field that is not read shows.
    let usual = JobSpecification()
    for field in JobSpecification.fields.fields where json[field.name]?.isObject == false {
      #expect(!field.isSame(specification, usual), "\(field.name)")
    }
  }

  @Test func `job defect 18: any choice of fields comes back from its short form`() throws {
    guard case .object(let groups) = try JSONParser.parse(SpecificationSample.text) else { return }
    for seed in TestSeed.all(50) {
      var random = SeededRandom(seed: seed)
      var members: [JSONValue.Member] = []
      for group in groups where random.chance(70) {
        guard case .object(let fields) = group.value, group.key != "experimental_features" else {
          members.append(group)
          continue
        }
        members.append(.init(group.key, .object(fields.filter { _ in random.chance(50) })))
      }
      guard let specification = try? JobSpecification(.object(members)) else { continue }
      let again = try JobSpecification(specification.compactJSON)
      #expect(again == specification, "seed \(seed)")
      #expect(again.json == specification.json, "seed \(seed)")
    }
  }

  @Test func `refusals name the field, what is wrong and what to do`() throws {
    let start = #"{"name": "a", "command": ["b"], "#
    let cases: [(String, String)] = [
      (#"{"command": ["b"]}"#, "name: is missing; give the job a name"),
      (#"{"name": "a"}"#, "command: is missing; name a command or an image"),
      (
        start + #""resources": {"gpus": -1}}"#,
        "resources.gpus: expected a whole number from 0 to 1024, got -1"
      ),
      (
        start + #""resources": {"gpu": 1, "gpu_count": 1}}"#,
        "resources.gpu_count: `gpu` says the same; leave one of them out"
      ),
      (
        start + #""metadata": {"name": "c"}}"#,
        "name: its group says it too; leave one of them out"
      ),
      (start + #""prioritie": 1}"#, "prioritie: unknown key (did you mean priority?)"),
      (
        start + #""resources": {"exclusive_node": true}}"#,
        "resources.exclusive_node: Exclusive node requires at least one GPU"
      ),
      (
        start + #""resources": {"gpu_type": "A100"}}"#,
        "resources.gpu_type: GPU type specified but no GPUs requested"
      ),
      (
        start + #""distributed": {"world_size": 2}}"#,
        "distributed.world_size: is above 1; set is_distributed too, or leave it out"
      ),
      (
        start + #""dependencies": ["x", "x"]}"#,
        "dependencies[1]: names job x a second time; leave it out"
      ),
      (start + #""priority": 1001}"#, "priority: expected a priority from 0 to 1000, got 1001"),
    ]
    for (text, message) in cases { #expect(try error(text) == message) }
    let body = start + #""resources": {"gpu": 1, "memory_gb": 4}}"#
    #expect(
      try error(body, JobRules(requireGPUType: true))
        == "resources.gpu_type: GPU type must be specified when requesting GPUs")
    #expect(
      try error(body, JobRules(requireResources: true))
        == "resources: Missing required resource: cpu")
  }

  @Test func `job defect 26: priority 0 stays 0, and nothing is above 1000`() throws {
    #expect(try read(#"{"name": "a", "command": ["b"], "priority": 0}"#).priority == 0)
    #expect(try read(#"{"name": "a", "command": ["b"], "priority": "scavenger"}"#).priority == 0)
    #expect(try read(#"{"name": "a", "command": ["b"]}"#).priority == 400)
    #expect(PriorityClass.allCases.map(\.priority) == [1000, 800, 600, 400, 200, 100, 0])
  }

  @Test func `job defect 30: a job whose deadline is over can be read again`() throws {
    let text = #"{"name": "a", "command": ["b"], "scheduling_constraints": {"deadline": 1}}"#
    #expect(try read(text).constraints.deadline == Instant(nanoseconds: 1_000_000_000))
  }

  @Test func `what is too much is refused by a named limit`() throws {
    let words = Array(repeating: "\"x\"", count: JobLimits.commandWords + 1).joined(separator: ",")
    #expect(
      try error(#"{"name": "a", "command": ["# + words + "]}")
        == "command: has 1025 entries; at most 1024 are taken")
    let long = String(repeating: "x", count: 256)
    #expect(
      try error(#"{"name": ""# + long + #"", "command": ["b"]}"#)
        == "name: has 256 bytes; at most 255 are taken")
  }
}

extension JSONValue {
  fileprivate var isObject: Bool { if case .object = self { true } else { false } }
}
