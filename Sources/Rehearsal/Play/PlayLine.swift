package import Model
import Wire

/// A line of a script, read and checked as far as that can be done without playing it.
package enum PlayLine: Sendable {
  /// The configuration's text, with blanks before it so that its places are those of the script.
  case configuration(text: String)
  case call(PlayCall)
  /// The connection of a caller is lost.
  case disconnect(at: Instant, name: String)
  /// Time passes.
  case pass(at: Instant)
}

/// One call of a script.
package struct PlayCall: Sendable {
  package var at: Instant
  /// Who calls: each name has one connection.
  package var name: String
  package var method: Method
  /// An object, with the caller as its component where it named none.
  package var request: JSONValue
  package var timeoutMilliseconds: UInt64
  let line: NumberedLine

  /// The request's ID that a `"token": "$ID"` names.
  var tokenReference: String? {
    guard let text = request["token"]?.stringValue, text.hasPrefix("$") else { return nil }
    return String(text.dropFirst())
  }
}

extension PlayLine {
  /// The word in `call` that loses the connection instead of calling.
  static let disconnectName = "disconnect"
  private static let keys = ["at", "as", "call", "request", "timeout_ms"]

  /// Reads one line; nil for a blank one. Lines count from 1, and only the first one that is not blank may be the
  /// configuration.
  package static func parse(
    _ text: String, number: Int, isFirst: Bool
  ) throws(PlayError) -> PlayLine? {
    let line = NumberedLine(number: number, text: text)
    guard !text.utf8.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) else { return nil }
    let value = try json(line)
    guard case .object(let members) = value else {
      throw line.error(
        "expected an object such as {\"at\": 0, \"as\": \"trainer\", \"call\": \"health_check\"}")
    }
    if members.contains(where: { $0.key == "config" }) {
      return try configuration(members, line, isFirst: isFirst)
    }
    for member in members where !keys.contains(member.key) {
      throw line.error(
        "there is no key \"\(member.key)\"; the keys are \(keys.joined(separator: ", "))"
          + NearestName.question(for: member.key, in: keys), at: member.key)
    }
    return try timed(value, line)
  }

  private static func json(_ line: NumberedLine) throws(PlayError) -> JSONValue {
    do throws(JSONError) {
      return try JSONParser.parse(line.text)
    } catch {
      throw line.error("not JSON: \(error.message)", column: error.column)
    }
  }

  private static func configuration(
    _ members: [JSONValue.Member], _ line: NumberedLine, isFirst: Bool
  ) throws(PlayError) -> PlayLine {
    guard isFirst else {
      throw line.error("the configuration may only stand in the first line", at: "config")
    }
    guard members.count == 1, case .object = members[0].value else {
      throw line.error(
        "expected {\"config\": {…}} with the configuration file's keys and nothing beside it",
        at: "config")
    }
    // The object alone, at its place: what stands round it becomes blanks.
    var bytes = Array(line.text.utf8)
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
      let end = bytes.lastIndex(of: UInt8(ascii: "}"))
    else { preconditionFailure("an object with a member has a colon and an end") }
    for place in bytes.indices where place <= colon || place >= end { bytes[place] = 0x20 }
    return .configuration(
      text: String(repeating: "\n", count: line.number - 1) + String(decoding: bytes, as: UTF8.self)
    )
  }

  private static func timed(_ value: JSONValue, _ line: NumberedLine) throws(PlayError) -> PlayLine
  {
    guard let at = value["at"] else {
      throw line.error("\"at\" is missing: the virtual time in seconds, such as 3.1")
    }
    guard case .number(let text) = at, let instant = VirtualTime.instant(text) else {
      throw line.error(
        "expected seconds from 0 to \(VirtualTime.text(VirtualTime.end.nanoseconds)) with at most 9 decimals",
        at: "at")
    }
    guard let call = value["call"] else {
      guard value["as"] == nil, value["request"] == nil, value["timeout_ms"] == nil else {
        throw line.error("\"call\" is missing: \(callNames.joined(separator: ", "))")
      }
      return .pass(at: instant)
    }
    guard let name = value["as"]?.stringValue, !name.isEmpty else {
      throw line.error("\"as\" is missing: the name of who calls, a string", at: "as")
    }
    guard let word = call.stringValue else {
      throw line.error("expected a call's name, found \(call.kindName)", at: "call")
    }
    if word == disconnectName {
      guard value["request"] == nil, value["timeout_ms"] == nil else {
        throw line.error("\(disconnectName) takes no request", at: "request")
      }
      return .disconnect(at: instant, name: name)
    }
    guard
      let method = Method.allCases.first(where: { $0.name == word || camelCase($0.name) == word })
    else {
      throw line.error(
        "there is no call \"\(word)\"; the calls are \(callNames.joined(separator: ", "))"
          + NearestName.question(for: word, in: callNames), at: "call")
    }
    return .call(
      PlayCall(
        at: instant, name: name, method: method,
        request: try request(value["request"], method, of: name, line),
        timeoutMilliseconds: try timeout(value["timeout_ms"], line), line: line))
  }

  private static var callNames: [String] { Method.allCases.map(\.name) + [disconnectName] }

  private static func camelCase(_ name: String) -> String {
    let words = name.split(separator: "_")
    return words.dropFirst().reduce(String(words.first ?? "")) { text, word in
      text + word.prefix(1).uppercased() + word.dropFirst()
    }
  }

  private static func timeout(_ value: JSONValue?, _ line: NumberedLine) throws(PlayError) -> UInt64
  {
    guard let value else { return 0 }
    guard let milliseconds = value.integerValue(as: UInt64.self) else {
      throw line.error("expected a whole number of milliseconds from 0 on", at: "timeout_ms")
    }
    return milliseconds
  }

  private static func request(
    _ value: JSONValue?, _ method: Method, of name: String, _ line: NumberedLine
  ) throws(PlayError) -> JSONValue {
    guard let value else { return named(.object([]), method, name) }
    guard case .object = value else {
      throw line.error(
        "expected an object with the call's fields, found \(value.kindName)", at: "request")
    }
    let request = named(value, method, name)
    // Read once without its token, so that a mistake is told before anything of the line happens.
    _ = try PlayCall(
      at: .epoch, name: name, method: method, request: request, timeoutMilliseconds: 0, line: line
    ).payload(token: nil)
    return request
  }

  /// The request with the caller as its component, where the call has one and none is named.
  private static func named(_ request: JSONValue, _ method: Method, _ name: String) -> JSONValue {
    guard case .object(var members) = request else { return request }
    switch method {
    case .requestResource, .releaseResource, .renewLease, .cancelRequest, .awaitGrant,
      .requestResources:
      if request["component"] == nil {
        members.append(JSONValue.Member("component", .string(name)))
      }
    case .explain:
      for index in members.indices
      where ["request", "multi_request", "multiRequest"].contains(members[index].key) {
        members[index].value = named(members[index].value, .requestResource, name)
      }
    case .getResourceStatus, .healthCheck, .streamResourceStatus, .hello, .listHistory,
      .watchEvents, .getMode, .setMode, .setCapacity, .drain:
      break
    }
    return .object(members)
  }
}

extension PlayCall {
  /// The request message's bytes, with a token in the place of the script's own, if one is given.
  func payload(token: String?) throws(PlayError) -> [UInt8] {
    var request = request
    if let token, case .object(var members) = request {
      for index in members.indices where members[index].key == "token" {
        members[index].value = .string(token)
      }
      request = .object(members)
    }
    do throws(TranscodingError) {
      return try JSONTranscoder().bytes(request, type: method.requestType)
    } catch {
      let path = error.path.isEmpty ? "request" : "request.\(error.path)"
      throw line.error("\(path): \(error.message)", at: path)
    }
  }
}
