import Model
import Scheduling
import TestSupport
import Testing

@Suite struct QuotaTreeTests {
  private let gpus = [QuotaColumn(name: "gpu", resource: 0)]

  private func queue(
    _ name: String, _ parent: String?, _ nominal: Int64, borrow: Int64? = nil, lend: Int64? = nil
  ) -> QueueSettings {
    QueueSettings(
      name: name, parent: parent, nominal: [nominal], borrowingLimit: [borrow],
      lendingLimit: [lend])
  }

  @Test func `a queue alone has its quota and no more`() throws {
    var tree = try QuotaTree(columns: gpus, queues: [queue("a", nil, 6), queue("b", nil, 6)])
    #expect(tree.available(to: 0, 0) == 6)
    tree.add([4], to: 0)
    #expect(tree.available(to: 0, 0) == 2)
    #expect(!tree.canAdmit([3], to: 0) && tree.canAdmit([2], to: 0))
    #expect(tree.available(to: 1, 0) == 6)
  }

  @Test func `a queue borrows what others of its group do not use`() throws {
    var tree = try QuotaTree(columns: gpus, queues: [queue("a", "all", 6), queue("b", "all", 4)])
    #expect(tree.queues.map(\.name) == ["a", "b", "all"])
    #expect(tree.available(to: 0, 0) == 10)
    tree.add([8], to: 0)
    #expect(tree.available(to: 1, 0) == 2)
    #expect(tree.borrowed(by: 0, 0) == 2)
    #expect(tree.borrowers() == [0])
    tree.remove([3], from: 0)
    #expect(tree.available(to: 1, 0) == 5)
    #expect(tree.borrowers() == [])
  }

  @Test func `a borrowing limit bounds what a queue holds above its quota`() throws {
    var tree = try QuotaTree(
      columns: gpus, queues: [queue("a", "all", 6, borrow: 1), queue("b", "all", 4)])
    #expect(tree.ceiling(of: 0, 0) == 7)
    tree.add([6], to: 0)
    #expect(tree.available(to: 0, 0) == 1)
    tree.add([4], to: 1)
    #expect(tree.available(to: 0, 0) == 0)
  }

  @Test func `a lending limit keeps the rest for the queue itself`() throws {
    var tree = try QuotaTree(
      columns: gpus, queues: [queue("a", "all", 6, lend: 2), queue("b", "all", 4)])
    #expect(tree.keptQuota(of: 0, 0) == 4)
    #expect(tree.available(to: 1, 0) == 6)
    tree.add([6], to: 1)
    #expect(tree.available(to: 0, 0) == 4)
    tree.add([3], to: 0)
    #expect(tree.available(to: 0, 0) == 1)
    tree.remove([6], from: 1)
    #expect(tree.available(to: 0, 0) == 7)
    #expect(tree.ceiling(of: 0, 0) == 10)
  }

  @Test func `a group lends and borrows as its members do`() throws {
    // Two departments; the first keeps 3 of its 10 for itself and may borrow 1.
    let tree = try QuotaTree(
      columns: gpus,
      queues: [
        queue("one", "site", 0, borrow: 1, lend: 7), queue("two", "site", 2),
        queue("1a", "one", 6), queue("1b", "one", 4), queue("2a", "two", 5),
      ])
    #expect(tree.ceiling(of: 2, 0) == 11)
    #expect(tree.ceiling(of: 4, 0) == 14)
    #expect(tree.quota(of: 0, 0) == 10 && tree.keptQuota(of: 0, 0) == 3)
    #expect(tree.quota(of: 5, 0) == 14)
  }

  @Test func `with a capacity, queues without a parent share the cluster`() throws {
    let tree = try QuotaTree(
      columns: gpus, queues: [queue("a", nil, 6), queue("b", nil, 4)], capacity: [16])
    #expect(tree.available(to: 0, 0) == 16)
    #expect(tree.quota(of: 2, 0) == 16)
    #expect(tree.queues[2].nominal == [6])
  }

  @Test func `settings that make no tree are refused with the queue's name`() {
    func error(_ queues: [QueueSettings]) -> QuotaTreeError? {
      do {
        _ = try QuotaTree(columns: gpus, queues: queues)
        return nil
      } catch { return error }
    }
    #expect(error([queue("a", "b", 1), queue("b", "a", 1)]) == .cycle(queue: "a"))
    #expect(error([queue("a", "a", 1)]) == .cycle(queue: "a"))
    #expect(
      error([queue("x", "a", 1), queue("a", "b", 1), queue("b", "a", 1)]) == .cycle(queue: "x"))
    #expect(error([queue("a", nil, 1), queue("a", nil, 1)]) == .duplicate(queue: "a"))
    #expect(error([queue("", nil, 1)]) == .emptyName(index: 0))
    #expect(
      error([queue("a", nil, -1)]) == .amountOutOfRange(queue: "a", column: "gpu"))
    #expect(
      error([queue("a", nil, 1, borrow: .max)]) == .amountOutOfRange(queue: "a", column: "gpu"))
    #expect(error([QueueSettings(name: "a", nominal: [1, 2])]) == .wrongCount(queue: "a"))
    #expect(
      error([QueueSettings(name: "a", nominal: [1], weightMilli: -1)])
        == .weightOutOfRange(queue: "a"))
    let chain = (0...QuotaTree.depthLimit).map { queue("q\($0)", $0 == 0 ? nil : "q\($0 - 1)", 1) }
    #expect(error(chain) == .tooDeep(queue: "q\(QuotaTree.depthLimit)"))
    let many = (0..<QuotaTree.queueLimit).map { queue("q\($0)", nil, 1) }
    #expect(error(many) == .tooManyQueues(count: QuotaTree.queueLimit))
    #expect(throws: QuotaTreeError.unitOutOfRange(column: "gpu")) {
      try QuotaTree(columns: [.init(name: "gpu", resource: 0, unit: 0)], queues: [])
    }
    #expect("\(QuotaTreeError.cycle(queue: "a"))" == "queue a is its own ancestor; remove a parent")
  }

  @Test func `a borrowed share is the largest part of what the group could lend`() throws {
    // Two flavours of GPU are one resource: 3 of 20 borrowed together; of 100 processors 10 are.
    let columns = [
      QuotaColumn(name: "cpu", resource: 0), QuotaColumn(name: "A100", resource: 1),
      QuotaColumn(name: "V100", resource: 1),
    ]
    var tree = try QuotaTree(
      columns: columns,
      queues: [
        QueueSettings(name: "a", parent: "all", nominal: [10, 2, 2], weightMilli: 2000),
        QueueSettings(name: "b", parent: "all", nominal: [90, 8, 8], weightMilli: 0),
      ])
    tree.add([20, 4, 3], to: 0)
    #expect(tree.borrowedShare(of: 0).value == 3.0 / 20 / 2)
    #expect(tree.borrowedShare(of: 1) == .zero)
    tree.remove([20, 4, 3], from: 0)
    tree.add([91, 0, 0], to: 1)
    #expect(tree.borrowedShare(of: 1).isUnbounded)
    #expect(tree.borrowedShare(of: 2) == .zero)
  }

  @Test func `whoever borrows the largest share gives back first`() throws {
    var tree = try QuotaTree(
      columns: gpus,
      queues: [
        queue("a", "x", 1), queue("b", "x", 1), queue("c", "all", 1), queue("d", "all", 20),
        queue("x", "all", 0),
      ])
    tree.add([3], to: 0)
    tree.add([6], to: 1)
    tree.add([6], to: 2)
    #expect(tree.borrowers() == [1, 0, 2])
    tree.add([3], to: 2)
    #expect(tree.borrowers() == [2, 1, 0])
  }

  @Test func `the next to be admitted is whose side stays smallest, then by priority and age`()
    throws
  {
    var tree = try QuotaTree(
      columns: gpus,
      queues: [
        queue("a", "x", 0), queue("b", "x", 0), queue("c", "all", 0), queue("d", "all", 20),
        queue("x", "all", 0),
      ])
    func head(_ number: Int, _ queue: Int, _ amount: Int64, _ priority: Int32 = 0) -> QuotaTree.Head
    {
      .init(
        number: JobNumber(number), queue: queue, amounts: [amount], priority: priority,
        created: Instant(nanoseconds: Int64(number)))
    }
    #expect(tree.nextToAdmit([]) == nil)
    #expect(tree.nextToAdmit([head(1, 0, 2), head(2, 2, 1)]) == 1)
    #expect(tree.nextToAdmit([head(2, 0, 2), head(1, 2, 2)]) == 1)
    #expect(tree.nextToAdmit([head(1, 0, 2), head(2, 2, 2, 7)]) == 1)
    #expect(tree.nextToAdmit([head(5, 3, 20), head(1, 0, 1)]) == 0)
    #expect(tree.nextToAdmit([head(1, 0, 1, 1), head(2, 0, 1, 9)]) == 1)
    tree.add([4], to: 0)
    // The side x holds 4 already, though b holds nothing.
    #expect(tree.nextToAdmit([head(1, 1, 1), head(2, 2, 4)]) == 1)
    #expect(tree.nextToAdmit([head(1, 0, 1), head(2, 1, 3)]) == 1)
  }

  // MARK: - Properties

  private struct Random {
    var queues: [QueueSettings]
    var capacity: [Int64]?

    init(_ random: inout SeededRandom) {
      queues = []
      for index in 0..<(2 + random.below(7)) {
        let parent = random.chance(80) ? "g\(random.below(3))" : nil
        func limit() -> Int64? { random.chance(40) ? random.within(0...6) : nil }
        queues.append(
          QueueSettings(
            name: "q\(index)", parent: parent,
            nominal: [random.within(0...8), random.within(0...8)],
            borrowingLimit: [limit(), limit()], lendingLimit: [limit(), limit()],
            weightMilli: 500 * random.within(0...4),
            created: Instant(nanoseconds: random.within(0...3))))
      }
      for group in 0..<3 where random.chance(60) {
        queues.append(
          QueueSettings(
            name: "g\(group)", parent: group > 0 ? "g\(group - 1)" : nil,
            nominal: [random.within(0...4), random.within(0...4)],
            borrowingLimit: [random.chance(30) ? random.within(0...9) : nil, nil],
            weightMilli: 500 * random.within(0...4)))
      }
      capacity = random.chance(40) ? [random.within(0...60), random.within(0...60)] : nil
    }
  }

  private let two = [QuotaColumn(name: "cpu", resource: 0), QuotaColumn(name: "gpu", resource: 1)]

  @Test func `a job fits exactly where no level holds more than it may`() throws {
    for seed in TestSeed.all(300) {
      var random = SeededRandom(seed: seed).child("levels")
      let problem = Random(&random)
      var tree = try QuotaTree(columns: two, queues: problem.queues, capacity: problem.capacity)
      let leaves = tree.queues.indices.filter { tree.isLeaf($0) }
      var jobs: [(queue: Int, amounts: [Int64])] = []
      for _ in 0..<60 {
        if random.chance(30), !jobs.isEmpty {
          let job = jobs.remove(at: random.below(jobs.count))
          tree.remove(job.amounts, from: job.queue)
          continue
        }
        let queue = random.pick(leaves)
        let amounts = [random.within(0...4), random.within(0...4)]
        let fits = isWithinLimits(tree, jobs + [(queue, amounts)])
        #expect(tree.canAdmit(amounts, to: queue) == fits, "seed \(seed)")
        for column in 0..<2 where amounts[column] > tree.ceiling(of: queue, column) {
          #expect(!fits, "seed \(seed)")
        }
        if fits {
          let before = [tree.available(to: queue, 0), tree.available(to: queue, 1)]
          tree.add(amounts, to: queue)
          tree.checkInvariants()
          for column in 0..<2 {
            let left = before[column] - amounts[column]
            #expect(tree.available(to: queue, column) == left, "seed \(seed)")
          }
          jobs.append((queue, amounts))
        }
      }
    }
  }

  /// Counts everything anew, level by level.
  private func isWithinLimits(
    _ tree: QuotaTree, _ jobs: [(queue: Int, amounts: [Int64])]
  ) -> Bool {
    (0..<2).allSatisfy { column in
      func owns(_ node: Int) -> Int64 {
        tree.children[node].reduce(tree.queues[node].nominal[column]) {
          $0 + min(owns($1), tree.queues[$1].lendingLimit[column] ?? .max)
        }
      }
      func keeps(_ node: Int) -> Int64 {
        guard tree.parents[node] != nil else { return 0 }
        return owns(node) - min(owns(node), tree.queues[node].lendingLimit[column] ?? .max)
      }
      func holds(_ node: Int) -> Int64 {
        let own = jobs.filter { $0.queue == node }.reduce(Int64(0)) { $0 + $1.amounts[column] }
        return tree.children[node].reduce(own) { $0 + max(0, holds($1) - keeps($1)) }
      }
      return tree.queues.indices.allSatisfy { node in
        let above = holds(node) - owns(node)
        if tree.parents[node] == nil { return above <= 0 }
        return above <= tree.queues[node].borrowingLimit[column] ?? .max
      }
    }
  }

  @Test func `with everyone else idle a queue can hold its ceiling and no more`() throws {
    for seed in TestSeed.all(300) {
      var random = SeededRandom(seed: seed).child("ceilings")
      let problem = Random(&random)
      let tree = try QuotaTree(columns: two, queues: problem.queues, capacity: problem.capacity)
      for queue in tree.queues.indices where tree.isLeaf(queue) {
        for column in 0..<2 {
          #expect(
            tree.available(to: queue, column) == tree.ceiling(of: queue, column), "seed \(seed)")
        }
      }
    }
  }

  // MARK: - Fair shares

  private func shares(
    _ queues: [QueueSettings], demand: [Int64], capacity: Int64? = nil, unit: Int64 = 1
  ) throws -> QueueShares {
    let tree = try QuotaTree(
      columns: [QuotaColumn(name: "gpu", resource: 0, unit: unit)], queues: queues,
      capacity: capacity.map { [$0] })
    let all = tree.queues.indices.map { [$0 < demand.count ? demand[$0] : 0] }
    return tree.fairShares(demand: all)
  }

  private func weighted(_ name: String, _ nominal: Int64, _ weightMilli: Int64) -> QueueSettings {
    QueueSettings(name: name, nominal: [nominal], weightMilli: weightMilli)
  }

  @Test func `quotas come first, the rest by weight in whole units, the odd one to the older`()
    throws
  {
    let queues = [weighted("a", 2, 1000), weighted("b", 2, 2000), weighted("c", 0, 1000)]
    let all = try shares(queues, demand: [20, 20, 20], capacity: 12)
    // 8 left by 1:2:1.
    #expect(all.fair.prefix(3) == [[4], [6], [2]])
    #expect(all.capped == all.fair)
    let odd = try shares(queues, demand: [20, 20, 20], capacity: 13)
    // 9 by 1:2:1 is 2¼, 4½, 2¼: the odd one to the largest fraction.
    #expect(odd.fair.prefix(3) == [[4], [7], [2]])
    let older = try shares(
      [weighted("a", 0, 1000), weighted("b", 0, 1000)], demand: [9, 9], capacity: 5)
    #expect(older.fair.prefix(2) == [[3], [2]])
  }

  @Test func `of equals the older by creation gets the odd unit`() throws {
    var second = weighted("b", 0, 1000)
    var first = weighted("a", 0, 1000)
    first.created = Instant(nanoseconds: 20)
    second.created = Instant(nanoseconds: 10)
    let result = try shares([first, second], demand: [9, 9], capacity: 5)
    #expect(result.fair.prefix(2) == [[2], [3]])
  }

  @Test func `what one does not ask goes to the others`() throws {
    let queues = [weighted("a", 4, 1000), weighted("b", 4, 1000), weighted("c", 4, 1000)]
    let result = try shares(queues, demand: [1, 20, 20], capacity: 12)
    #expect(result.fair.prefix(3) == [[4], [4], [4]])
    #expect(result.capped.prefix(3) == [[1], [6], [5]])
  }

  @Test func `without weight a queue deserves its quota and nothing above`() throws {
    let result = try shares(
      [weighted("a", 2, 0), weighted("b", 2, 1000)], demand: [9, 3], capacity: 10)
    #expect(result.fair.prefix(2) == [[2], [8]])
    #expect(result.capped.prefix(2) == [[2], [3]])
  }

  @Test func `shares of GPUs are whole GPUs`() throws {
    let result = try shares(
      [weighted("a", 0, 1000), weighted("b", 0, 1000)], demand: [500, 9000], capacity: 3000,
      unit: 1000)
    #expect(result.fair.prefix(2) == [[2000], [1000]])
    #expect(result.capped.prefix(2) == [[500], [2500]])
  }

  @Test func `groups divide first, their members then`() throws {
    // Story 3 of Kueue's fair sharing.
    let result = try shares(
      [
        queue("CS", "top", 300), queue("1A", "C1", 0), queue("1B", "C1", 0),
        QueueSettings(name: "1C", parent: "C1", nominal: [0], weightMilli: 3000),
        queue("2A", "C2", 0), queue("C1", "top", 0), queue("C2", "top", 0),
      ], demand: [0, 500, 500, 500, 500, 0, 0])
    #expect(result.capped == [[0], [30], [30], [90], [150], [150], [150], [300]])
  }

  @Test func `limits of lending and borrowing bound what is deserved`() throws {
    let result = try shares(
      [queue("a", "all", 10, lend: 3), queue("b", "all", 2, borrow: 2), queue("c", "all", 0)],
      demand: [0, 50, 50])
    #expect(result.capped.prefix(3) == [[0], [4], [1]])
    let kept = try shares(
      [queue("a", "all", 10, lend: 3), queue("b", "all", 2)], demand: [9, 50])
    #expect(kept.capped.prefix(2) == [[9], [3]])
  }

  @Test func `a cluster smaller than its quotas is divided by them`() throws {
    let result = try shares(
      [weighted("a", 10, 1000), weighted("b", 20, 1000)], demand: [50, 50], capacity: 15)
    #expect(result.capped.prefix(2) == [[5], [10]])
  }

  @Test func `fair shares waste nothing, exceed nothing and respect quotas`() throws {
    for seed in TestSeed.all(500) {
      var random = SeededRandom(seed: seed).child("fair shares")
      let problem = Random(&random)
      let tree = try QuotaTree(columns: two, queues: problem.queues, capacity: problem.capacity)
      let demand = tree.queues.map { _ in [random.within(0...12), random.within(0...12)] }
      let shares = tree.fairShares(demand: demand).capped
      for column in 0..<2 {
        let owned = problem.queues.reduce(Int64(0)) { $0 + $1.nominal[column] }
        let isShort = problem.capacity.map { $0[column] < owned } ?? false
        // As jobs the shares fit all limits together, but for a cluster smaller than its quotas.
        var filled = tree
        for node in tree.queues.indices where tree.isLeaf(node) {
          var amounts: [Int64] = [0, 0]
          amounts[column] = shares[node][column]
          #expect(amounts[column] <= demand[node][column], "seed \(seed)")
          #expect(filled.canAdmit(amounts, to: node), "seed \(seed)")
          filled.add(amounts, to: node)
          if !isShort && tree.parents[node].map({ tree.parents[$0] == nil }) == true {
            let own = min(tree.queues[node].nominal[column], demand[node][column])
            #expect(amounts[column] >= own, "seed \(seed)")
          }
        }
        // Whoever has a weight on every level and wants more cannot have it.
        for node in tree.queues.indices
        where tree.isLeaf(node) && shares[node][column] < demand[node][column] && !isShort {
          var group: Int? = node
          var hasWeight = true
          while let current = group {
            hasWeight = hasWeight && tree.queues[current].weightMilli > 0
            group = tree.parents[current]
          }
          if hasWeight { #expect(filled.available(to: node, column) <= 0, "seed \(seed)") }
        }
      }
    }
  }
}
