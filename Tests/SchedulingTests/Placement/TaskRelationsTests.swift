import Model
import Scheduling
import Testing

@Suite struct TaskRelationsTests {
  /// Four nodes: two in the east, one in the west, one in no zone; racks 1, 2, 1 and none.
  static func placer() throws -> Placer {
    let places: [(zone: String, labels: Labels)] = [
      ("east", ["rack": "1"]), ("east", ["rack": "2"]), ("west", ["rack": "1"]), ("", .none),
    ]
    let nodes = places.enumerated().map { number, place in
      Node(
        name: "\(number)", capacity: Resources(cpuMilli: 9000), labels: place.labels,
        zone: place.zone)
    }
    return Placer(
      try Cluster(nodes: nodes), policy: .weighted(ScoreWeights()), random: SeededRandom(seed: 1))
  }

  /// The nodes on which a task could run.
  static func nodes(for request: TaskRequest, in placer: Placer) -> [Int] {
    (0..<4).filter { number in
      var alone = placer
      for other in 0..<4 where other != number { alone.setState(.cordoned, of: other) }
      return alone.fits(request)
    }
  }

  static func running(_ labels: Labels, on node: Int, in placer: inout Placer) {
    var only = TaskRequest(labels: labels)
    only.nodeAffinity = []
    for other in 0..<4 where other != node { placer.setState(.cordoned, of: other) }
    let found = placer.run(only)
    #expect(found?.placement.node == node)
    for other in 0..<4 { placer.setState(.ready, of: other) }
  }

  static let database = LabelSelector(matching: ["app": "db"])

  @Test func `a task that must be near another runs at its place: node, zone or label`() throws {
    var placer = try Self.placer()
    Self.running(["app": "db"], on: 0, in: &placer)
    func nodes(_ topology: TaskAffinity.Topology) -> [Int] {
      let affinity = TaskAffinity(Self.database, topology: topology)
      return Self.nodes(for: TaskRequest(taskAffinity: [affinity]), in: placer)
    }
    #expect(nodes(.node) == [0])
    #expect(nodes(.zone) == [0, 1])
    #expect(nodes(.label("rack")) == [0, 2])
  }

  @Test func `a task keeps away from another's node, zone or label`() throws {
    var placer = try Self.placer()
    Self.running(["app": "db"], on: 0, in: &placer)
    func nodes(_ topology: TaskAffinity.Topology) -> [Int] {
      let affinity = TaskAffinity(Self.database, topology: topology)
      return Self.nodes(for: TaskRequest(taskAntiAffinity: [affinity]), in: placer)
    }
    #expect(nodes(.node) == [1, 2, 3])
    #expect(nodes(.zone) == [2, 3])
    #expect(nodes(.label("rack")) == [1, 3])
  }

  @Test func `who keeps others away does so after it was placed, until it ends`() throws {
    var placer = try Self.placer()
    let shy = TaskRequest(taskAntiAffinity: [TaskAffinity(Self.database, topology: .zone)])
    let found = placer.run(shy)
    let slot = try #require(found).slot
    let database = TaskRequest(labels: ["app": "db"])
    #expect(Self.nodes(for: database, in: placer) == [2, 3])
    #expect(Self.nodes(for: TaskRequest(labels: ["app": "web"]), in: placer) == [0, 1, 2, 3])
    placer.remove(slot)
    #expect(Self.nodes(for: database, in: placer) == [0, 1, 2, 3])
  }

  @Test func `the first of a group may begin anywhere, the others follow it`() throws {
    var placer = try Self.placer()
    let member = TaskRequest(
      labels: ["app": "db"], taskAffinity: [TaskAffinity(Self.database, topology: .zone)])
    // Not where there is no zone to be near in.
    #expect(Self.nodes(for: member, in: placer) == [0, 1, 2])
    Self.running(["app": "db"], on: 2, in: &placer)
    #expect(Self.nodes(for: member, in: placer) == [2])
    let stranger = TaskRequest(
      labels: ["app": "web"],
      taskAffinity: [TaskAffinity(LabelSelector(matching: ["app": "cache"]))])
    #expect(Self.nodes(for: stranger, in: placer) == [])
  }

  @Test func `a wish to be near or away decides among places, and forbids none`() throws {
    var placer = try Self.placer()
    Self.running(["app": "db"], on: 2, in: &placer)
    func node(isNear: Bool) -> Int? {
      let wish = TaskPreference(
        TaskAffinity(Self.database, topology: .node), isNear: isNear, weight: 10)
      return placer.trial(TaskRequest(taskPreferences: [wish]))?.node
    }
    #expect(node(isNear: true) == 2)
    #expect(node(isNear: false) == 0)
  }
}
