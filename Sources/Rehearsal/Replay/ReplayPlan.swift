package import Model

/// What is replayed and how: the same for a virtual and a live replay.
package struct ReplayPlan: Sendable {
  package var trace: Trace
  package var mode: ResponseMode
  /// How long a pod without room waits, in the trace's time; zero = it does not wait.
  package var wait: TimeSpan
  package var seed: UInt64

  /// Parts of the time for which the utilisation is told.
  package static let slices = 60
  /// By how much a lease outlasts the pod, which releases it: expiry is only for a replay that dies.
  package static let leaseMargin = TimeSpan.seconds(60)
  /// The longest wait that may be asked for.
  package static let waitMax = TimeSpan.seconds(7 * 86_400)

  package init(trace: Trace, mode: ResponseMode, wait: TimeSpan, seed: UInt64) {
    precondition(wait >= .zero && wait <= ReplayPlan.waitMax, "the wait is checked before")
    self.trace = trace
    self.mode = mode
    self.wait = wait
    self.seed = seed
  }

  /// The coordinator's settings for the trace: its pools, and leases as long as its longest pod.
  package var settings: CoordinationSettings {
    var limits = Limits()
    limits.leaseHold = .seconds(101 * 366 * 86_400)
    limits.queueLength = max(limits.queueLength, trace.pods.count)
    return CoordinationSettings(
      mode: mode,
      contention: ContentionSettings(denyProbability: 0.1, queueProbability: 0.2, seed: seed),
      pools: TracePools.definitions(trace.capacities), limits: limits)
  }

  /// When the last pod would end if none waited.
  package var end: Instant {
    trace.pods.reduce(.epoch) { max($0, $1.creation + $1.hold) }
  }

  package var emptyOutcome: ReplayOutcome {
    ReplayOutcome(
      tally: ReplayTally(capacities: trace.capacities, end: end, slices: ReplayPlan.slices))
  }

  /// The pod's request: one lease over all its pools.
  ///
  package func request(_ pod: TracePod) -> ResourceRequest {
    let claims = pod.amounts.indices.filter { pod.amounts[$0] > 0 }.map { pool in
      PoolQuantity(
        pool: PoolReference(name: Text(TracePools.names[pool])), quantity: pod.amounts[pool])
    }
    // A pod that asks for nothing is refused by the coordinator, and counted as that.
    let first = claims.first ?? PoolQuantity(pool: PoolReference(), quantity: 0)
    return ResourceRequest(
      requestID: Text(pod.name), component: Text(pod.service),
      claims: Claims(first, rest: Array(claims.dropFirst())),
      timeout: wait > .zero ? wait : nil, duration: pod.hold + ReplayPlan.leaseMargin,
      wait: wait > .zero, isMultiple: true)
  }

  /// A length of the trace's time as the coordinator sees it; at least a nanosecond.
  package static func scaled(_ span: TimeSpan, speed: Double) -> TimeSpan {
    guard speed != 1 else { return span }
    return .nanoseconds(max(1, Int64(Double(span.nanoseconds) / speed)))
  }
}

extension ReplayPlan {
  /// The configuration file of a server that this trace can be replayed on.
  package var configurationText: String {
    var lines = [
      "# The pools of \(trace.nodes) nodes.", "response_mode: \(mode.name)", "pools:",
    ]
    for index in TracePools.names.indices {
      lines += [
        "  - name: \(TracePools.names[index])", "    kind: capacity",
        "    limit: \(trace.capacities[index])", "    unit: \(TracePools.units[index])",
      ]
    }
    lines += [
      "# Leases last as long as the trace's longest pod, divided by the replay's speed.", "lease:",
      "  max_seconds: 31622400", "queue:",
      "  max_length: \(min(1_000_000, max(Limits().queueLength, trace.pods.count)))",
    ]
    return lines.joined(separator: "\n") + "\n"
  }
}
