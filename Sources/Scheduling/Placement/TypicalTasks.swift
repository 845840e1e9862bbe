/// The shapes of tasks that fragmentation is measured against: the most popular ones of a workload.
///
/// Source: Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent",
/// USENIX ATC 2023. A shape is what a task asks of processors and GPUs; memory is left out, as it is there.
package struct TypicalTasks: Hashable, Sendable {
  package struct Shape: Hashable, Sendable {
    package let cpuMilli: Int64
    /// Thousandths of each device; 0 = no GPU.
    package let gpuMilli: Int32
    /// How many devices.
    package let deviceCount: Int
    /// The accepted models, ascending and each once; empty = every model.
    package let models: [String]
    /// How many tasks of the workload have the shape.
    package let weight: Int64
  }

  /// How much of a workload the typical shapes cover, as in the authors' experiments.
  package static let coveragePercent: Int64 = 95

  /// The most popular first; of one popularity the one that asks for more.
  package let shapes: [Shape]
  /// The sum of the shapes' weights.
  package let totalWeight: Int64

  /// The fewest of the most popular shapes that cover so much of a workload. Tasks that take hardware instances are
  /// left out.
  package init(of tasks: some Sequence<TaskRequest>, coveragePercent: Int64 = coveragePercent) {
    precondition((1...100).contains(coveragePercent), "a coverage is from 1 to 100 percent")
    var counts: [Key: Int64] = [:]
    var total: Int64 = 0
    for task in tasks {
      guard let key = Key(task) else { continue }
      counts[key, default: 0] += 1
      total += 1
    }
    let popular = counts.sorted { left, right in
      left.value != right.value ? left.value > right.value : right.key < left.key
    }
    var shapes: [Shape] = []
    var covered: Int64 = 0
    for (key, count) in popular where covered * 100 < total * coveragePercent {
      shapes.append(
        Shape(
          cpuMilli: key.cpuMilli, gpuMilli: key.gpuMilli, deviceCount: key.deviceCount,
          models: key.models, weight: count))
      covered += count
    }
    self.shapes = shapes
    totalWeight = covered
  }

  private struct Key: Hashable, Comparable {
    let cpuMilli: Int64
    let gpuMilli: Int32
    let deviceCount: Int
    let models: [String]

    init?(_ task: TaskRequest) {
      cpuMilli = task.amounts.cpuMilli
      switch task.gpu {
      case .none: (gpuMilli, deviceCount) = (0, 0)
      case .share(let milli): (gpuMilli, deviceCount) = (Int32(milli), 1)
      case .devices(let count): (gpuMilli, deviceCount) = (GPUDevice.wholeMilli, count)
      case .instances: return nil
      }
      models = task.gpu == .none ? [] : Set(task.gpuConstraints.models).sorted()
    }

    static func < (left: Key, right: Key) -> Bool {
      let numbers = (left.cpuMilli, left.gpuMilli, left.deviceCount)
      let others = (right.cpuMilli, right.gpuMilli, right.deviceCount)
      return numbers != others
        ? numbers < others : left.models.lexicographicallyPrecedes(right.models)
    }
  }
}
