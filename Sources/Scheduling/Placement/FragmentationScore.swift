/// Fragmentation-gradient descent: a task goes where it makes the cluster's fragmentation grow least.
///
/// Source: Weng et al., USENIX ATC 2023 The score is the authors' too: 100 × sigmoid(the decrease in devices), rounded
/// down, so that places whose decrease differs by little are equal and the node's number decides.
package enum FragmentationScore {
  /// ln(k / (100 - k)) for k = 51...99: what the decrease must reach for a score of k. Below 50 they are the same with the
  /// other sign. A table, so that no machine's library decides about a rounding.
  static let thresholds: [Double] = [
    0.040005334613699164, 0.08004270767353643, 0.12014431184206324, 0.1603426500751794,
    0.20067069546215116, 0.24116205681688807, 0.2818511521409877, 0.322773392263051,
    0.36396537720141164, 0.4054651081081644, 0.44731221804366483, 0.4895482253187058,
    0.5322168137473082, 0.5753641449035618, 0.6190392084062234, 0.6632942174102642,
    0.7081850579244858, 0.7537718023763802, 0.8001193001121132, 0.8472978603872036,
    0.8953840470548414, 0.9444616088408514, 0.994622575144062, 1.0459685551826876,
    1.0986122886681098, 1.1526795099383855, 1.2083112059245342, 1.2656663733312759,
    1.3249254147435985, 1.3862943611198906, 1.4500101755059982, 1.5163474893680884,
    1.5856272637403819, 1.6582280766035324, 1.7346010553881064, 1.8152899666382492,
    1.900958761193047, 1.992430164690206, 2.0907410969337694, 2.1972245773362196,
    2.3136349291806306, 2.4423470353692043, 2.586689344097943, 2.751535313041949,
    2.9444389791664403, 3.1780538303479458, 3.4760986898352733, 3.8918202981106265,
    4.59511985013459,
  ]

  /// 100 × sigmoid(x), rounded down: 0...99.
  ///
  /// The score is the number of k in 1...99 with x at or above ln(k / (100 - k)).
  package static func score(decreaseInDevices x: Double) -> Int32 {
    if x >= 0 {
      var low = 0
      var high = thresholds.count
      while low < high {
        let middle = (low + high) / 2
        if x >= thresholds[middle] { low = middle + 1 } else { high = middle }
      }
      return Int32(50 + low)
    }
    // Here k is below 50: x >= -thresholds[49 - k], which holds for k = 0 always.
    var low = 0
    var high = thresholds.count
    while low < high {
      let middle = (low + high) / 2
      if x >= -thresholds[middle] { high = middle } else { low = middle + 1 }
    }
    return Int32(49 - low)
  }

  /// The score of a task on a node where it fits, and for a share the device on which it has that score: the first of the best.
  ///
  /// - Parameter before: what is fragmented of the node now, as ``FragmentationMeter`` counts it.
  static func best(
    _ request: TaskRequest, on node: Int, devices: DeviceSet, of cluster: Cluster,
    meter: FragmentationMeter, before: Int64
  ) -> (score: Int32, device: Int) {
    let cpuLeft = cluster.free[node].amounts.cpuMilli - request.amounts.cpuMilli
    var free = FreeDevices(of: node, in: cluster)
    func score(_ free: FreeDevices) -> Int32 {
      let after = meter.fragmented(node: node, cpuMilli: cpuLeft, devices: free, of: cluster)
      guard meter.totalWeight > 0 else { return 50 }
      let decrease = Double(before - after) / Double(meter.totalWeight) / 1000
      return FragmentationScore.score(decreaseInDevices: decrease)
    }
    switch request.gpu {
    case .none, .instances: return (score(free), 0)
    case .devices(let count):
      for device in DeviceChoice.whole(count, request, on: node, devices: devices, of: cluster) {
        free.take(GPUDevice.wholeMilli, of: device)
      }
      return (score(free), 0)
    case .share(let milli):
      let milli = Int32(milli)
      let start = cluster.deviceStart[node]
      var best: (score: Int32, device: Int) = (-1, 0)
      var tried: [Tried] = []
      for device in devices where free[device] >= milli {
        let kind = Tried(milli: free[device], model: cluster.deviceModel[start + device])
        if tried.contains(kind) { continue }
        tried.append(kind)
        var trial = free
        trial.take(milli, of: device)
        let score = score(trial)
        if score > best.score { best = (score, device) }
      }
      return best
    }
  }

  /// Devices that are alike have the same score.
  private struct Tried: Hashable {
    let milli: Int32
    let model: UInt8
  }
}
