import Model
import Wire

/// The one mapping of messages to JSON, which scripts, `call` and every `--format json` share.
enum Mapping {
  static func json(_ message: ResponseMessage) -> JSONValue {
    Codec(limits: Limits()).json(of: message)
  }

  static func json(_ details: [Detail]) -> JSONValue {
    let codec = Codec(limits: Limits())
    return .array(details.map { codec.json(of: $0) })
  }

  static func request(_ value: JSONValue, method: Method) throws -> RequestMessage {
    do throws(TranscodingError) {
      return try Codec(limits: Limits()).request(from: value, method: method)
    } catch {
      throw Failure(.usage, "\(method.name): \(error)")
    }
  }
}

extension JSONValue {
  /// The object with the members that it lacks, behind those it has: protocol messages leave out what is zero, but
  /// programs look for these.
  func filled(_ defaults: [(key: String, value: JSONValue)]) -> JSONValue {
    guard case .object(var members) = self else { return self }
    for entry in defaults where self[entry.key] == nil {
      members.append(Member(entry.key, entry.value))
    }
    return .object(members)
  }

  var elements: [JSONValue] {
    if case .array(let elements) = self { elements } else { [] }
  }
}
