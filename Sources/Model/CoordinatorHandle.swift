/// The coordinator as services beside it see it: the web page and the metrics page ask through this, whether the
/// coordinator runs in the same process or at the other end of a connection.
package protocol CoordinatorHandle: Sendable {
  /// Makes one unary call.
  func call(_ message: RequestMessage) async throws(CallError) -> ResponseMessage

  /// Revisions of the state, one after each change, coalesced to at most one each
  /// ``Limits/statusStreamInterval``; ends when the coordinator stops or cannot be reached.
  func changes() async -> AsyncStream<UInt64>

  /// The metrics in Prometheus text format 0.0.4, or nil where only the coordinator's own process has them.
  func metrics() async -> String?

  /// Whether requests are taken now: false while starting and draining.
  func isReady() async -> Bool
}
