import Model
import Scheduling
import Simulation
import Testing

@Suite struct PlacementValidatorTests {
  static let nodes = NodeSimulationTests.nodes

  /// Runs of jobs that all ask the same.
  static func faults(
    _ ask: String, _ runs: [(job: Int, start: Int64, end: Int64, places: [Placement])],
    outages: [NodeOutage] = []
  ) throws -> [PlacementFault] {
    var lines = ""
    for run in runs {
      lines += "{\"id\": \(run.job), \"submit_seconds\": 0, \"run_seconds\": 10, \(ask)}\n"
    }
    let schedule = runs.map { run in
      ScheduleRecord(
        job: run.job, submit: .epoch, start: .epoch + .seconds(run.start),
        end: .epoch + .seconds(run.end), processors: 1, places: run.places)
    }
    return PlacementValidator.faults(
      in: schedule, of: try JobLines.read(Array(lines.utf8)), on: nodes, outages: outages)
  }

  static func at(_ node: Int, _ gpu: GPUGrant = .none) -> [Placement] {
    [Placement(node: node, gpu: gpu)]
  }

  @Test func `a possible schedule has no fault`() throws {
    #expect(
      try Self.faults(
        "\"cpu\": 8", [(1, 0, 10, Self.at(0)), (2, 10, 20, Self.at(0)), (3, 5, 15, Self.at(1))])
        == [])
    let halves = [
      (job: 1, start: Int64(0), end: Int64(10), places: Self.at(0, .share(device: 1, milli: 500))),
      (job: 2, start: 3, end: 13, places: Self.at(0, .share(device: 1, milli: 500))),
    ]
    #expect(try Self.faults("\"gpus\": 0.5", halves) == [])
  }

  @Test func `what more than is there is held of is named with its time`() throws {
    #expect(
      try Self.faults("\"cpu\": 5", [(1, 0, 10, Self.at(0)), (2, 9, 19, Self.at(0))])
        == [.overfull(node: 0, atSeconds: 9)])
    let shares = Self.at(0, .share(device: 1, milli: 600))
    #expect(
      try Self.faults("\"gpus\": 0.6", [(1, 0, 10, shares), (2, 4, 14, shares)])
        == [.overfullDevice(node: 0, device: 1, atSeconds: 4)])
    let alone = "\"cpu\": 1, \"exclusive_node\": true"
    #expect(
      try Self.faults(alone, [(1, 0, 10, Self.at(2)), (2, 2, 12, Self.at(2))])
        == [.notAlone(node: 2, atSeconds: 2)])
  }

  @Test func `a place that does not fit the job is named`() throws {
    #expect(
      try Self.faults(
        "\"cpu\": 1, \"node_selector\": {\"disk\": \"fast\"}", [(1, 0, 10, Self.at(0))])
        == [.wrongNode(job: 1, node: 0)])
    #expect(
      try Self.faults("\"cpu\": 1", [(1, 0, 10, Self.at(7))]) == [.wrongNode(job: 1, node: 7)])
    #expect(
      try Self.faults("\"gpus\": 2", [(1, 0, 10, Self.at(0, .devices(DeviceSet([1]))))])
        == [.wrongDevices(job: 1, node: 0)])
    #expect(
      try Self.faults("\"cpu\": 1, \"tasks\": 2", [(1, 0, 10, Self.at(0))])
        == [.otherTasks(job: 1, found: 1, expected: 2)])
  }

  @Test func `a node that is out of service runs nothing`() throws {
    let outage = NodeOutage(node: 0, from: .epoch + .seconds(9), to: .epoch + .seconds(12))
    #expect(
      try Self.faults("\"cpu\": 1", [(1, 0, 10, Self.at(0))], outages: [outage])
        == [.outOfService(job: 1, node: 0)])
    #expect(
      try Self.faults("\"cpu\": 1", [(1, 12, 22, Self.at(0))], outages: [outage]) == [])
  }
}
