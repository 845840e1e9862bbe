import Scheduling
import Testing

@Suite struct SnapshotPartsTests {
  @Test(arguments: [
    "[{\"name\": \"b\", \"cpu\": 4}, {\"name\": \"a\", \"gpus\": 2, \"gpu_model\": \"T4\"}]",
    """
    {"nodes": [{"name": "b", "cpu": 4}, {"name": "a", "gpus": 2, "gpu_model": "T4"}],
     "queues": [{"name": "q"}]}
    """,
  ])
  func `nodes are read from a list or from a whole description`(text: String) throws {
    let nodes = try Snapshot.nodes(Array(text.utf8))
    #expect(nodes.map(\.name) == ["a", "b"])
    #expect(nodes[0].devices == [GPUDevice(model: "T4"), GPUDevice(model: "T4")])
    #expect(nodes[1].capacity == Resources(cpuMilli: 4000))
  }

  @Test(arguments: [
    ("[]", "there are no `nodes`"), ("{}", "there are no `nodes`"), ("[1]", "expected an object"),
    ("[{\"name\": \"a\", \"cpus\": 1, \"cup\": 2}]", "[0].cup: unknown key"),
    ("[{\"name\": \"a\", \"gpus\": [{\"milli\": 500}]}]", "withheld"), ("[", "1:2"),
  ])
  func `what is no list of nodes is refused with its place`(text: String, message: String) {
    let error = #expect(throws: SnapshotError.self) { try Snapshot.nodes(Array(text.utf8)) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
