import Model

/// Why a call of the client did not do what was asked.
///
/// ```swift
/// do {
///   try await client.withLease(.gpuMemory(megabytes: 8000)) { lease in … }
/// } catch let error as CoordinatorError where error.code == .denied {
///   print(error.message, error.explanation?.changes.first?.message ?? "")
/// }
/// ```
public struct CoordinatorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it is. Later versions may know more.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The stable upper-case name.
    public let name: String

    init(_ name: String) { self.name = name }

    /// The request was decided, with no.
    public static let denied = Code("DENIED")
    /// The request waited as long as it was allowed to.
    public static let queueTimeout = Code("QUEUE_TIMEOUT")
    /// The lease ended while it was used.
    public static let leaseLost = Code("LEASE_LOST")
    /// The client is used outside its scope.
    public static let clientClosed = Code("CLIENT_CLOSED")
    /// The coordinator cannot be reached, or takes no requests now.
    public static let unavailable = Code("UNAVAILABLE")
    /// No answer came in time; the coordinator may have acted.
    public static let deadlineExceeded = Code("DEADLINE_EXCEEDED")
    /// The task was cancelled.
    public static let cancelled = Code("CANCELLED")
    /// A field of the request is not valid.
    public static let invalidArgument = Code("INVALID_ARGUMENT")
    /// There is no such request.
    public static let notFound = Code("NOT_FOUND")
    /// The request's id was used for another request.
    public static let alreadyExists = Code("ALREADY_EXISTS")
    /// The token, the component or the priority is not allowed to do this.
    public static let permissionDenied = Code("PERMISSION_DENIED")
    /// The coordinator does not know who asks.
    public static let unauthenticated = Code("UNAUTHENTICATED")
    /// A limit of the coordinator is met.
    public static let resourceExhausted = Code("RESOURCE_EXHAUSTED")
    /// The lease has ended, or the state does not allow it.
    public static let failedPrecondition = Code("FAILED_PRECONDITION")
    /// Events after the wanted revision are no longer kept.
    public static let outOfRange = Code("OUT_OF_RANGE")
    /// The coordinator does not know the call.
    public static let unimplemented = Code("UNIMPLEMENTED")
    /// The coordinator answered something that makes no sense.
    public static let `internal` = Code("INTERNAL")

    /// The name.
    public var description: String { name }
  }

  /// What kind of failure it is.
  public let code: Code
  /// What happened, for people.
  public let message: String
  /// The reasons, structured, where there are any.
  public let explanation: Explanation?
  /// Whether the same call may succeed later without any change.
  public let isRetryable: Bool
  /// How long to wait before that, where it is known.
  public let retryAfter: Duration?
  /// The request it is about; empty if it is about none. Repeating with the same id is safe.
  public let requestID: String
  /// What to do about it.
  public let hint: String

  /// The stable codes of the reasons, most important first.
  public var reasons: [String] { explanation?.blockers.map(\.reason) ?? [] }

  /// The code, the message and the hint.
  public var description: String {
    hint.isEmpty ? "\(code): \(message)" : "\(code): \(message) \(hint)"
  }

  init(_ error: CallError, requestID: String = "") {
    let reason = error.details.lazy.compactMap { Reason(rawValue: $0.reason.string) }.first
    code = reason == .clientClosed ? .clientClosed : Code(error.code.name)
    message = error.message
    explanation =
      error.details.isEmpty ? nil : Explanation(summary: error.message, details: error.details)
    retryAfter = error.details.lazy.compactMap(\.retryAfter).first?.duration
    isRetryable =
      error.code == .unavailable || error.code == .deadlineExceeded || retryAfter != nil
    self.requestID = requestID
    hint = reason?.entry.remedy ?? ""
  }

  /// An error that the client itself finds, by its reason in the catalogue.
  init(_ code: Code, _ reason: Reason, _ message: String, requestID: String = "") {
    self.code = code
    self.message = message
    explanation = Explanation(summary: message, details: [Detail(reason, message)])
    isRetryable = false
    retryAfter = nil
    self.requestID = requestID
    hint = reason.entry.remedy
  }

  /// A request that was decided, with no or with the end of its wait.
  init(_ code: Code, _ response: ResourceResponse, details: [Detail]) {
    self.code = code
    let explained = response.explanation.map { Explanation($0) }
    message = explained?.summary.isEmpty == false ? explained?.summary ?? "" : response.message
    explanation =
      explained
      ?? (details.isEmpty ? nil : Explanation(summary: response.message, details: details))
    let reasons = response.explanation?.blockers ?? details
    let first = reasons.lazy.compactMap { Reason(rawValue: $0.reason.string) }.first
    retryAfter =
      response.rate?.retryAfter?.duration ?? reasons.lazy.compactMap(\.retryAfter).first?.duration
    isRetryable = first != .canNeverFit
    requestID = response.requestID.string
    hint = first?.entry.remedy ?? ""
  }
}
