import Foundation
public import Logging
import Model
import Session

/// How a client behaves. The defaults suit a program beside its coordinator.
public struct ClientOptions: Sendable {
  /// The longest a call may take, all attempts counted. Waiting in the queue is not a call: see ``WaitPolicy``.
  public var deadline: Duration = .seconds(10)
  /// The longest that opening a connection may take.
  public var connectTimeout: Duration = .seconds(3)
  /// Connections that are kept open; calls share them.
  public var connections = 1
  /// How calls that failed are repeated.
  public var retry = RetryPolicy()
  /// The length of the leases that ``CoordinatorClient/withLease(_:priority:wait:ttl:metadata:_:)`` keeps alive: how long
  /// others wait for what a crashed holder held.
  public var leaseDuration: Duration = .seconds(60)
  /// How long giving back may take when a scope is left.
  public var releaseTimeout: Duration = .seconds(2)
  /// What happens when a lease is lost while it is used.
  public var onLeaseLost: LeaseLossPolicy = .cancelBody
  /// Whether a lease that turns out lost only when it is given back, after the work is done, throws; otherwise it is
  /// logged as a warning.
  public var isStrictAboutLateLoss = false
  /// What to do about each pool while the coordinator cannot be reached.
  public var unreachable = UnreachableRules()
  /// Shown with every request, so that its token can be fetched again: after a lost answer, or, if it is kept somewhere
  /// safe, after a crash. Drawn at random if nil.
  public var clientSecret: String?
  /// TLS to the coordinator; nil for none.
  public var tls: TLSOptions?
  /// Shown to a coordinator that asks callers who they are; nil for none. `COORDINATOR_API_KEY` unless that is unset or
  /// empty.
  public var token: String? = ClientOptions.environmentToken
  /// The W3C trace context that all calls carry (`traceparent`); nil for none. ``TraceContext`` gives some calls another one.
  public var traceParent: String?
  /// The time that renewals and pauses go by.
  public var clock: ClientClock = .continuous
  /// Where warnings go.
  public var logger = Logger(label: "resource-coordinator-client")

  /// The defaults.
  public init() {}

  private static var environmentToken: String? {
    let text = ProcessInfo.processInfo.environment["COORDINATOR_API_KEY"] ?? ""
    return text.isEmpty ? nil : text
  }

  /// What connections are made with. Throws if the token or the trace context cannot be one.
  func guarding() throws(CallError) -> ClientGuarding {
    var guarding = ClientGuarding(encryption: tls?.encryption)
    if let token {
      guard let bearer = BearerToken(token) else {
        throw CallError(
          .unauthenticated, "the token has blanks, line ends or other characters that no token has",
          field: "authorization")
      }
      guarding.token = bearer
    }
    if let traceParent { guarding.trace = try TraceContext.checked(traceParent) }
    return guarding
  }
}

/// How calls that failed are repeated: with the same request id, after a pause that doubles and differs from client to
/// client, and only if that is safe.
public struct RetryPolicy: Hashable, Sendable {
  /// Attempts of one call, the first one counted. 1 or more.
  public var attempts = 4
  /// How long one attempt may take before the call is tried anew, as long as its deadline allows.
  public var attemptTimeout: Duration = .seconds(3)
  /// The pause before the second attempt.
  public var initialPause: Duration = .milliseconds(50)
  /// The longest pause.
  public var pauseMaximum: Duration = .seconds(2)
  /// Failures in a row, over all calls, at half of which nothing is repeated any more; ten successes make up for one.
  public var budget = 20

  /// The defaults.
  public init() {}

  /// Every call is tried once.
  public static let never: RetryPolicy = {
    var policy = RetryPolicy()
    policy.attempts = 1
    return policy
  }()

  var rules: RetryRules {
    RetryRules(
      attempts: max(1, attempts), initialPause: TimeSpan(initialPause),
      pauseMaximum: TimeSpan(pauseMaximum), tokens: Double(max(1, budget)))
  }
}

/// What happens when a lease is lost while it is used.
public enum LeaseLossPolicy: Hashable, Sendable {
  /// The body's task is cancelled and ``CoordinatorError/Code/leaseLost`` thrown.
  case cancelBody
  /// The body goes on; ``Lease/isValid`` tells it.
  case notify
}

/// What a client does about a pool while the coordinator cannot be reached.
public enum UnreachableRule: Hashable, Sendable {
  /// Nothing is used: requests fail.
  case pessimistic
  /// Whatever is asked for is used.
  case optimistic
  /// As much as the coordinator last called safe for one client, what the client holds already counted.
  case safe

  var modelRule: Session.UnreachableRule {
    switch self {
    case .pessimistic: .pessimistic
    case .optimistic: .optimistic
    case .safe: .safe
    }
  }
}

/// The rule of each pool. Where a pool has none, nothing is used without the coordinator's word.
public struct UnreachableRules: Hashable, Sendable {
  private var rules: [Resource: UnreachableRule]

  /// The rules of some pools; by default ``UnreachableRule/safe`` for the API quota and
  /// ``UnreachableRule/pessimistic`` for all else.
  public init(_ rules: [Resource: UnreachableRule] = [.claudeAPI: .safe]) {
    self.rules = rules
  }

  /// The rule of one pool.
  public subscript(resource: Resource) -> UnreachableRule {
    get { rules[resource] ?? .pessimistic }
    set { rules[resource] = newValue }
  }
}
