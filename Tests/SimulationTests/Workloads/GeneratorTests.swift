import Foundation
import Model
import Simulation
import TestSupport
import Testing

@Suite struct GeneratorTests {
  static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  @Test(arguments: [(0.5, 2.0), (1, 1), (10.46, 0.4871), (312, 0.03)])
  func `gamma draws have the distribution's mean, deviation and shares`(
    shape: Double, scale: Double
  ) {
    var random = SeededRandom(seed: 1).child("gamma")
    let values = (0..<40_000).map { _ in random.gamma(shape: shape, scale: scale) }
    let mean = Self.mean(values)
    let variance = Self.mean(values.map { ($0 - mean) * ($0 - mean) })
    #expect(abs(mean - shape * scale) < 0.02 * shape * scale)
    #expect(abs(variance - shape * scale * scale) < 0.05 * shape * scale * scale)
    // The share below a value is what the cumulative function says.
    for factor in [0.5, 1, 1.5] {
      let x = shape * scale * factor
      let share = Double(values.count { $0 < x }) / Double(values.count)
      let expected = GammaDistribution.cumulative(x, shape: shape, scale: scale)
      #expect(abs(share - expected) < 0.01, "\(x)")
    }
  }

  @Test func `exponential and normal draws have their means and deviations`() {
    var random = SeededRandom(seed: 2)
    let waits = (0..<40_000).map { _ in random.exponential(mean: 5) }
    #expect(abs(Self.mean(waits) - 5) < 0.1 && waits.allSatisfy { $0 >= 0 })
    #expect(abs(Self.mean(waits.map { $0 * $0 }) - 50) < 2.5)
    let normals = (0..<40_000).map { _ in random.normal() }
    #expect(abs(Self.mean(normals)) < 0.02)
    #expect(abs(Self.mean(normals.map { $0 * $0 }) - 1) < 0.03)
    let picks = (0..<40_000).map { _ in random.index(weights: [1, 0, 3]) }
    #expect(abs(Double(picks.count { $0 == 2 }) / 40_000 - 0.75) < 0.01)
    #expect(!picks.contains(1))
  }

  @Test func `a model gives the same jobs for the same seed, and others for another`() {
    let models: [(UInt64) -> Workload] = [
      { LublinModel(processors: 128).workload(jobs: 300, load: 0.8, seed: $0) },
      {
        LublinModel(processors: 128, streams: .batchAndInteractive).workload(jobs: 300, seed: $0)
      },
      {
        PoissonModel(jobsPerHour: 60, meanRunSeconds: 100, processorsMax: 8)
          .workload(jobs: 300, seed: $0)
      },
      { MixModel().workload(jobs: 300, seed: $0) },
    ]
    for model in models {
      #expect(model(1) == model(1))
      #expect(model(1) != model(2))
      #expect(model(1).jobs.map(\.id) == Array(1...300) && model(1).unsortedCount == 0)
    }
  }

  @Test func `a load that is asked for is met`() {
    let workload = LublinModel(processors: 512).workload(jobs: 3000, load: 0.9, seed: 1)
    #expect(abs(workload.offeredLoad(processors: 512) - 0.9) < 1e-4)
    let doubled = workload.withLoad(times: 2)
    #expect(abs(doubled.offeredLoad(processors: 512) - 1.8) < 1e-3)
    #expect(doubled.jobs.first?.submitSeconds == workload.jobs.first?.submitSeconds)
  }

  @Test(
    .enabled(
      if: RealLogs.isPresent("lublin_256.swf.gz"),
      "the log is absent: ../shared/data/swf/lublin_256.swf.gz; the model is not compared with it"))
  func `the model's jobs are like those of its authors' program`() throws {
    let log = try StandardWorkloadFormat.read(try RealLogs.bytes("lublin_256.swf.gz"))
    let (theirs, _) = StandardWorkloadFormat.workload(of: log, processors: 256)
    let mine = LublinModel(processors: 256).workload(jobs: 10_000, seed: 1)
    func figures(_ workload: Workload) -> [Double] {
      let jobs = workload.jobs
      let gaps = zip(jobs, jobs.dropFirst()).map { $1.submitSeconds - $0.submitSeconds }
      return [
        Self.mean(jobs.map { Foundation.log($0.runSeconds) }), Self.mean(jobs.map(\.runSeconds)),
        Self.mean(jobs.map { Foundation.log2(Double($0.processors)) }),
        Self.mean(jobs.map { $0.processors == 1 ? 1 : 0 }),
        Self.mean(jobs.map { $0.processors & ($0.processors - 1) == 0 ? 1 : 0 }),
        // A mean of the gaps themselves is made by a few long ones.
        Self.mean(gaps.map { Foundation.log($0 + 1) }),
      ]
    }
    for (my, their) in zip(figures(mine), figures(theirs)) {
      #expect(abs(my - their) < 0.1 * abs(their), "\(figures(mine)), \(figures(theirs))")
    }
  }

  @Test func `arrivals follow the hours of the day`() {
    var weights = Array(repeating: 1.0, count: 24)
    weights[10] = 9
    let model = PoissonModel(
      jobsPerHour: 30, hourWeights: weights, meanRunSeconds: 60, processorsMax: 1)
    let workload = model.workload(jobs: 40_000, seed: 1)
    let hours = workload.jobs.map { Int($0.submitSeconds) / 3600 % 24 }
    let share = Double(hours.count { $0 == 10 }) / 40_000
    #expect(abs(share - 9.0 / 32) < 0.01)
    let span = workload.jobs.last?.submitSeconds ?? 0
    #expect(abs(40_000 / (span / 3600) - 30) < 0.6)
    #expect(abs(Self.mean(workload.jobs.map(\.runSeconds)) - 60.5) < 1.5)
  }

  @Test func `the mix has the shares and lengths of its kinds`() {
    let jobs = MixModel(jobsPerMinute: 30).workload(jobs: 20_000, seed: 1).jobs
    let kinds = MixModel.Kind.allCases.map { kind in jobs.filter { $0.queue == kind.rawValue } }
    for (found, share) in zip(kinds, [0.3, 0.4, 0.2, 0.1]) {
      #expect(abs(Double(found.count) / 20_000 - share) < 0.015)
    }
    #expect(Set(kinds[0].map(\.runSeconds)) == [1, 2, 3, 4, 5])
    #expect(kinds[1].allSatisfy { $0.runSeconds >= 1 && $0.runSeconds <= 10 })
    #expect(kinds[2].allSatisfy { $0.runSeconds >= 0.25 && $0.runSeconds <= 16 })
    #expect(Set(kinds[3].map(\.runSeconds)) == [2, 3, 4, 5, 6, 7, 8])
    let normal = Double(jobs.count { $0.priority == 400 }) / 20_000
    #expect(abs(normal - 0.5) < 0.015)
    let span = jobs.last?.submitSeconds ?? 0
    #expect(abs(20_000 / (span / 60) - 30) < 1)
    #expect(Set(jobs.map(\.submitSeconds)).count == 20_000, "at most one a second")
  }

  @Test func `traits are drawn as they are asked for`() {
    let plain = LublinModel(processors: 64).workload(jobs: 6000, seed: 1)
    let traits = JobTraits(
      users: 3, priorities: [.init(0, weight: 1), .init(1000, weight: 3)], estimateExcess: 4)
    let jobs = plain.with(traits, seed: 1).jobs
    let shares = (1...3).map { user in Double(jobs.count { $0.user == user }) / 6000 }
    for (share, expected) in zip(shares, [6.0 / 11, 3.0 / 11, 2.0 / 11]) {
      #expect(abs(share - expected) < 0.02)
    }
    #expect(abs(Double(jobs.count { $0.priority == 1000 }) / 6000 - 0.75) < 0.02)
    let factors = jobs.filter { $0.runSeconds > 100 }.map {
      ($0.requestedSeconds ?? 0) / $0.runSeconds
    }
    #expect(factors.allSatisfy { $0 >= 1 && $0 < 5.02 } && abs(Self.mean(factors) - 3) < 0.1)
    #expect(plain.with(JobTraits(), seed: 1) == plain)
  }

  @Test func `windows leave the times as they are`() {
    let workload = PoissonModel(jobsPerHour: 60, meanRunSeconds: 100, processorsMax: 8)
      .workload(jobs: 100, seed: 1)
    #expect(workload.first(10).jobs == Array(workload.jobs.prefix(10)))
    let window = workload.submitted(from: 600, until: 1200)
    #expect(!window.jobs.isEmpty)
    #expect(
      window.jobs == workload.jobs.filter { $0.submitSeconds >= 600 && $0.submitSeconds < 1200 })
  }
}
