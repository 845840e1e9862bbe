import Model
import Scheduling
import TestSupport
import Testing

@Suite struct FairTreeTests {
  /// The account of 23 shares that EPFL's SCITAS documents with what Slurm's `sshare -l` printed
  /// (scitas-data.epfl.ch, page 17564709): three users with one share and the effective usages
  /// below, eleven without usage, whose factor of 0.29 says that of 300 users (0.2533 is 76/300)
  /// 213 are in better accounts.
  @Test func `a published account has the level fair shares and factors that Slurm printed`() throws
  {
    var nodes: [ShareTree.Node] = [.init(.account, parent: nil, shares: 1)]
    var usage: [Double] = [0]
    func add(_ parent: Int, shares: Int64, usage used: Double) -> Int {
      nodes.append(.init(.user, parent: parent, shares: shares))
      usage.append(used)
      return nodes.count - 1
    }
    for used in [0.25, 0.255072, 0.494928] {
      _ = add(0, shares: 1, usage: used)
    }
    let idle = (0..<11).map { add(0, shares: $0 == 0 ? 10 : 1, usage: 0) }
    nodes.append(.init(.account, parent: nil, shares: 1_000_000))
    usage.append(0)
    let better = nodes.count - 1
    for _ in 0..<213 {
      _ = add(better, shares: 1, usage: 1)
    }
    nodes.append(.init(.account, parent: nil, shares: 1))
    usage.append(0)
    let worse = nodes.count - 1
    for _ in 0..<73 {
      _ = add(worse, shares: 1, usage: 1000)
    }
    let result = FairTree(try ShareTree(nodes), usage: usage)
    func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
    #expect(rounded(result.levelFairShares[1]) == 0.173913)
    #expect(rounded(result.levelFairShares[2]) == 0.170455)
    #expect(rounded(result.levelFairShares[3]) == 0.087848)
    #expect(rounded(result.factors[1]) == 0.253333)
    #expect(rounded(result.factors[2]) == 0.25)
    #expect(rounded(result.factors[3]) == 0.246667)
    for user in idle {
      #expect(result.levelFairShares[user] == .infinity)
      #expect(result.factors[user] == 0.29)
    }
  }

  @Test func `siblings with the same level share a rank`() throws {
    let tree = try ShareTree([
      .init(.user, parent: nil, shares: 1), .init(.user, parent: nil, shares: 2),
      .init(.user, parent: nil, shares: 1), .init(.user, parent: nil, shares: 1),
    ])
    let result = FairTree(tree, usage: [5, 10, 1, 9])
    #expect(result.factors == [0.75, 0.75, 1, 0.25])
    #expect(result.places == [1, 1, 0, 3])
  }

  @Test func `accounts with the same level are visited as one`() throws {
    // Both accounts: half of the shares, half of the usage. Their users are ranked together.
    let tree = try ShareTree([
      .init(.account, parent: nil, shares: 1), .init(.account, parent: nil, shares: 1),
      .init(.user, parent: 0, shares: 1), .init(.user, parent: 0, shares: 1),
      .init(.user, parent: 1, shares: 1), .init(.user, parent: 1, shares: 1),
    ])
    let result = FairTree(tree, usage: [0, 0, 9, 1, 4, 6])
    // LF: 0.5/0.9, 0.5/0.1, 0.5/0.4, 0.5/0.6
    #expect(result.places == [0, 0, 3, 0, 1, 2])
  }

  @Test func `a user with the level of an account shares the rank of its best user`() throws {
    let tree = try ShareTree([
      .init(.account, parent: nil, shares: 1), .init(.user, parent: nil, shares: 1),
      .init(.user, parent: 0, shares: 1), .init(.user, parent: 0, shares: 1),
      .init(.user, parent: nil, shares: 1),
    ])
    let result = FairTree(tree, usage: [0, 10, 2, 8, 30])
    #expect(result.factors == [0, 1, 1, 0.5, 0.25])
  }

  @Test func `those without shares come last, the lesser user first`() throws {
    let tree = try ShareTree([
      .init(.user, parent: nil, shares: 0), .init(.user, parent: nil, shares: -5),
      .init(.user, parent: nil, shares: 1), .init(.user, parent: nil, shares: 0),
    ])
    let result = FairTree(tree, usage: [4, 1, 1e12, 0])
    #expect(result.places == [3, 2, 0, 1])
    #expect(result.levelFairShares.allSatisfy { !$0.isNaN })
  }

  @Test func `an empty tree and one without usage have ranks too`() throws {
    #expect(FairTree(try ShareTree([]), usage: []).factors == [])
    let tree = try ShareTree([
      .init(.account, parent: nil, shares: 3), .init(.user, parent: 0, shares: 1),
      .init(.account, parent: nil, shares: 0), .init(.user, parent: 2, shares: 0),
    ])
    #expect(FairTree(tree, usage: [0, 0, 0, 0]).factors == [0, 1, 0, 0.5])
  }

  @Test func `what is no tree is refused`() {
    #expect(throws: ShareTreeError.parentNotBefore(node: 0)) {
      try ShareTree([.init(.user, parent: 0, shares: 1)])
    }
    #expect(throws: ShareTreeError.parentIsUser(node: 1)) {
      try ShareTree([.init(.user, parent: nil, shares: 1), .init(.user, parent: 0, shares: 1)])
    }
    let chain = (0...ShareTree.depthLimit).map {
      ShareTree.Node(.account, parent: $0 == 0 ? nil : $0 - 1, shares: 1)
    }
    #expect(throws: ShareTreeError.tooDeep(node: ShareTree.depthLimit)) { try ShareTree(chain) }
    #expect(
      "\(ShareTreeError.tooDeep(node: 3))" == "node 3 lies deeper than 64 levels; flatten the tree")
  }

  // MARK: - Properties

  private struct Case {
    var nodes: [ShareTree.Node]
    var usage: [Double]
    var users: [Int] { nodes.indices.filter { nodes[$0].kind == .user } }

    init(_ random: inout SeededRandom) {
      nodes = []
      usage = []
      let count = 2 + random.below(14)
      for index in 0..<count {
        let accounts = nodes.indices.filter { nodes[$0].kind == .account }
        let parent = accounts.isEmpty || random.chance(30) ? nil : random.pick(accounts)
        let kind: ShareTree.Node.Kind = index < 3 || random.chance(30) ? .account : .user
        nodes.append(.init(kind, parent: parent, shares: random.within(0...4)))
        usage.append(kind == .user ? Double(random.below(6)) : 0)
      }
    }

    func path(_ node: Int) -> [Int] {
      var path = [node]
      while let last = path.last, let parent = nodes[last].parent {
        path.append(parent)
      }
      return path.reversed()
    }
  }

  @Test func `all users of a better account are above all of a worse one`() throws {
    for seed in TestSeed.all(500) {
      var random = SeededRandom(seed: seed).child("tree")
      let problem = Case(&random)
      let result = FairTree(try ShareTree(problem.nodes), usage: problem.usage)
      for first in problem.users {
        for second in problem.users {
          let paths = zip(problem.path(first), problem.path(second))
          guard let split = paths.first(where: { $0 != $1 }) else { continue }
          let (better, worse) = (
            result.levelFairShares[split.0], result.levelFairShares[split.1]
          )
          if better > worse {
            #expect(result.places[first] < result.places[second], "seed \(seed)")
            #expect(result.factors[first] > result.factors[second], "seed \(seed)")
          }
        }
      }
    }
  }

  @Test func `using more never helps and holding more shares never harms`() throws {
    for seed in TestSeed.all(500) {
      var random = SeededRandom(seed: seed).child("tree")
      let problem = Case(&random)
      guard !problem.users.isEmpty else { continue }
      let user = random.pick(problem.users)
      let before = FairTree(try ShareTree(problem.nodes), usage: problem.usage).factors[user]
      var more = problem
      more.usage[user] += Double(1 + random.below(5))
      let after = FairTree(try ShareTree(more.nodes), usage: more.usage).factors[user]
      #expect(after <= before, "seed \(seed)")
      more = problem
      more.nodes[user].shares += random.within(1...4)
      let richer = FairTree(try ShareTree(more.nodes), usage: more.usage).factors[user]
      #expect(richer >= before, "seed \(seed)")
    }
  }

  @Test func `the order in which nodes are listed does not matter`() throws {
    for seed in TestSeed.all(300) {
      var random = SeededRandom(seed: seed).child("tree")
      var problem = Case(&random)
      for user in problem.users {
        problem.usage[user] *= random.next().asUnitInterval
      }
      // A random order in which parents still come before their children.
      var order: [Int] = []
      while order.count < problem.nodes.count {
        let ready = problem.nodes.indices.filter { node in
          !order.contains(node) && (problem.nodes[node].parent.map(order.contains) ?? true)
        }
        order.append(random.pick(ready))
      }
      let position = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
      let listed = order.map { node in
        ShareTree.Node(
          problem.nodes[node].kind, parent: problem.nodes[node].parent.map { position[$0] ?? 0 },
          shares: problem.nodes[node].shares)
      }
      let usage = order.map { problem.usage[$0] }
      let first = FairTree(try ShareTree(problem.nodes), usage: problem.usage)
      let second = FairTree(try ShareTree(listed), usage: usage)
      let classic = ClassicFairShare(try ShareTree(problem.nodes), usage: problem.usage)
      let classicListed = ClassicFairShare(try ShareTree(listed), usage: usage)
      #expect(order.map { first.factors[$0] } == second.factors, "seed \(seed)")
      #expect(order.map { classic.factors[$0] } == classicListed.factors, "seed \(seed)")
    }
  }

  @Test func `ranks of trees without ties count the users one by one`() throws {
    for seed in TestSeed.all(200) {
      var random = SeededRandom(seed: seed).child("tree")
      var problem = Case(&random)
      for node in problem.nodes.indices {
        problem.nodes[node].shares = 1 + random.within(0...1_000_000)
        problem.usage[node] = random.next().asUnitInterval + 1e-9
      }
      let result = FairTree(try ShareTree(problem.nodes), usage: problem.usage)
      let places = problem.users.map { result.places[$0] }.sorted()
      // Accounts without users have no usage and may tie, but hold no one.
      #expect(places == Array(0..<problem.users.count), "seed \(seed)")
    }
  }
}

@Suite struct ClassicFairShareTests {
  /// The worked example of https://slurm.schedmd.com/classic_fair_share.html.
  @Test func `the published example has its published factors`() throws {
    let tree = try ShareTree([
      .init(.account, parent: nil, shares: 40), .init(.account, parent: nil, shares: 60),
      .init(.account, parent: 0, shares: 30), .init(.account, parent: 0, shares: 10),
      .init(.account, parent: 1, shares: 25), .init(.account, parent: 1, shares: 35),
      .init(.user, parent: 2, shares: 1), .init(.user, parent: 3, shares: 1),
      .init(.user, parent: 3, shares: 1), .init(.user, parent: 4, shares: 1),
      .init(.user, parent: 5, shares: 1),
      // The rest of the machine's use, which the example leaves to no one: 0.3 of it, by someone
      // without shares.
      .init(.user, parent: nil, shares: 0),
    ])
    let result = ClassicFairShare(
      tree, usage: [0, 0, 0, 0, 0, 0, 0.2, 0.25, 0, 0.25, 0, 0.3])
    func near(_ value: Double, _ expected: Double, _ tolerance: Double) -> Bool {
      abs(value - expected) <= tolerance
    }
    let shares = [0.3, 0.05, 0.05, 0.25, 0.35]
    let effective = [0.3875, 0.275, 0.15, 0.25, 0.1458]
    let factors = [0.408479, 0.022097, 0.125, 0.5, 0.749154]
    for (user, index) in zip(0..<5, 6..<11) {
      #expect(near(result.normalizedShares[index], shares[user], 1e-12))
      #expect(near(result.effectiveUsage[index], effective[user], 5e-5))
      // The page rounds 0.14583… before it computes the last factor.
      #expect(near(result.factors[index], factors[user], 1e-4))
    }
    #expect(near(result.effectiveUsage[2], 0.3875, 1e-12))
    #expect(near(result.effectiveUsage[3], 0.3, 1e-12))
    #expect(near(result.factors[6], 0.408479, 1e-6))
    #expect(near(result.factors[8], 0.125, 1e-12))
    #expect(result.factors[11] == 0)
  }

  @Test func `half is the factor of whoever used exactly its share`() throws {
    let tree = try ShareTree([
      .init(.user, parent: nil, shares: 3), .init(.user, parent: nil, shares: 1),
      .init(.user, parent: nil, shares: 0),
    ])
    let result = ClassicFairShare(tree, usage: [30, 10, 0])
    #expect(result.factors == [0.5, 0.5, 0])
    #expect(ClassicFairShare(tree, usage: [0, 0, 0]).factors == [1, 1, 0])
  }

  @Test func `using more never helps and no factor is ever undefined`() throws {
    for seed in TestSeed.all(300) {
      var random = SeededRandom(seed: seed).child("classic")
      var nodes: [ShareTree.Node] = []
      for index in 0..<12 {
        let parent = index < 2 || random.chance(30) ? nil : random.below(min(index, 4))
        nodes.append(
          .init(index < 4 ? .account : .user, parent: parent, shares: random.within(-1...5)))
      }
      let tree = try ShareTree(nodes)
      var usage = (0..<12).map { _ in Double(random.below(4)) }
      let before = ClassicFairShare(tree, usage: usage).factors
      #expect(before.allSatisfy { $0 >= 0 && $0 <= 1 }, "seed \(seed)")
      let user = 4 + random.below(8)
      usage[user] += 2
      let after = ClassicFairShare(tree, usage: usage).factors
      #expect(after[user] <= before[user] + 1e-12, "seed \(seed)")
    }
  }
}
