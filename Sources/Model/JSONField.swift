/// What is wrong with a field, before its place in the text is looked up.
package struct FieldProblem: Error {
  package let steps: [Int]
  package let isKey: Bool
  package let message: String

  package init(steps: [Int], isKey: Bool = false, message: String) {
    self.steps = steps
    self.isKey = isKey
    self.message = message
  }

  /// The way to the field as people write it, such as `jobs[3].name`; empty for the outermost value.
  package func path(in root: JSONValue) -> String {
    var path = ""
    var value = root
    for step in steps {
      switch value {
      case .object(let members):
        path += (path.isEmpty ? "" : ".") + members[step].key
        value = members[step].value
      case .array(let values):
        path += "[\(step)]"
        value = values[step]
      case .null, .bool, .number, .string: return path
      }
    }
    return path
  }
}

/// A value of the description, and the way to it.
package struct JSONField {
  package let value: JSONValue
  package let steps: [Int]

  package init(_ value: JSONValue, steps: [Int] = []) {
    self.value = value
    self.steps = steps
  }

  package func problem(_ message: String) -> FieldProblem {
    FieldProblem(steps: steps, isKey: false, message: message)
  }

  package func expected(_ what: String) -> FieldProblem {
    switch value {
    case .number(let text): problem("expected \(what), got \(text)")
    case .string(let text): problem("expected \(what), got \"\(text)\"")
    case .null, .bool, .array, .object: problem("expected \(what), got \(value.kindName)")
    }
  }

  // MARK: Simple values

  package func string() throws(FieldProblem) -> String {
    guard let text = value.stringValue, !text.isEmpty else { throw expected("a text") }
    return text
  }

  package func bool() throws(FieldProblem) -> Bool {
    guard let value = value.boolValue else { throw expected("true or false") }
    return value
  }

  package func integer<Number: FixedWidthInteger>(
    _ range: ClosedRange<Number>
  ) throws(FieldProblem) -> Number {
    guard let number = value.integerValue(as: Number.self), range.contains(number) else {
      throw expected("a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// A number with up to `places` decimals, times 10^`places`.
  package func decimal(places: Int, max: Int64) throws(FieldProblem) -> Int64 {
    guard case .number(let text) = value,
      let number = JSONValue.Decimal(text)?.integer(shiftedBy: places), (0...max).contains(number)
    else {
      throw expected(
        "a number from 0 to \(max / FixedDecimal.power(places)) with at most \(places) decimals")
    }
    return number
  }

  package func double(_ range: ClosedRange<Double>) throws(FieldProblem) -> Double {
    guard let number = value.doubleValue, range.contains(number) else {
      throw expected("a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// One of the names that an enum has.
  package func choice<Choice: RawRepresentable & CaseIterable>(
    _ type: Choice.Type
  ) throws(FieldProblem) -> Choice where Choice.RawValue == String {
    let text = try string()
    if let choice = Choice(rawValue: text) { return choice }
    throw unknown(text, Choice.allCases.map(\.rawValue))
  }

  package func unknown(_ text: String, _ names: [String]) -> FieldProblem {
    problem(
      "unknown name \"\(text)\"\(NearestName.question(for: text, in: names)); expected "
        + (names.count <= 16 ? "one of \(names.joined(separator: ", "))" : "a name that is there"))
  }

  /// Seconds since 1970 as a number, or a date and time as RFC 3339 writes it.
  package func instant() throws(FieldProblem) -> Instant {
    switch value {
    case .number(let text):
      if let nanoseconds = JSONValue.Decimal(text)?.integer(shiftedBy: 9) {
        return Instant(nanoseconds: nanoseconds)
      }
    case .string(let text):
      if let instant = DateText.instant(text) { return instant }
    case .null, .bool, .array, .object: break
    }
    throw expected("seconds since 1970, or a time such as 2026-01-31T12:00:00Z")
  }

  /// Seconds, above 0 unless `allowsZero`.
  package func span(allowsZero: Bool = false) throws(FieldProblem) -> TimeSpan {
    guard case .number(let text) = value,
      let nanoseconds = JSONValue.Decimal(text)?.integer(shiftedBy: 9),
      nanoseconds > 0 || (allowsZero && nanoseconds == 0)
    else { throw expected("seconds \(allowsZero ? "from" : "above") 0") }
    return .nanoseconds(nanoseconds)
  }

  // MARK: Lists and objects

  package func elements() throws(FieldProblem) -> [JSONField] {
    guard case .array(let values) = value else { throw expected("a list") }
    return values.enumerated().map { JSONField($1, steps: steps + [$0]) }
  }

  package func strings() throws(FieldProblem) -> [String] {
    var texts: [String] = []
    for element in try elements() { texts.append(try element.string()) }
    return texts
  }

  /// Members with any names.
  package func entries() throws(FieldProblem) -> [(key: String, field: JSONField)] {
    guard case .object(let members) = value else { throw expected("an object") }
    return members.enumerated().map { ($1.key, JSONField($1.value, steps: steps + [$0])) }
  }

  /// Members whose names are known; others are refused.
  package func members(_ known: [String]) throws(FieldProblem) -> FieldMembers {
    guard case .object(let members) = value else { throw expected("an object") }
    for (index, member) in members.enumerated() where !known.contains(member.key) {
      throw FieldProblem(
        steps: steps + [index], isKey: true,
        message: "unknown key" + NearestName.question(for: member.key, in: known))
    }
    return FieldMembers(owner: self, members: members)
  }
}

/// The members of an object. One that is null counts as absent.
package struct FieldMembers {
  package let owner: JSONField
  package let members: [JSONValue.Member]

  /// The member of one of these names, of which at most one may be there.
  package func find(_ names: String...) throws(FieldProblem) -> JSONField? {
    var found: (name: String, field: JSONField)?
    for (index, member) in members.enumerated()
    where names.contains(member.key) && member.value != .null {
      let field = JSONField(member.value, steps: owner.steps + [index])
      if let found {
        throw field.problem("`\(found.name)` says the same; leave one of them out")
      }
      found = (member.key, field)
    }
    return found?.field
  }

  package func required(_ names: String...) throws(FieldProblem) -> JSONField {
    for name in names {
      if let field = try find(name) { return field }
    }
    throw owner.problem("`\(names[0])` is missing")
  }
}
