import ArgumentParser
import Foundation
import Model
import Session
import UnixSignals

/// `coordinator call`: any method of the protocol by its name.
struct CallCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "call",
    abstract: "Make any call of the protocol, with JSON in and out.",
    discussion: """
      Examples:
        coordinator call health_check
        coordinator call request_resource '{"request_id": "r1", "component": "me", "resource": "RESOURCE_TYPE_GPU", "quantity": 8000}'

      Names are the protocol's, in snake_case or camelCase. The answer is JSON always; a stream gives one line for each \
      message. An error of the coordinator is told on standard error.
      """)

  @Argument(
    help: "The method, such as get_resource_status.",
    completion: .list(Method.allCases.map(\.name)), transform: CallCommand.method)
  var method: Method

  @Argument(help: "The request as JSON; - reads it from standard input.")
  var json = "{}"

  @Option(help: ArgumentHelp("Streams: end after so many messages.", valueName: "n"))
  var count: Int?

  @OptionGroup var connection: ConnectionOptions
  @OptionGroup var outputOptions: OutputOptions

  /// The largest request that is read from standard input.
  private static let inputBytesMax = 4 << 20

  static func method(_ text: String) throws -> Method {
    let folded = text.lowercased().filter { $0 != "_" && $0 != "-" }
    let found = Method.allCases.first {
      $0.name.replacing("_", with: "") == folded || "METHOD_" + $0.name.uppercased() == text
    }
    guard let found else { throw Choice.unknown(text, Method.allCases.map(\.name)) }
    return found
  }

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count: expected a number above 0") }
  }

  func run() async throws {
    let output = try outputOptions.output()
    let message = try Mapping.request(try body(), method: method)
    let link = try await connection.connect()
    guard method.isStream else {
      let answer = try await link.ask(message)
      await link.close()
      output.write(Mapping.json(answer))
      return
    }
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await follow(message, link, output) }
      group.addTask { for await _ in signals { return } }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private func follow(_ message: RequestMessage, _ link: Link, _ output: Output) async throws {
    var shown = 0
    do {
      for try await answer in link.stream(message) {
        output.write(streamed: Mapping.json(answer.response))
        shown += 1
        if let count, shown >= count { return }
      }
    } catch let error as CallError {
      throw Failure.call(error, address: link.address)
    }
  }

  private func body() throws -> JSONValue {
    var text = json
    if json == "-" {
      let data = try FileHandle.standardInput.read(upToCount: CallCommand.inputBytesMax) ?? Data()
      text = String(decoding: data, as: UTF8.self)
    }
    do throws(JSONError) {
      return try JSONParser.parse(text)
    } catch {
      throw Failure(.usage, "the request is not JSON: \(error)")
    }
  }
}
