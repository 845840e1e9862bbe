import Model
import NIOConcurrencyHelpers
import Session

/// A client of a coordinator: asks for resources, keeps what it got alive, and gives it back.
///
/// ```swift
/// try await CoordinatorClient.withClient(component: "trainer") { client in
///   try await client.withLease(.gpuMemory(megabytes: 8000), .cpu(cores: 4), wait: .upTo(.seconds(300))) { lease in
///     try await train(device: 0, fencing: lease.fencing)
///   }
/// }
/// ```
///
/// A client works inside its scope: inside ``withClient(_:component:options:_:)``, or while ``run()`` runs. Outside of it
/// every call throws ``CoordinatorError/Code/clientClosed`` at once. It may be used from any number of tasks.
public final class CoordinatorClient: Sendable {
  enum Phase {
    case new
    case running
    case closed
  }

  /// Where the coordinator listens.
  public let endpoint: Endpoint
  /// Who asks, as the coordinator and other users see it; 1 to 255 bytes.
  public let component: String
  /// How the client behaves.
  public let options: ClientOptions

  let caller: Caller
  let secret: Text
  let book = NIOLockedValueBox(OfflineBook())
  private let phase = NIOLockedValueBox(Phase.new)

  /// A client that does not work yet: ``run()`` makes it work. Nothing is connected before the first call.
  public init(
    _ endpoint: Endpoint = .environment, component: String, options: ClientOptions = ClientOptions()
  ) {
    self.endpoint = endpoint
    self.component = component
    self.options = options
    let seed = UInt64.random(in: .min ... .max)
    caller = Caller(
      links: LinkPool(endpoint: endpoint, options: options, seed: seed), options: options,
      seed: seed)
    secret = options.clientSecret.map { Text($0) } ?? Text(CoordinatorClient.makeID())
  }

  // MARK: The scope

  /// Runs the body with a client, and closes it behind the body.
  public static func withClient<Result>(
    _ endpoint: Endpoint = .environment, component: String,
    options: ClientOptions = ClientOptions(), isolation: isolated (any Actor)? = #isolation,
    _ body: (CoordinatorClient) async throws -> Result
  ) async throws -> Result {
    let client = CoordinatorClient(endpoint, component: component, options: options)
    client.open()
    do {
      let result = try await body(client)
      await client.close()
      return result
    } catch {
      await client.close()
      throw error
    }
  }

  /// Lets the client work until the task is cancelled, for programs whose parts are services. Once only.
  public func run() async {
    open()
    let (forever, continuation) = AsyncStream.makeStream(of: Never.self)
    // Ends when the task is cancelled.
    for await _ in forever {}
    continuation.finish()
    await close()
  }

  private func open() {
    phase.withLockedValue { if $0 == .new { $0 = .running } }
  }

  private func close() async {
    phase.withLockedValue { $0 = .closed }
    // Closing is short, and must happen for a cancelled task too.
    await Task { [caller] in await caller.links.close() }.value
  }

  /// Throws at once outside the client's scope, where a call would otherwise wait for ever.
  func checkOpen(requestID: String = "") throws(CoordinatorError) {
    switch phase.withLockedValue({ $0 }) {
    case .running: return
    case .new:
      throw CoordinatorError(
        .clientClosed, .clientClosed, "the client is not running", requestID: requestID)
    case .closed:
      throw CoordinatorError(
        .clientClosed, .clientClosed, "the client was closed", requestID: requestID)
    }
  }

  // MARK: Calls

  /// Makes a call and answers what it is made of, or throws the public error.
  func call<Value>(
    _ message: RequestMessage, requestID: String = "",
    _ value: (ResponseMessage) -> Value?
  ) async throws(CoordinatorError) -> Value {
    try checkOpen(requestID: requestID)
    let response: ResponseMessage
    do throws(CallError) {
      response = try await caller.call(message).answer.response
    } catch {
      throw CoordinatorError(error, requestID: requestID)
    }
    guard let value = value(response) else {
      throw CoordinatorError(
        CallError(.internal, "the coordinator answered \(message.method.name) with something else"),
        requestID: requestID)
    }
    return value
  }

  /// A new random id: 122 bits, in the form of a version 4 UUID.
  static func makeID() -> String {
    Token(
      entropyHigh: .random(in: .min ... .max), entropyLow: .random(in: .min ... .max)
    ).text.string
  }
}
