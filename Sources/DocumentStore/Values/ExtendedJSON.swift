package import Model

/// Values as MongoDB's Extended JSON: plain JSON where JSON has the type, `$numberLong` and the like elsewhere.
package enum ExtendedJSON {
  /// The value that a JSON value stands for.
  ///
  /// A plain number becomes the smallest of int32, int64 and double that holds it; a number with a point or an exponent
  /// is a double.
  package static func value(_ json: JSONValue) throws(DocumentError) -> DocumentValue {
    switch json {
    case .null: return .null
    case .bool(let value): return .bool(value)
    case .string(let text): return .string(text)
    case .number(let text): return try number(text)
    case .array(let elements):
      var values: [DocumentValue] = []
      values.reserveCapacity(elements.count)
      for element in elements { values.append(try value(element)) }
      return .array(values)
    case .object(let members):
      if let special = try typed(members) { return special }
      return .document(try document(members))
    }
  }

  /// The document that a JSON object stands for.
  package static func document(_ json: JSONValue) throws(DocumentError) -> Document {
    guard case .document(let document) = try value(json) else {
      throw DocumentError(.failedToParse, "expected an object, found \(json.kindName)")
    }
    return document
  }

  private static func document(_ members: [JSONValue.Member]) throws(DocumentError) -> Document {
    var document = Document()
    for member in members { document[member.key] = try value(member.value) }
    return document
  }

  private static func number(_ text: String) throws(DocumentError) -> DocumentValue {
    if let number = Int32(text) { return .int32(number) }
    if let number = Int64(text) { return .int64(number) }
    guard let number = Double(text) else {
      throw DocumentError(.failedToParse, "`\(text)` is not a number")
    }
    return .double(number)
  }

  /// The value of an object with one key that names a type; nil for every other object.
  private static func typed(_ members: [JSONValue.Member]) throws(DocumentError) -> DocumentValue? {
    guard members.count == 1, let member = members.first else { return nil }
    let value: DocumentValue?
    switch member.key {
    case "$numberInt":
      value = member.value.stringValue.flatMap { Int32($0) }.map { .int32($0) }
    case "$numberLong":
      value = member.value.stringValue.flatMap { Int64($0) }.map { .int64($0) }
    case "$numberDouble":
      value = member.value.stringValue.flatMap(double).map { .double($0) }
    case "$oid":
      value = member.value.stringValue.flatMap(objectID).map { .objectID($0) }
    case "$date":
      value = milliseconds(member.value).map { .date(milliseconds: $0) }
    default:
      return nil
    }
    guard let value else {
      throw DocumentError(
        .failedToParse, "`\(member.key)` has a value that is not of its type: \(member.value.text)")
    }
    return value
  }

  private static func double(_ text: String) -> Double? {
    switch text {
    case "NaN": .nan
    case "Infinity": .infinity
    case "-Infinity": -.infinity
    default: Double(text)
    }
  }

  private static func objectID(_ text: String) -> String? {
    let isHexadecimal = text.utf8.allSatisfy { Unicode.Scalar($0).properties.isASCIIHexDigit }
    return text.utf8.count == 24 && isHexadecimal ? text.lowercased() : nil
  }

  /// Milliseconds as `{"$numberLong": "…"}` or a plain integer.
  private static func milliseconds(_ json: JSONValue) -> Int64? {
    json.integerValue() ?? json["$numberLong"]?.stringValue.flatMap { Int64($0) }
  }
}

extension ExtendedJSON {
  /// The canonical form, from which ``value(_:)`` reads the same value with the same types.
  package static func canonical(_ value: DocumentValue) -> JSONValue {
    switch value {
    case .int32(let number): typed("$numberInt", String(number))
    case .int64(let number): typed("$numberLong", String(number))
    case .double(let number): typed("$numberDouble", text(number))
    default: json(value, canonical)
    }
  }

  /// The form for people: numbers as JSON's where that loses only the type.
  package static func relaxed(_ value: DocumentValue) -> JSONValue {
    switch value {
    case .int32(let number): .integer(number)
    case .int64(let number): .integer(number)
    case .double(let number):
      number.isFinite ? .number("\(number)") : typed("$numberDouble", text(number))
    default: json(value, relaxed)
    }
  }

  private static func json(_ value: DocumentValue, _ inner: (DocumentValue) -> JSONValue)
    -> JSONValue
  {
    switch value {
    case .null, .int32, .int64, .double: .null
    case .bool(let value): .bool(value)
    case .string(let text): .string(text)
    case .objectID(let text): typed("$oid", text)
    case .date(let milliseconds):
      .object([.init("$date", typed("$numberLong", String(milliseconds)))])
    case .array(let elements): .array(elements.map(inner))
    case .document(let document):
      .object(document.fields.map { .init($0.name, inner($0.value)) })
    }
  }

  private static func typed(_ key: String, _ text: String) -> JSONValue {
    .object([.init(key, .string(text))])
  }

  private static func text(_ number: Double) -> String {
    if number.isNaN { return "NaN" }
    if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
    return "\(number)"
  }
}
