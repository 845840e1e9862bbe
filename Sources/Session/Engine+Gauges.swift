import Coordination
import Model
package import Monitoring

extension Engine {
  package var isDraining: Bool { coordinator.isDraining }

  /// The present state, for the metrics page.
  package func gauges(process: ProcessNumbers?) -> MetricGauges {
    var pools = (0..<Int32(coordinator.poolCount)).map {
      PoolGauge(status: coordinator.poolStatus($0, at: now))
    }
    coordinator.forEachWaiting { record, queuedAt in
      let priority = Int(record.priority.rawValue) - 1
      let waited = now - queuedAt
      for pool in [record.claims.first.pool] + record.claims.rest.map(\.pool) {
        pools[Int(pool)].queueDepths[priority] += 1
        pools[Int(pool)].oldestWait = max(pools[Int(pool)].oldestWait, waited)
      }
    }
    var gauges = MetricGauges(pools: pools, version: coordinatorVersion, mode: coordinator.mode)
    gauges.components = (0..<coordinator.poolCount).flatMap { pool in
      coordinator.largestHolders(of: Int32(pool), count: ComponentShares.componentsMax).map {
        ComponentUse(component: $0.component, pool: pool, allocated: $0.quantity)
      }
    }
    gauges.isLearning = coordinator.learningEnd != nil
    gauges.revision = coordinator.revision
    gauges.streamClients = streams.count
    gauges.process = process
    return gauges
  }
}
