import Model
import Scheduling

/// Users in the order of what they deserve: the fair tree over the groups and users of a workload, which all have equal
/// shares.
///
/// A user belongs to the group of its first job. Usage is processors times seconds, charged while jobs run and halved with
/// every week that passes; users are ranked anew every ``rankedFor``. Inside one rank the order is that of submission.
struct FairTreeOrder: JobOrdering {
  /// How long a ranking holds.
  static let rankedFor = TimeSpan.seconds(300)

  private struct Charge {
    let job: JobNumber
    let node: Int
    let processors: Int
    /// Until when its usage is charged.
    var until: Instant
  }

  private let tree: ShareTree
  /// By the user's number in the workload: its node.
  private let nodes: [Int: Int]
  private var usage: UsageHistory
  /// In no order that matters to a sum but the same in every run: filled and emptied as jobs start and end.
  private var running: [Charge] = []
  private var places: [Int]

  init(_ workload: Workload) {
    var tree: [ShareTree.Node] = []
    var groups: [Int: Int] = [:]
    var users: [Int: Int] = [:]
    for job in workload.jobs where users[job.user] == nil {
      let parent: Int
      if let known = groups[job.group] {
        parent = known
      } else {
        parent = tree.count
        groups[job.group] = parent
        tree.append(ShareTree.Node(.account, parent: nil, shares: 1))
      }
      users[job.user] = tree.count
      tree.append(ShareTree.Node(.user, parent: parent, shares: 1))
    }
    do {
      self.tree = try ShareTree(tree)
    } catch {
      preconditionFailure("a group comes before its users: \(error)")
    }
    nodes = users
    usage = UsageHistory(
      users: tree.count, decay: .standard, start: workload.jobs.first?.submit ?? .epoch)
    places = Array(repeating: 0, count: tree.count)
  }

  var movement: ScoreMovement { .after(FairTreeOrder.rankedFor) }

  mutating func prepare(at now: Instant) {
    for index in running.indices { charge(index, to: now) }
    places = FairTree(tree, usage: usage.usages(at: now)).places
  }

  func score(of job: JobFacts, at now: Instant) -> Double { Double(places[node(of: job)]) }

  mutating func started(_ job: JobFacts, at now: Instant) {
    running.append(
      Charge(job: job.number, node: node(of: job), processors: job.processors, until: now))
  }

  mutating func ended(_ job: JobFacts, at now: Instant) {
    guard let index = running.firstIndex(where: { $0.job == job.number }) else {
      preconditionFailure("what ends has started")
    }
    charge(index, to: now)
    running.swapAt(index, running.count - 1)
    running.removeLast()
  }

  private mutating func charge(_ index: Int, to now: Instant) {
    let entry = running[index]
    usage.charge(
      entry.node, milliUnits: Int64(entry.processors) * 1000, from: entry.until, to: now)
    running[index].until = now
  }

  private func node(of job: JobFacts) -> Int {
    guard let node = nodes[job.user] else {
      preconditionFailure("every user of the workload has a node")
    }
    return node
  }
}
