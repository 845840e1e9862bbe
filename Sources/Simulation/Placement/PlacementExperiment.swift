import Model
package import Scheduling

/// The policies of the experiment, by their names on the command line.
package enum PlacementPolicyName: String, Hashable, Sendable, CaseIterable {
  case random
  case dotProduct = "dotprod"
  case gpuClustering = "gpuclustering"
  case gpuPacking = "gpupacking"
  case bestFit = "bestfit"
  case fragmentationGradient = "fgd"

  func policy(_ typical: TypicalTasks) -> PlacementPolicy {
    switch self {
    case .random: .random
    case .dotProduct: .dotProduct
    case .gpuClustering: .gpuClustering
    case .gpuPacking: .gpuPacking
    case .bestFit: .bestFit
    case .fragmentationGradient: .fragmentationGradient(typical)
    }
  }
}

/// Why an experiment cannot be run.
package struct PlacementExperimentError: Error, Hashable, Sendable, CustomStringConvertible {
  package let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// How full a cluster becomes under a policy: pods arrive one by one on empty nodes and stay; one that fits nowhere is
/// skipped.
///
/// The experiment of Weng et al., USENIX ATC 2023. Each (policy, seed) is a run of its own, ``run(_:seed:)``, a pure function that
/// callers may spread over threads.
package struct PlacementExperiment: Sendable {
  /// What arrives in all, as a part of the cluster's GPUs; above 0.
  package let load: Double
  /// At which arrivals the cluster is looked at, in percent of its GPUs, ascending and each once.
  package let arrivalPercents: [Double]
  private let typical: TypicalTasks
  private let nodes: [Node]
  private let pods: [TaskRequest]
  /// The different requests among the pods, and by pod which one it is.
  private let shapes: [TaskRequest]
  private let shapeOfPod: [Int]
  private let gpuMilli: Int64

  /// The largest load: a hundred clusters full.
  package static let loadMax = 100.0

  /// - Throws: ``PlacementExperimentError`` where the nodes are no cluster or have no GPUs, or a look comes after the last arrival.
  package init(
    nodes: [Node], pods: [TaskRequest], load: Double, arrivalPercents: [Double]
  ) throws(PlacementExperimentError) {
    let cluster: Cluster
    do {
      cluster = try Cluster(nodes: nodes)
    } catch {
      throw PlacementExperimentError(error.description)
    }
    guard cluster.gpuMilli > 0 else {
      throw PlacementExperimentError("the nodes have no GPUs to be filled")
    }
    guard pods.contains(where: { $0.gpu.milli > 0 }) else {
      throw PlacementExperimentError("no pod of the list asks for a GPU")
    }
    guard load > 0, load <= PlacementExperiment.loadMax else {
      throw PlacementExperimentError(
        "the load is above 0 and at most \(PlacementExperiment.loadMax) of the cluster")
    }
    guard !arrivalPercents.isEmpty, arrivalPercents.allSatisfy({ $0 >= 0 && $0 <= load * 100 })
    else {
      throw PlacementExperimentError(
        "the cluster is looked at while pods arrive: from 0 to \(load * 100) percent")
    }
    self.load = load
    self.arrivalPercents = Set(arrivalPercents).sorted()
    self.nodes = nodes
    self.pods = pods
    gpuMilli = cluster.gpuMilli
    typical = TypicalTasks(of: pods)
    var numbers: [TaskRequest: Int] = [:]
    var shapes: [TaskRequest] = []
    shapeOfPod = pods.map { pod in
      if let number = numbers[pod] { return number }
      numbers[pod] = shapes.count
      shapes.append(pod)
      return shapes.count - 1
    }
    self.shapes = shapes
  }

  /// One run. The pods and the order of nodes depend on the seed alone, so that policies meet the same.
  package func run(_ name: PlacementPolicyName, seed: UInt64) -> PlacementRun {
    let random = SeededRandom(seed: seed)
    var order = random.child("order of the nodes")
    var nodes = nodes
    order.shuffle(&nodes)
    let cluster: Cluster
    do {
      cluster = try Cluster(nodes: nodes)
    } catch {
      preconditionFailure("the nodes were a cluster in another order: \(error)")
    }
    let meter = FragmentationMeter(typical, for: cluster)
    var placer = Placer(
      cluster, policy: name.policy(typical), random: random.child("placement"))
    let shapes = shapes.map { placer.shape(for: $0) }
    let workload = PlacementWorkload(
      pods, gpuMilli: load * Double(gpuMilli), random: random.child("workload"))
    var run = PlacementRun(policy: name, seed: seed, gpuMilli: gpuMilli)
    var looks = arrivalPercents[...]
    for pod in workload.arrivals {
      let milli = pods[Int(pod)].gpu.milli
      while let percent = looks.first,
        Double(run.arrivedMilli + milli) * 100 > percent * Double(gpuMilli)
      {
        run.look(at: percent, placer.cluster, meter: meter)
        looks.removeFirst()
      }
      run.arrivedMilli += milli
      run.arrivedPods += 1
      if placer.place(shapes[shapeOfPod[Int(pod)]]) != nil {
        run.allocatedMilli += milli
        run.placedPods += 1
      }
    }
    for percent in looks { run.look(at: percent, placer.cluster, meter: meter) }
    return run
  }
}

/// What one run came to.
package struct PlacementRun: Hashable, Sendable {
  /// The cluster after the last pod up to which no more than so much had arrived.
  package struct Look: Hashable, Sendable {
    package let arrivalPercent: Double
    package let arrivedPods: Int
    package let placedPods: Int
    package let allocatedMilli: Int64
    /// What the typical tasks cannot use of what is free.
    package let fragmentedMilli: Double
  }

  package let policy: PlacementPolicyName
  package let seed: UInt64
  /// The cluster's GPUs, in thousandths.
  package let gpuMilli: Int64
  package fileprivate(set) var looks: [Look] = []
  package fileprivate(set) var arrivedMilli: Int64 = 0
  package fileprivate(set) var allocatedMilli: Int64 = 0
  package fileprivate(set) var arrivedPods = 0
  package fileprivate(set) var placedPods = 0

  fileprivate init(policy: PlacementPolicyName, seed: UInt64, gpuMilli: Int64) {
    self.policy = policy
    self.seed = seed
    self.gpuMilli = gpuMilli
  }

  fileprivate mutating func look(at percent: Double, _ cluster: Cluster, meter: FragmentationMeter)
  {
    looks.append(
      Look(
        arrivalPercent: percent, arrivedPods: arrivedPods, placedPods: placedPods,
        allocatedMilli: allocatedMilli, fragmentedMilli: meter.fragmentedMilli(of: cluster)))
  }
}

extension PlacementExperiment {
  /// Reads `42..51`, both ends meant, or a single seed.
  ///
  /// - Throws: ``PlacementExperimentError`` for another text, and for more than ``seedsMax`` seeds.
  package static func seeds(
    _ text: String
  ) throws(PlacementExperimentError) -> ClosedRange<UInt64> {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let ends = parts.count == 3 && parts[1].isEmpty ? [parts[0], parts[2]] : [parts[0], parts[0]]
    guard parts.count == 1 || parts.count == 3 && parts[1].isEmpty, let first = UInt64(ends[0]),
      let last = UInt64(ends[1]), first <= last, last - first < seedsMax
    else {
      throw PlacementExperimentError(
        "seeds: expected a number or a range such as 42..51 of at most \(seedsMax), found \"\(text)\""
      )
    }
    return first...last
  }

  package static let seedsMax: UInt64 = 10_000
}
