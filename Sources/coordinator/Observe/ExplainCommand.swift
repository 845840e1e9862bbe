import ArgumentParser
import Model

/// `coordinator explain`: why, until when, and what would help.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say why a request waits or was denied, or what would happen to one.",
    discussion: """
      Examples:
        coordinator explain 7f3a
        coordinator explain --gpu 12000 --priority high --wait

      With amounts instead of an id nothing is reserved and nothing recorded.
      """)

  @Argument(help: "The request id.")
  var id: String?

  @OptionGroup var request: RequestOptions
  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() async throws {
    let output = try outputOptions.output()
    let question = try question()
    let link = try await connection.connect()
    let answer = try await link.ask(.explain(question))
    guard case .explanation(let explanation) = answer else { throw Failure.wrongAnswer }
    if output.isStructured {
      output.write(
        Mapping.json(answer).filled([
          ("blockers", .array([])), ("not_blockers", .array([])), ("changes", .array([])),
        ]))
    } else {
      let subject = await subject(question, link)
      for line in ExplanationView.lines(explanation, subject: subject, moments: output.moments) {
        output.write(line: line)
      }
    }
    await link.close()
  }

  private func question() throws -> ExplainRequest {
    let hasAmounts = request.claims.claims != nil
    switch id {
    case let id? where hasAmounts:
      throw Failure(.usage, "explain takes a request id (\(printable(id))) or amounts, not both")
    case let id?:
      // The form "lease/ID" names the same.
      let name = id.hasPrefix("lease/") ? String(id.dropFirst(6)) : id
      return .existing(Text(name))
    case nil:
      guard hasAmounts else {
        throw Failure(.usage, "give a request id, or \(ClaimOptions.missing)")
      }
      var asked = try request.request(duration: nil, isPartial: false, isDetached: true)
      if request.requestId == nil { asked.requestID = "explain" }
      return .hypothetical(asked)
    }
  }

  /// Who asks for what; of an existing request, as its history tells.
  private func subject(_ question: ExplainRequest, _ link: Link) async -> ExplanationView.Subject? {
    switch question {
    case .hypothetical(let request):
      return .init(
        component: request.component, amounts: request.claims.all,
        priority: Priority(rawValue: UInt8(clamping: request.priority)), isHypothetical: true)
    case .existing(let id):
      guard
        case .history(let history)? = try? await link.call(
          .history(HistoryRequest(pageSize: 1, requestID: id))),
        let event = history.events.first
      else { return nil }
      return .init(component: event.component, amounts: event.pools, priority: event.priority)
    }
  }
}
