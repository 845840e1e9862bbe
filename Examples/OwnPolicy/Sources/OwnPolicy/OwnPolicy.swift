// A scheduling policy of one's own, compared with two of the library's on jobs that are drawn from a model.

import Simulation

/// The smallest area first: processors times requested time.
struct SmallestArea: OrderingPolicy {
  var lifetime: ScoreLifetime { .whileWaiting }

  func score(of job: JobView) -> Double { job.requestedSeconds * Double(job.processors) }
}

@main
struct OwnPolicy {
  static func main() throws {
    let workload = LublinModel(processors: 64).workload(jobs: 2000, load: 0.85, seed: 7)
    let simulation = ClusterSimulation(processors: 64)
    let results = [
      ("fcfs", try simulation.run(workload, policy: .named("fcfs"))),
      ("easy", try simulation.run(workload, policy: .named("easy"))),
      ("smallest area", try simulation.run(workload, ordering: SmallestArea(), backfill: .easy)),
    ]
    for (name, result) in results {
      print(
        "\(name): \(result.metrics.jobs) jobs, mean wait \(Int(result.metrics.averageWaitSeconds)) s"
      )
    }
    let means = results.map { $0.1.metrics.averageWaitSeconds }
    print(means[2] < means[1] && means[1] < means[0] ? "smaller jobs first wait less" : "no gain")
  }
}
