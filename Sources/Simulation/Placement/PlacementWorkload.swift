package import Model
package import Scheduling

/// The pods of one run: what arrives, in order.
package struct PlacementWorkload: Sendable {
  /// Indexes of the list of pods.
  package let arrivals: [Int32]

  /// Draws the arrivals of one run.
  ///
  /// The whole list, then pods drawn from it, each with the same chance, until the next would pass the load; all of them in
  /// random order. Where the list alone passes the load, pods are drawn out of it until it does not.
  ///
  /// - Parameters:
  ///   - pods: the list; not empty.
  ///   - gpuMilli: what may arrive of GPUs, in thousandths of devices.
  package init(_ pods: [TaskRequest], gpuMilli limit: Double, random: SeededRandom) {
    precondition(!pods.isEmpty, "a workload is drawn from some pods")
    var draws = random.child("pods that are drawn")
    var order = random.child("order of the pods")
    var arrivals = pods.indices.map { Int32($0) }
    var sum = pods.reduce(Int64(0)) { $0 + $1.gpu.milli }
    if Double(sum) > limit {
      while Double(sum) > limit {
        let index = draws.below(arrivals.count)
        sum -= pods[Int(arrivals[index])].gpu.milli
        arrivals.swapAt(index, arrivals.count - 1)
        arrivals.removeLast()
      }
    } else if sum > 0 {
      while arrivals.count < PlacementWorkload.arrivalsMax {
        let drawn = draws.below(pods.count)
        let milli = pods[drawn].gpu.milli
        guard Double(sum + milli) <= limit else { break }
        sum += milli
        arrivals.append(Int32(drawn))
      }
    }
    order.shuffle(&arrivals)
    self.arrivals = arrivals
  }

  /// The most pods of one run; a list whose pods hardly ask for GPUs would fill memory before it fills a cluster.
  package static let arrivalsMax = 10_000_000
}

extension SeededRandom {
  /// Puts the elements in an order of which each has the same chance (Fisher and Yates). Unlike the standard library's, the
  /// order for a seed is the same in every version of Swift.
  package mutating func shuffle<Element>(_ elements: inout [Element]) {
    for last in elements.indices.dropFirst().reversed() {
      elements.swapAt(last, below(last + 1))
    }
  }
}
