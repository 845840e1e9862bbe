import Model

/// The W3C trace context of the calls of a task, so that the coordinator's log and events can be found by a trace.
public enum TraceContext {
  /// What calls of the current task carry; nil for what the client's options say.
  @TaskLocal static var current: TraceParent?

  /// Makes every call inside the body, of every client, with this `traceparent`; renewals of leases that are taken
  /// inside carry it too. It wins over ``ClientOptions/traceParent``.
  ///
  /// Throws ``CoordinatorError/Code/invalidArgument`` for a text that is none: the coordinator would ignore it silently.
  public static func with<Result>(
    _ traceParent: String, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Result
  ) async throws -> Result {
    let trace: TraceParent
    do throws(CallError) {
      trace = try TraceContext.checked(traceParent)
    } catch {
      throw CoordinatorError(error)
    }
    return try await $current.withValue(trace, operation: body, isolation: isolation)
  }

  static func checked(_ text: String) throws(CallError) -> TraceParent {
    guard let trace = TraceParent(text) else {
      throw CallError(
        .invalidField,
        "a traceparent is VERSION-TRACE-PARENT-FLAGS in lower-case hexadecimal digits",
        field: "traceparent")
    }
    return trace
  }
}

extension TraceParent {
  /// What a call is sent with to carry it.
  var metadata: Metadata { Metadata([(key: TraceParent.key, value: text.string)]) }
}
