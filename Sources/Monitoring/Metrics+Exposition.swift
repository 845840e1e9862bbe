import Model

extension Metrics {
  /// The metrics page: Prometheus text, for ``ExpositionWriter/contentType``.
  ///
  /// No label carries a request's or a lease's id, and components are bounded, so that the number of series is
  /// bounded by pools, priorities and methods. O(pools + components), for scrapes, not for hot paths.
  package func exposition(gauges: MetricGauges) -> String {
    precondition(gauges.pools.count == poolCount, "one gauge for each pool")
    var writer = ExpositionWriter()
    let names = gauges.pools.map(\.status.name.string)
    writeRequests(names, to: &writer)
    writeCalls(to: &writer)
    writeQueues(gauges.pools, names, to: &writer)
    writeLeases(gauges.pools, names, to: &writer)
    CapacityFamilies(pools: gauges.pools.map(\.status)).write(to: &writer)
    writeComponents(gauges, names, to: &writer)
    writeCoordinator(gauges, to: &writer)
    if let process = gauges.process { process.write(to: &writer) }
    return writer.text
  }

  private func writeRequests(_ names: [String], to writer: inout ExpositionWriter) {
    let total = "coordinator_requests_total"
    writer.family(
      total, .counter,
      "Requests by outcome; a queued one counts again when it is granted or ends.")
    for (pool, name) in names.enumerated() {
      for priority in Priority.allCases {
        for outcome in RequestStatus.allCases {
          let count = requestCount(pool: pool, priority: priority, outcome: outcome)
          // The usual outcomes begin at zero, so that their first rise shows in rates.
          let isUsual = outcome == .granted || outcome == .denied || outcome == .queued
          guard isUsual || count > 0 else { continue }
          writer.sample(
            total,
            [
              ("resource", name), ("priority", priority.label), ("outcome", outcome.label),
            ], count)
        }
      }
    }
  }

  private func writeCalls(to writer: inout ExpositionWriter) {
    let duration = "coordinator_request_duration_seconds"
    writer.family(duration, .histogram, "Time the server takes over a call.")
    for method in Method.allCases where calls.count(series: Metrics.methodIndex(method)) > 0 {
      writer.histogram(
        duration, [("method", method.name)], calls, series: Metrics.methodIndex(method))
    }
    let failed = "coordinator_failed_calls_total"
    writer.family(failed, .counter, "Calls that were refused without a decision, by status code.")
    for method in Method.allCases {
      for code in StatusCode.allCases {
        let count = failedCallCount(method: method, code: code)
        guard count > 0 else { continue }
        writer.sample(failed, [("method", method.name), ("code", code.name)], count)
      }
    }
  }

  private func writeQueues(
    _ pools: [PoolGauge], _ names: [String], to writer: inout ExpositionWriter
  ) {
    let depth = "coordinator_queue_depth"
    writer.family(depth, .gauge, "Requests waiting now.")
    for (pool, name) in zip(pools, names) {
      for (index, priority) in Priority.allCases.enumerated() {
        writer.sample(
          depth, [("resource", name), ("priority", priority.label)], pool.queueDepths[index])
      }
    }
    let oldest = "coordinator_queue_oldest_seconds"
    writer.family(
      oldest, .gauge, "Time that the oldest waiting request has waited; 0 if none does.")
    for (pool, name) in zip(pools, names) {
      writer.sample(oldest, [("resource", name)], pool.oldestWait.seconds)
    }
    let wait = "coordinator_queue_wait_seconds"
    writer.family(wait, .histogram, "Time from a request to its grant.")
    for (pool, name) in names.enumerated() {
      for priority in Priority.allCases {
        let series = Metrics.waitIndex(pool, priority)
        guard waits.count(series: series) > 0 else { continue }
        writer.histogram(
          wait, [("resource", name), ("priority", priority.label)], waits, series: series)
      }
    }
    let error = "coordinator_wait_forecast_error_seconds"
    writer.family(error, .histogram, "Distance between the expected and the real start of waits.")
    writer.histogram(error, [], forecastErrors, series: 0)
  }

  private func writeLeases(
    _ pools: [PoolGauge], _ names: [String], to writer: inout ExpositionWriter
  ) {
    writer.family("coordinator_leases", .gauge, "Leases held now.")
    for (pool, name) in zip(pools, names) {
      writer.sample("coordinator_leases", [("resource", name)], pool.status.allocationsTotal)
    }
    let ended = "coordinator_leases_ended_total"
    writer.family(ended, .counter, "Leases that ended, by how they ended.")
    for (pool, name) in names.enumerated() {
      for reason in LeaseEnd.allCases {
        writer.sample(
          ended, [("resource", name), ("reason", reason.name)],
          leaseEndCount(pool: pool, reason: reason))
      }
    }
  }

  private func writeComponents(
    _ gauges: MetricGauges, _ names: [String], to writer: inout ExpositionWriter
  ) {
    let ratio = "coordinator_component_allocated_ratio"
    writer.family(
      ratio, .gauge,
      "Share of a pool's capacity that a component holds; small holders count as other.")
    let shares = ComponentShares(
      of: gauges.components, capacities: gauges.pools.map(\.status.totalCapacity))
    for share in shares.shares {
      writer.sample(
        ratio, [("component", share.component.string), ("resource", names[share.pool])],
        share.ratio)
    }
  }

  private func writeCoordinator(_ gauges: MetricGauges, to writer: inout ExpositionWriter) {
    writer.family("coordinator_preemptions_total", .counter, "Leases taken for higher priorities.")
    writer.sample("coordinator_preemptions_total", preemptions)
    writer.family("coordinator_events_revision", .gauge, "Revision of the newest event.")
    writer.sample("coordinator_events_revision", gauges.revision)
    writer.family("coordinator_stream_clients", .gauge, "Streams open over TCP.")
    writer.sample("coordinator_stream_clients", gauges.streamClients)
    writer.family(
      "coordinator_stream_dropped_total", .counter, "Streams ended because their reader was slow.")
    writer.sample("coordinator_stream_dropped_total", streamsDropped)
    writer.family(
      "coordinator_learning", .gauge,
      "1 while nothing is granted because the state was lost and holders announce their leases.")
    writer.sample("coordinator_learning", gauges.isLearning ? 1 : 0)
    writer.family("coordinator_build_info", .gauge, "Always 1; the labels tell what runs.")
    writer.sample(
      "coordinator_build_info", [("version", gauges.version), ("mode", gauges.mode.name)], 1)
  }
}

extension Priority {
  var label: String { name.lowercased() }
}

extension RequestStatus {
  var label: String { name.lowercased() }
}
