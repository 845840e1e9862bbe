import Model
import Scheduling
import TestSupport
import Testing

/// A cluster of queues in which jobs come, are preempted, wait and come back.
private struct World {
  var tree: QuotaTree
  var leaves: [Int]
  var limits: PreemptionLimits
  var now = Instant.epoch
  var running: [RunningJob] = []
  var pending: [Preemptor] = []
  /// By job: how often it was preempted.
  var preemptions: [JobNumber: Int] = [:]
  var memory = PreemptionMemory()
  /// Who preempted whom, among the jobs that have not ended.
  var events: [(preemptor: JobNumber, victim: JobNumber)] = []
  var eventCount = 0
  /// Events that closed a ring: the victim had preempted the preemptor, or one that did, and so on.
  var rings = 0
  private var count = 0

  init(_ random: inout SeededRandom, isFair: Bool?, isFlat: Bool, bound: ReclaimBound) throws {
    var queues: [QueueSettings] = []
    let groups = isFlat ? 1 : 3
    for index in 0..<(2 + random.below(4)) {
      let rules: [[FairShareRule]] = [
        [.lessThanOrEqualToFinalShare], [.lessThanInitialShare],
        [.lessThanOrEqualToFinalShare, .lessThanInitialShare],
      ]
      let hasRules = isFair ?? random.chance(50)
      queues.append(
        QueueSettings(
          name: "q\(index)", parent: "g\(random.below(groups))",
          nominal: [random.within(0...6), random.within(0...6)],
          borrowingLimit: [random.chance(20) ? random.within(0...6) : nil, nil],
          lendingLimit: [random.chance(20) ? random.within(0...4) : nil, nil],
          weightMilli: random.pick([0, 500, 1000, 1000, 2000]),
          within: random.pick([.never, .lower, .lowerOrNewerEqual]),
          reclaim: random.pick([.never, .lower, .any, .any]),
          fairShareRules: hasRules ? random.pick(rules) : []))
    }
    if !isFlat {
      queues.append(QueueSettings(name: "g1", parent: "g0", nominal: [2, 0]))
      queues.append(QueueSettings(name: "g2", parent: "g0", nominal: [0, 2]))
    }
    tree = try QuotaTree(
      columns: [.init(name: "cpu", resource: 0), .init(name: "gpu", resource: 1)],
      queues: queues)
    let built = tree
    leaves = built.queues.indices.filter { built.isLeaf($0) }
    limits = .rulesOnly
    limits.reclaimBound = bound
  }

  /// Whether one job preempted another, or one that did, and so on.
  private func leads(from first: JobNumber, to last: JobNumber) -> Bool {
    var reached: Set<JobNumber> = [first]
    var size = 0
    while size < reached.count {
      size = reached.count
      for event in events where reached.contains(event.preemptor) {
        reached.insert(event.victim)
      }
    }
    return reached.contains(last)
  }

  mutating func submit(_ random: inout SeededRandom) {
    count += 1
    pending.append(
      Preemptor(
        number: JobNumber(count), queue: random.pick(leaves), priority: Int32(random.below(4)),
        created: now, amounts: random.pick([[1, 0], [0, 1], [2, 1], [1, 3], [4, 2], [6, 6]])))
  }

  mutating func finish(_ random: inout SeededRandom) {
    guard !running.isEmpty else { return }
    let job = running.remove(at: random.below(running.count))
    tree.remove(job.amounts, from: job.queue)
    memory.forget(job.number)
    events.removeAll { $0.preemptor == job.number || $0.victim == job.number }
  }

  /// What a search for one pending job says.
  func outcome(_ position: Int) -> PreemptionOutcome {
    PreemptionSearch.search(
      for: pending[position], running: running, in: tree, memory: memory, at: now,
      limits: limits)
  }

  /// Starts a pending job, with the victims that its search named; says whether it started.
  mutating func schedule(_ position: Int) -> Bool {
    let job = pending[position]
    switch outcome(position) {
    case .neverFits, .impossible: return false
    case .notNeeded: tree.add(job.amounts, to: job.queue)
    case .victims(let preemption):
      preemption.apply(to: &tree, &memory, job, running: running)
      for victim in preemption.victims.sorted(by: { $0.index > $1.index }) {
        let stopped = running.remove(at: victim.index)
        rings += leads(from: stopped.number, to: job.number) ? 1 : 0
        events.append((job.number, stopped.number))
        eventCount += 1
        preemptions[stopped.number, default: 0] += 1
        pending.append(
          Preemptor(
            number: stopped.number, queue: stopped.queue, priority: stopped.priority,
            created: stopped.created, amounts: stopped.amounts))
      }
    }
    pending.remove(at: position)
    running.append(
      RunningJob(
        number: job.number, queue: job.queue, priority: job.priority, created: job.created,
        admitted: now, amounts: job.amounts, preemptions: preemptions[job.number, default: 0]))
    return true
  }
}

@Suite struct PreemptionPropertyTests {
  private func world(_ random: inout SeededRandom, fair: Bool? = nil) throws -> World {
    try World(
      &random, isFair: fair, isFlat: random.chance(50),
      bound: random.chance(50) ? .whileBorrowing : .neverBelowNominal)
  }

  /// Random steps; `body` sees each state before a pending job is scheduled.
  private func play(
    _ seed: UInt64, fair: Bool? = nil, steps: Int = 60, _ body: (World, Int, inout World) -> Void
  ) throws {
    var random = SeededRandom(seed: seed).child("world")
    var world = try world(&random, fair: fair)
    for _ in 0..<steps {
      world.now = world.now + .seconds(1)
      switch random.below(10) {
      case 0..<5: world.submit(&random)
      case 5: world.finish(&random)
      default:
        guard !world.pending.isEmpty else { continue }
        let position = random.below(world.pending.count)
        let before = world
        _ = world.schedule(position)
        body(before, position, &world)
      }
    }
  }

  @Test func `victims make room, none of them in vain, and all limits hold afterwards`() throws {
    for seed in TestSeed.all(200) {
      try play(seed) { before, position, after in
        let job = before.pending[position]
        guard case .victims(let preemption) = before.outcome(position) else { return }
        after.tree.checkInvariants()
        func isRoom(_ tree: QuotaTree) -> Bool {
          job.amounts.indices.allSatisfy {
            job.amounts[$0] == 0 || tree.available(to: job.queue, $0) >= 0
          }
        }
        #expect(isRoom(after.tree), "seed \(seed)")
        #expect(Set(preemption.victims.map(\.index)).count == preemption.victims.count)
        // Where only jobs of its own queue are taken, or all is classic, none could be left out.
        let isPlain = preemption.victims.allSatisfy {
          before.running[$0.index].queue == job.queue
        }
        for victim in preemption.victims where isPlain {
          let stopped = before.running[victim.index]
          var tree = after.tree
          tree.add(stopped.amounts, to: stopped.queue)
          #expect(!isRoom(tree), "seed \(seed)")
        }
      }
    }
  }

  @Test func `every victim was fair to take`() throws {
    for seed in TestSeed.all(200) {
      try play(seed) { before, position, after in
        let job = before.pending[position]
        guard case .victims(let preemption) = before.outcome(position) else { return }
        let rules = before.tree.queues[job.queue]
        for victim in preemption.victims {
          let stopped = before.running[victim.index]
          let isLower = stopped.priority < job.priority
          #expect(
            !before.memory.superiors(of: job.number).contains(stopped.number), "seed \(seed)")
          if stopped.queue == job.queue {
            let isNewer =
              stopped.priority == job.priority
              && (stopped.created, stopped.number) > (job.created, job.number)
            let isAllowed =
              rules.within == .lower && isLower
              || rules.within == .lowerOrNewerEqual && (isLower || isNewer)
            #expect(isAllowed, "seed \(seed)")
          } else {
            let isAllowed = rules.reclaim == .any || rules.reclaim == .lower && isLower
            #expect(isAllowed, "seed \(seed)")
            // With the victim back its queue would hold more than its quota of something both want.
            var tree = after.tree
            tree.add(stopped.amounts, to: stopped.queue)
            let isBorrowing = [0, 1].contains {
              job.amounts[$0] > 0 && stopped.amounts[$0] > 0
                && tree.borrowed(by: stopped.queue, $0) > 0
            }
            #expect(isBorrowing, "seed \(seed)")
            #expect(holds(victim.reason, job, stopped, after.tree), "seed \(seed)")
          }
        }
      }
    }
  }

  /// Whether a reason for a job of another queue holds in the state that the preemption led to.
  private func holds(
    _ reason: PreemptionReason, _ job: Preemptor, _ stopped: RunningJob, _ tree: QuotaTree
  ) -> Bool {
    let mine = side(of: job.queue, against: stopped.queue, tree)
    let its = side(of: stopped.queue, against: job.queue, tree)
    var before = tree
    before.add(stopped.amounts, to: stopped.queue)
    let share = tree.borrowedShare(of: mine)
    switch reason {
    case .lowerPriority, .newer: return false
    case .reclaimed:
      return [0, 1].allSatisfy { job.amounts[$0] == 0 || tree.borrowed(by: mine, $0) == 0 }
    case .fairShare(.lessThanOrEqualToFinalShare, _, _):
      return share <= tree.borrowedShare(of: its) && share < before.borrowedShare(of: its)
    case .fairShare(.lessThanInitialShare, _, _):
      return share < before.borrowedShare(of: its)
    }
  }

  /// The member of the common group of two queues that the first belongs to.
  private func side(of queue: Int, against other: Int, _ tree: QuotaTree) -> Int {
    var side = queue
    while let group = tree.parents[side], !isBelow(other, group, tree) {
      side = group
    }
    return side
  }

  @Test func `no queue falls below its quota where the limits forbid it`() throws {
    for seed in TestSeed.all(200) {
      try play(seed) { before, position, after in
        guard before.limits.reclaimBound == .neverBelowNominal,
          case .victims(let preemption) = before.outcome(position)
        else { return }
        let job = before.pending[position]
        for victim in preemption.victims {
          let stopped = before.running[victim.index]
          guard stopped.queue != job.queue else { continue }
          for column in [0, 1] where job.amounts[column] > 0 && stopped.amounts[column] > 0 {
            #expect(
              after.tree.held(by: stopped.queue, column)
                >= after.tree.quota(of: stopped.queue, column), "seed \(seed)")
          }
        }
      }
    }
  }

  @Test func `a queue that borrows takes no other's job in the classic way`() throws {
    for seed in TestSeed.all(200) {
      try play(seed, fair: false) { before, position, after in
        let job = before.pending[position]
        guard case .victims(let preemption) = before.outcome(position) else { return }
        let others = preemption.victims.map { before.running[$0.index].queue }
          .filter { $0 != job.queue }
        guard !others.isEmpty else { return }
        // Somewhere on the way up, below what it shares with each victim, it holds no more than its
        // quota.
        for other in others {
          let side = side(of: job.queue, against: other, after.tree)
          for column in [0, 1] where job.amounts[column] > 0 {
            #expect(after.tree.borrowed(by: side, column) == 0, "seed \(seed)")
          }
        }
      }
    }
  }

  private func isBelow(_ node: Int, _ group: Int, _ tree: QuotaTree) -> Bool {
    var next: Int? = node
    while let current = next {
      if current == group { return true }
      next = tree.parents[current]
    }
    return false
  }

  @Test func `whoever could be served by its own queue's lesser jobs is served`() throws {
    for seed in TestSeed.all(200) {
      try play(seed, fair: false) { before, position, _ in
        let job = before.pending[position]
        guard case .impossible = before.outcome(position) else { return }
        guard before.tree.queues[job.queue].within != .never else { return }
        var tree = before.tree
        for other in before.running
        where other.queue == job.queue && other.priority < job.priority
          && !before.memory.superiors(of: job.number).contains(other.number)
        {
          tree.remove(other.amounts, from: other.queue)
        }
        #expect(!tree.canAdmit(job.amounts, to: job.queue), "seed \(seed)")
      }
    }
  }

  @Test func `the order in which running jobs are listed does not matter`() throws {
    for seed in TestSeed.all(300) {
      try play(seed) { before, position, _ in
        var turned = before
        turned.running.reverse()
        guard case .victims(let first) = before.outcome(position) else { return }
        guard case .victims(let second) = turned.outcome(position) else {
          Issue.record("seed \(seed): only one order finds victims")
          return
        }
        #expect(first.victims.map(\.number) == second.victims.map(\.number), "seed \(seed)")
      }
    }
  }

  @Test func `a victim has no right to its preemptor while nothing else changes`() throws {
    for seed in TestSeed.all(300) {
      try play(seed) { before, position, after in
        let job = before.pending[position]
        guard case .victims(let preemption) = before.outcome(position) else { return }
        for (offset, victim) in preemption.victims.enumerated() {
          let stopped = before.running[victim.index]
          // Without its memory of who took its place.
          var world = after
          let index = world.pending.firstIndex { $0.number == stopped.number } ?? offset
          world.memory = PreemptionMemory()
          guard case .victims(let back) = world.outcome(index) else { continue }
          // It may win the preemptor only together with another job, whose loss lowers its own
          // side's share.
          if back.victims.contains(where: { $0.number == job.number }) {
            let side = world.tree.parents[stopped.queue]
            let givesItself = back.victims.contains {
              let queue = world.running[$0.index].queue
              return $0.number != job.number
                && (queue == stopped.queue || world.tree.parents[queue] == side)
            }
            #expect(givesItself, "seed \(seed)")
          }
        }
      }
    }
  }

  @Test func `no job ever preempts one that preempted it, nor do longer rings close`() throws {
    var preemptions = 0
    for seed in TestSeed.all(300) {
      var random = SeededRandom(seed: seed).child("thrash")
      var world = try world(&random)
      for _ in 0..<300 {
        world.now = world.now + .seconds(1)
        switch random.below(10) {
        case 0..<3: world.submit(&random)
        case 3: world.finish(&random)
        default:
          if !world.pending.isEmpty {
            _ = world.schedule(random.below(world.pending.count))
          }
        }
      }
      #expect(world.rings == 0, "seed \(seed)")
      preemptions += world.eventCount
    }
    // The sequences are busy enough to mean something.
    #expect(preemptions > 2000)
  }

  @Test func `without arrivals preemption comes to rest`() throws {
    for seed in TestSeed.all(300) {
      var random = SeededRandom(seed: seed).child("rest")
      var world = try world(&random)
      for _ in 0..<25 {
        world.now = world.now + .seconds(1)
        world.submit(&random)
      }
      var starts = 0
      var isResting = false
      while !isResting && starts < 2000 {
        world.now = world.now + .seconds(1)
        isResting = true
        let order = world.pending.indices.sorted {
          let (left, right) = (world.pending[$0], world.pending[$1])
          if left.priority != right.priority { return left.priority > right.priority }
          return (left.created, left.number) < (right.created, right.number)
        }
        for position in order where world.schedule(position) {
          isResting = false
          starts += 1
          break
        }
      }
      #expect(isResting, "seed \(seed): \(world.events.suffix(12))")
    }
  }
}
