package import Model

/// What the runs of an experiment came to, by policy and arrival: means over the seeds.
package struct PlacementReport: Hashable, Sendable {
  package struct Row: Hashable, Sendable {
    package let policy: PlacementPolicyName
    package let arrivalPercent: Double
    /// How many runs the row is of.
    package let runs: Int
    /// Placed GPUs, in percent of the cluster's.
    package let allocatedPercentMean: Double
    /// The sample's deviation (n - 1); 0 for one run.
    package let allocatedPercentStandardDeviation: Double
    /// Free GPUs that the typical tasks cannot use, in percent of the cluster's.
    package let fragmentedPercentMean: Double
    /// The same in percent of the free GPUs.
    package let fragmentedOfFreePercentMean: Double
    /// Pods that fitted nowhere.
    package let skippedPodsMean: Double
  }

  /// In the order of the policies' first runs, then by arrival.
  package let rows: [Row]

  /// Sums up runs, whatever their order: a row's runs are taken by seed, so that threads do not decide about the last digit.
  package init(_ runs: [PlacementRun]) {
    var order: [PlacementPolicyName] = []
    for run in runs where !order.contains(run.policy) { order.append(run.policy) }
    rows = order.flatMap { policy in
      let runs = runs.filter { $0.policy == policy }.sorted { $0.seed < $1.seed }
      let percents = runs.first?.looks.map(\.arrivalPercent) ?? []
      return percents.indices.map { index in
        PlacementReport.row(policy, percents[index], runs.map { ($0, $0.looks[index]) })
      }
    }
  }

  private static func row(
    _ policy: PlacementPolicyName, _ percent: Double,
    _ looks: [(run: PlacementRun, look: PlacementRun.Look)]
  ) -> Row {
    let allocated = looks.map { run, look in
      Double(look.allocatedMilli) * 100 / Double(run.gpuMilli)
    }
    let fragmented = looks.map { run, look in look.fragmentedMilli * 100 / Double(run.gpuMilli) }
    let ofFree = looks.map { run, look in
      let free = run.gpuMilli - look.allocatedMilli
      return free == 0 ? 0 : look.fragmentedMilli * 100 / Double(free)
    }
    return Row(
      policy: policy, arrivalPercent: percent, runs: looks.count,
      allocatedPercentMean: mean(allocated),
      allocatedPercentStandardDeviation: standardDeviation(allocated),
      fragmentedPercentMean: mean(fragmented), fragmentedOfFreePercentMean: mean(ofFree),
      skippedPodsMean: mean(looks.map { Double($0.look.arrivedPods - $0.look.placedPods) }))
  }

  private static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }

  private static func standardDeviation(_ values: [Double]) -> Double {
    guard values.count > 1 else { return 0 }
    let mean = mean(values)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1)).squareRoot()
  }
}

extension PlacementReport {
  /// `{"results": [{"policy", "at", …}]}`, one entry for each policy and arrival.
  package var json: JSONValue {
    let results = rows.map { row in
      JSONValue.object([
        JSONValue.Member("policy", .string(row.policy.rawValue)),
        JSONValue.Member("at", number(row.arrivalPercent)),
        JSONValue.Member("allocated_percent_mean", number(row.allocatedPercentMean)),
        JSONValue.Member(
          "allocated_percent_stddev", number(row.allocatedPercentStandardDeviation)),
        JSONValue.Member("fragmented_percent_mean", number(row.fragmentedPercentMean)),
      ])
    }
    return .object([JSONValue.Member("results", .array(results))])
  }

  /// A whole number without a fraction, so that arrivals read back as they were given.
  private func number(_ value: Double) -> JSONValue {
    let rounded = value.rounded()
    return rounded == value && abs(value) < 1e15
      ? .integer(Int64(rounded)) : .number("\(value)")
  }
}
