import Model
import Scheduling
import Simulation
import Testing

@Suite struct OpenbTests {
  static let podsHead = "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec\n"

  @Test func `nodes are read with their devices, whatever the order of the columns`() throws {
    let nodes = try Openb.nodes(
      "model,sn,gpu,memory_mib,cpu_milli\nT4,n1,2,512,8000\n,n2,0,1024,4000\r\n", file: "n")
    #expect(nodes.map(\.name) == ["n1", "n2"])
    #expect(nodes[0].devices == [GPUDevice(model: "T4"), GPUDevice(model: "T4")])
    #expect(nodes[0].capacity == Resources(cpuMilli: 8000, memoryMB: 512))
    #expect(nodes[1].devices == [])
  }

  @Test func `pods are read with their share, whole GPUs and accepted models`() throws {
    let pods = try Openb.pods(
      Self.podsHead + "a,1000,2,1,460,\nb,2000,3,8,1000,V100|T4|V100\nc,1,1,0,0,T4\n", file: "p")
    #expect(pods.map(\.gpu) == [.share(milli: 460), .devices(count: 8), .none])
    #expect(pods.map(\.gpuConstraints.models) == [[], ["T4", "V100"], []])
    #expect(pods[1].amounts == Resources(cpuMilli: 2000, memoryMB: 3))
    let without = try Openb.pods(
      "cpu_milli,memory_mib,num_gpu,gpu_milli\n1,1,1,1000\n", file: "p")
    #expect(without[0].gpu == .devices(count: 1))
  }

  @Test(arguments: [
    ("a,1000,2,1,460\n", 2, "", "expected 6 values"),
    ("a,1,1,0,0,\nb,x,1,0,0,\n", 3, "cpu_milli", "found \"x\""),
    ("a,-1,1,0,0,\n", 2, "cpu_milli", "from 0 to"),
    ("a,1,1,17,1000,\n", 2, "num_gpu", "from 0 to 16"),
    ("a,1,1,1,1001,\n", 2, "gpu_milli", "from 0 to 1000"),
    ("a,1,1,2,500,\n", 2, "gpu_milli", "less of one GPU"),
    ("a,1,1,1,0,\n", 2, "gpu_milli", "less of one GPU"),
    ("a,1,1,0,5,\n", 2, "gpu_milli", "0 without a GPU"),
    ("a,99999999999999999999,1,0,0,\n", 2, "cpu_milli", "from 0 to"),
  ])
  func `a bad value is refused by line and column`(
    rows: String, line: Int, column: String, message: String
  ) throws {
    let error = #expect(throws: CommaTableError.self) {
      try Openb.pods(Self.podsHead + rows, file: "pods.csv")
    }
    #expect(error?.line == line)
    #expect(error?.column == column)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.description.hasPrefix("pods.csv:\(line): ") == true)
  }

  @Test func `a table that is no list of nodes or pods is refused`() {
    for text in ["", "\n", "sn,cpu_milli\n", "sn,sn\n", "sn,cpu_milli,memory_mib,gpu,model\n"] {
      #expect(throws: CommaTableError.self) { try Openb.nodes(text, file: "n") }
    }
    let twice = "sn,cpu_milli,memory_mib,gpu,model\na,1,1,0,\na,1,1,0,\n"
    let error = #expect(throws: CommaTableError.self) { try Openb.nodes(twice, file: "n") }
    #expect(error?.description == "n:3: sn: expected a name of its own, found \"a\"")
    #expect(throws: CommaTableError.self) { try Openb.pods(Self.podsHead, file: "p") }
  }

  @Test(.enabled(if: OpenbTrace.isPresent, "the trace is absent: ../shared/data/openb"))
  func `the whole trace is read`() throws {
    let nodes = try OpenbTrace.nodes()
    #expect(nodes.count == 1213)
    #expect(nodes.reduce(0) { $0 + $1.devices.count } == 6212)
    for (list, count) in [
      ("default", 8152), ("cpu250", 9420), ("gpushare100", 8152), ("gpuspec33", 8152),
      ("multigpu50", 9061),
    ] {
      #expect(try OpenbTrace.pods(list).count == count)
    }
    let everything = try Openb.nodes(OpenbTrace.text("node_list_all_node"), file: "nodes")
    #expect(everything.count == 1523)
    #expect(try Cluster(nodes: everything).gpuMilli == 6_212_000)
  }

  @Test func `pods over time become jobs, and those that never ran are left out`() throws {
    let head = "cpu_milli,memory_mib,num_gpu,gpu_milli,creation_time,deletion_time,scheduled_time\n"
    let (workload, report) = try Openb.jobs(
      head + "1500,2,1,500,10,100,20\n1500,2,1,500,5,50,\n1,1,0,0,5,5,5\n1,1,0,0,5,,\n", file: "p")
    #expect(workload.jobs.map(\.id) == [1, 0])
    #expect(workload.jobs.map(\.submitSeconds) == [5, 10])
    #expect(workload.jobs.map(\.runSeconds) == [45, 80])
    #expect(workload.jobs.map(\.processors) == [2, 2])
    #expect(workload.asks.count == 1 && workload.asks[0].gpuMilli == 500)
    #expect(report.rowsRead == 4 && report.rowsKept == 2)
    #expect(report.noRunTime == 2 && report.outOfOrder == 1)
    let error = #expect(throws: CommaTableError.self) {
      try Openb.jobs(Self.podsHead + "a,1,1,0,0,\n", file: "p")
    }
    #expect(error?.description.contains("creation_time") == true)
  }
}
