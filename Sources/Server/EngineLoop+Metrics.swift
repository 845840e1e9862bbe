import Model
import Monitoring
import Session

extension EngineLoop {
  /// The metrics page.
  func metricsText() -> String {
    engine.metrics.exposition(gauges: engine.gauges(process: ProcessReader.read()))
  }
}
