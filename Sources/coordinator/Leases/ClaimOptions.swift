import ArgumentParser
import Foundation
import Model

/// What is asked for: at least one amount; several make one lease, all or nothing.
struct ClaimOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("GPU memory in MB, or with a unit: 8000, 8000MB, 8GB.", valueName: "n"),
    transform: ClaimOptions.megabytes)
  var gpu: Int64?

  @Option(
    help: ArgumentHelp("Calls of the Claude API an hour.", valueName: "n"),
    transform: Choice.count)
  var claudeApi: Int64?

  @Option(
    help: ArgumentHelp("Memory in MB, or with a unit: 4000, 4GB.", valueName: "n"),
    transform: ClaimOptions.megabytes)
  var memory: Int64?

  @Option(help: ArgumentHelp("CPU cores.", valueName: "n"), transform: Choice.count)
  var cpu: Int64?

  @Option(
    help: ArgumentHelp(
      "Any pool by name, in its own unit; may be repeated.", valueName: "name=n"),
    transform: ClaimOptions.pool)
  var pool: [PoolQuantity] = []

  static func megabytes(_ text: String) throws -> Int64 {
    guard let amount = QuantityText.megabytes(text) else {
      throw ValidationError("expected an amount such as 8000, 8000MB or 8GB, got \"\(text)\"")
    }
    return amount
  }

  /// Reads `disk=100`.
  static func pool(_ text: String) throws -> PoolQuantity {
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex,
      let amount = QuantityText.count(String(text[text.index(after: sign)...]))
    else {
      throw ValidationError("expected a pool and an amount such as disk=100, got \"\(text)\"")
    }
    return PoolQuantity(pool: PoolReference(name: Text(String(text[..<sign]))), quantity: amount)
  }

  /// The amounts, the built-in pools first.
  var amounts: [PoolQuantity] {
    let builtIn: [(name: Text, amount: Int64?)] = [
      ("gpu", gpu), ("claude_api", claudeApi), ("memory", memory), ("cpu", cpu),
    ]
    return builtIn.compactMap { entry in
      entry.amount.map { PoolQuantity(pool: PoolReference(name: entry.name), quantity: $0) }
    } + pool
  }

  /// The amounts as a request has them; nil if there are none.
  var claims: Claims? {
    guard let first = amounts.first else { return nil }
    return Claims(first, rest: Array(amounts.dropFirst()))
  }

  static let missing =
    "say what is asked for: --gpu N, --claude-api N, --memory N, --cpu N or --pool NAME=N"
}

/// Who asks.
struct ComponentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Who asks. Default: $COORDINATOR_COMPONENT, or the user's name.", valueName: "name"))
  var component: String?

  var resolved: Text {
    if let component { return Text(component) }
    let environment = ProcessInfo.processInfo.environment
    if let name = environment["COORDINATOR_COMPONENT"], !name.isEmpty { return Text(name) }
    let user = ProcessInfo.processInfo.userName
    return Text(user.isEmpty ? "command-line" : user)
  }
}

/// How the amounts are asked for.
struct RequestOptions: ParsableArguments {
  @OptionGroup var claims: ClaimOptions
  @OptionGroup var component: ComponentOptions

  @Option(
    help: "low, normal, high or critical. Default: normal.",
    completion: .list(Priority.allCases.map { $0.name.lowercased() }), transform: Choice.priority)
  var priority: Priority?

  @Option(
    defaultAsFlag: WaitTime.standard, parsing: .next,
    help: ArgumentHelp(
      "Wait in the queue for what is not free: 60s, or as long as said, such as --wait 5m.",
      valueName: "time"))
  var wait: WaitTime?

  @Option(
    help: ArgumentHelp("An entry kept with the lease; may be repeated.", valueName: "key=value"),
    transform: RequestOptions.entry)
  var metadata: [MetadataPair] = []

  @Option(
    help: ArgumentHelp(
      "The request's own name: asking again with it gives the same answer. Default: made up.",
      valueName: "id"))
  var requestId: String?

  @Option(
    help: ArgumentHelp(
      "Whoever repeats it with the same request id is shown the token again. Default: made up for a request that waits.",
      valueName: "text"))
  var clientSecret: String?

  static func entry(_ text: String) throws -> MetadataPair {
    guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
      throw ValidationError("expected key=value, got \"\(text)\"")
    }
    let pair = MetadataPair(
      key: String(text[..<sign]), value: String(text[text.index(after: sign)...]))
    guard max(pair.key.utf8.count, pair.value.utf8.count) <= Metadata.textBytesMax else {
      throw ValidationError("a metadata entry is too long")
    }
    return pair
  }

  /// The request. Throws a usage failure if nothing is asked for.
  func request(duration: TimeSpan?, isPartial: Bool, isDetached: Bool) throws -> ResourceRequest {
    guard let amounts = claims.claims else { throw Failure(.usage, ClaimOptions.missing) }
    var request = ResourceRequest(
      requestID: Text(requestId ?? UUID().uuidString.lowercased()),
      component: component.resolved, claims: amounts,
      priority: Int32((priority ?? .normal).rawValue), duration: duration)
    request.metadata = Metadata(metadata.map { ($0.key, $0.value) })
    request.wait = wait != nil
    request.timeout = wait?.span
    request.allowPartial = isPartial
    request.isMultiple = !amounts.rest.isEmpty
    request.cancelOnDisconnect = wait != nil && !isDetached
    if let clientSecret {
      request.clientSecret = Text(clientSecret)
    } else if wait != nil {
      // A grant that comes after a lost connection would show its token to nobody.
      request.clientSecret = Text(UUID().uuidString.lowercased())
    }
    return request
  }
}

struct MetadataPair: Hashable, Sendable {
  let key: String
  let value: String
}

/// The argument of `--wait`.
struct WaitTime: ExpressibleByArgument, CustomStringConvertible {
  let span: TimeSpan

  static let standard = WaitTime(span: Limits().waitDefault)

  private init(span: TimeSpan) {
    self.span = span
  }

  init?(argument: String) {
    guard let span = DurationText.parse(argument), span > .zero else { return nil }
    self.span = span
  }

  var description: String { DurationText.short(span) }
}
