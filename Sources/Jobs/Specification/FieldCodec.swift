import Model

/// How the values of a field are read from JSON and written to it; what one writes, it reads to the same value.
struct FieldCodec<Value: Sendable>: Sendable {
  let read: @Sendable (JSONField) throws(FieldProblem) -> Value
  let write: @Sendable (Value) -> JSONValue
}

extension FieldCodec {
  /// Null, and a key that is left out, are nil.
  var optional: FieldCodec<Value?> {
    FieldCodec<Value?> { [read] field throws(FieldProblem) in
      field.value == .null ? nil : try read(field)
    } write: { [write] value in
      value.map(write) ?? .null
    }
  }

  func list(countMax: Int = JobLimits.entries) -> FieldCodec<[Value]> {
    FieldCodec<[Value]> { [read] field throws(FieldProblem) in
      let elements = try field.elements()
      guard elements.count <= countMax else {
        throw field.problem("has \(elements.count) entries; at most \(countMax) are taken")
      }
      var values: [Value] = []
      for element in elements { values.append(try read(element)) }
      return values
    } write: { [write] values in
      .array(values.map(write))
    }
  }

  /// Members with any names, in their order.
  func map() -> FieldCodec<[NamedValue<Value>]> {
    FieldCodec<[NamedValue<Value>]> { [read] field throws(FieldProblem) in
      let entries = try field.entries()
      guard entries.count <= JobLimits.entries else {
        throw field.problem("has \(entries.count) entries; at most \(JobLimits.entries) are taken")
      }
      var values: [NamedValue<Value>] = []
      for entry in entries {
        guard (1...JobLimits.nameBytes).contains(entry.key.utf8.count) else {
          throw entry.field.problem("its name must have 1 to \(JobLimits.nameBytes) bytes")
        }
        values.append(NamedValue(name: entry.key, value: try read(entry.field)))
      }
      return values
    } write: { [write] values in
      .object(values.map { JSONValue.Member($0.name, write($0.value)) })
    }
  }
}

extension FieldCodec where Value == Bool {
  static let flag = FieldCodec { field throws(FieldProblem) in
    try field.bool()
  } write: {
    .bool($0)
  }
}

extension FieldCodec where Value == Int64 {
  static func integer(_ range: ClosedRange<Int64>) -> FieldCodec {
    FieldCodec { field throws(FieldProblem) in
      try field.integer(range)
    } write: {
      .integer($0)
    }
  }

  /// A number from 0 to `max` with at most three decimals, kept in thousandths.
  static func milli(max: Int64) -> FieldCodec {
    FieldCodec { field throws(FieldProblem) in
      try field.decimal(places: 3, max: max * 1000)
    } write: {
      .number(FixedDecimal.text($0, places: 3))
    }
  }

  /// A priority: a number, or the name of a class.
  static let priority = FieldCodec { field throws(FieldProblem) in
    if field.value.stringValue != nil { return try field.choice(PriorityClass.self).priority }
    guard let number = field.value.integerValue(as: Int64.self),
      PriorityClass.range.contains(number)
    else {
      throw field.expected("a priority from 0 to \(PriorityClass.range.upperBound)")
    }
    return number
  } write: {
    .integer($0)
  }
}

extension FieldCodec where Value == String {
  static let name = text(bytesMax: JobLimits.nameBytes)
  static let text = text(bytesMax: JobLimits.textBytes)

  /// A text without control characters but tab and line feed: 0 has no place in a command or an environment.
  static func text(bytesMax: Int, allowsEmpty: Bool = false) -> FieldCodec {
    FieldCodec { field throws(FieldProblem) in
      guard let text = field.value.stringValue else { throw field.expected("a text") }
      guard allowsEmpty || !text.isEmpty else { throw field.problem("is empty") }
      guard text.utf8.count <= bytesMax else {
        throw field.problem("has \(text.utf8.count) bytes; at most \(bytesMax) are taken")
      }
      guard !text.utf8.contains(0) else { throw field.problem("has a character of code 0") }
      return text
    } write: {
      .string($0)
    }
  }
}

extension FieldCodec where Value == Instant {
  static let instant = FieldCodec { field throws(FieldProblem) in
    try field.instant()
  } write: {
    .number(FixedDecimal.text($0.nanoseconds, places: 9))
  }
}

extension FieldCodec where Value == JSONValue {
  /// A value whose shape is not looked at here: whoever acts on it reads it.
  static let freeForm = FieldCodec { field throws(FieldProblem) in
    let bytes = field.value.text.utf8.count
    guard bytes <= JobLimits.freeFormBytes else {
      throw field.problem("has \(bytes) bytes; at most \(JobLimits.freeFormBytes) are taken")
    }
    return field.value
  } write: {
    $0
  }
}

extension FieldCodec where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  static var choice: FieldCodec {
    FieldCodec { field throws(FieldProblem) in
      try field.choice(Value.self)
    } write: {
      .string($0.rawValue)
    }
  }
}

extension FieldCodec where Value: FieldGroup {
  static var group: FieldCodec {
    FieldCodec { field throws(FieldProblem) in
      var value = Value()
      try Value.fields.read(field, into: &value)
      return value
    } write: {
      Value.fields.json($0)
    }
  }
}

/// A member of a map of texts, such as a label.
package struct NamedValue<Value: Sendable>: Sendable {
  package var name: String
  package var value: Value

  package init(name: String, value: Value) {
    self.name = name
    self.value = value
  }
}

extension NamedValue: Equatable where Value: Equatable {}
extension NamedValue: Hashable where Value: Hashable {}
