/// Reads filters.
package struct FilterParser {
  private var clauses = 0

  /// - Throws: `BadValue` for an operator that is not known or has a wrong operand; `ExceededLimit` for a filter with too
  ///   many clauses.
  package static func parse(_ document: Document) throws(DocumentError) -> Filter {
    var parser = FilterParser()
    return try parser.filter(document)
  }

  private mutating func count() throws(DocumentError) {
    clauses += 1
    guard clauses <= DocumentLimits.filterClausesMax else {
      throw DocumentError(
        .tooLarge, "a filter has at most \(DocumentLimits.filterClausesMax) clauses")
    }
  }

  private mutating func filter(_ document: Document) throws(DocumentError) -> Filter {
    var filters: [Filter] = []
    for field in document.fields {
      try count()
      switch field.name {
      case "$and": filters.append(.all(try list(field)))
      case "$or": filters.append(.any(try list(field)))
      case "$nor": filters.append(.not(.any(try list(field))))
      case "$comment": break
      case let name where name.hasPrefix("$"):
        throw DocumentError(.badValue, "unknown top level operator: \(name)")
      default: filters.append(try condition(DocumentPath(field.name), field.value))
      }
    }
    return .all(filters)
  }

  private mutating func list(_ field: Document.Field) throws(DocumentError) -> [Filter] {
    guard let elements = field.value.arrayValue, !elements.isEmpty else {
      throw DocumentError(.badValue, "\(field.name) must be a nonempty array")
    }
    var filters: [Filter] = []
    for element in elements {
      guard let document = element.documentValue else {
        throw DocumentError(.badValue, "the entries of \(field.name) must be objects")
      }
      filters.append(try filter(document))
    }
    return filters
  }

  /// What stands beside a path: operators, or a value to be equal to.
  private mutating func condition(_ path: DocumentPath, _ value: DocumentValue)
    throws(DocumentError) -> Filter
  {
    guard let operators = FilterParser.operators(value) else {
      return .field(path, .compare(.equal, value))
    }
    var filters: [Filter] = []
    for field in operators.fields where field.name != "$options" {
      try count()
      filters.append(try test(path, field, beside: operators))
    }
    guard !filters.isEmpty else { throw DocumentError(.badValue, "$options needs a $regex") }
    return .all(filters)
  }

  /// The document, if its first name begins with a dollar sign.
  static func operators(_ value: DocumentValue) -> Document? {
    guard let document = value.documentValue, document.fields.first?.name.hasPrefix("$") == true
    else { return nil }
    return document
  }

  private mutating func test(_ path: DocumentPath, _ field: Document.Field, beside all: Document)
    throws(DocumentError) -> Filter
  {
    switch field.name {
    case "$ne":
      return .not(.field(path, .compare(.equal, field.value)))
    case "$nin":
      return .not(.field(path, try isIn(field)))
    case "$not":
      guard FilterParser.operators(field.value) != nil else {
        throw DocumentError(.badValue, "$not needs a document of operators")
      }
      return .not(try condition(path, field.value))
    case "$exists":
      return FilterParser.isTrue(field.value) ? .field(path, .exists) : .not(.field(path, .exists))
    case "$all":
      return try every(path, field)
    default:
      return .field(path, try predicate(field, beside: all))
    }
  }

  private mutating func every(_ path: DocumentPath, _ field: Document.Field)
    throws(DocumentError) -> Filter
  {
    guard let elements = field.value.arrayValue else {
      throw DocumentError(.badValue, "$all needs an array")
    }
    // Nothing has all of no values.
    guard !elements.isEmpty else { return .any([]) }
    var filters: [Filter] = []
    for element in elements {
      try count()
      if let operators = FilterParser.operators(element) {
        guard operators.fields.count == 1, operators["$elemMatch"] != nil else {
          throw DocumentError(.badValue, "$all takes values or $elemMatch, no other operators")
        }
        filters.append(try condition(path, element))
      } else {
        filters.append(.field(path, .compare(.equal, element)))
      }
    }
    return .all(filters)
  }

  private mutating func predicate(_ field: Document.Field, beside all: Document)
    throws(DocumentError) -> Predicate
  {
    switch field.name {
    case "$eq": return .compare(.equal, field.value)
    case "$gt": return .compare(.greater, field.value)
    case "$gte": return .compare(.greaterOrEqual, field.value)
    case "$lt": return .compare(.less, field.value)
    case "$lte": return .compare(.lessOrEqual, field.value)
    case "$in": return try isIn(field)
    case "$type": return .type(try types(field.value))
    case "$size":
      guard let count = field.value.integer, count >= 0 else {
        throw DocumentError(.badValue, "$size needs an integer that is not negative")
      }
      return .size(count)
    case "$regex": return .pattern(try FilterParser.pattern(field.value, all["$options"]))
    case "$mod": return try modulo(field.value)
    case "$elemMatch": return try elementMatch(field.value)
    default: throw DocumentError(.badValue, "unknown operator: \(field.name)")
    }
  }

  private func isIn(_ field: Document.Field) throws(DocumentError) -> Predicate {
    guard let operands = field.value.arrayValue else {
      throw DocumentError(.badValue, "\(field.name) needs an array")
    }
    var values: [DocumentValue] = []
    var patterns: [Pattern] = []
    for operand in operands {
      guard let operators = FilterParser.operators(operand) else {
        values.append(operand)
        continue
      }
      guard let pattern = operators["$regex"] else {
        throw DocumentError(.badValue, "cannot nest $ under \(field.name)")
      }
      patterns.append(try FilterParser.pattern(pattern, operators["$options"]))
    }
    return .isIn(values, patterns)
  }

  private static func pattern(_ pattern: DocumentValue, _ options: DocumentValue?)
    throws(DocumentError) -> Pattern
  {
    guard let text = pattern.stringValue else {
      throw DocumentError(.badValue, "$regex has to be a string")
    }
    guard let options = (options ?? .string("")).stringValue else {
      throw DocumentError(.badValue, "$options has to be a string")
    }
    return try Pattern(text, options: options)
  }

  private func types(_ value: DocumentValue) throws(DocumentError) -> [Predicate.TypeTest] {
    let names = ["double", "string", "object", "array", "objectId", "bool", "date", "null", "int"]
    let codes: [Int64] = [1, 2, 3, 4, 7, 8, 9, 10, 16]
    let operands = value.arrayValue ?? [value]
    guard !operands.isEmpty else {
      throw DocumentError(.failedToParse, "$type must match at least one type")
    }
    var tests: [Predicate.TypeTest] = []
    for operand in operands {
      if operand.stringValue == "number" {
        tests.append(.number)
      } else if operand.stringValue == "long" {
        tests.append(.code(18))
      } else if let name = operand.stringValue, let index = names.firstIndex(of: name) {
        tests.append(.code(codes[index]))
      } else if let code = operand.integer, (1...19).contains(code) {
        tests.append(.code(code))
      } else {
        throw DocumentError(.badValue, "$type knows no type \(operand)")
      }
    }
    return tests
  }

  private func modulo(_ value: DocumentValue) throws(DocumentError) -> Predicate {
    guard let pair = value.arrayValue, pair.count == 2, let divisor = pair[0].wholePart,
      let remainder = pair[1].wholePart
    else { throw DocumentError(.badValue, "$mod needs an array of a divisor and a remainder") }
    guard divisor != 0 else { throw DocumentError(.badValue, "the divisor of $mod is 0") }
    return .modulo(divisor: divisor, remainder: remainder)
  }

  private mutating func elementMatch(_ value: DocumentValue) throws(DocumentError) -> Predicate {
    guard let document = value.documentValue else {
      throw DocumentError(.badValue, "$elemMatch needs an object")
    }
    let logical = ["$and", "$or", "$nor"]
    guard let first = document.fields.first?.name, first.hasPrefix("$"), !logical.contains(first)
    else { return .elementDocument(try filter(document)) }
    return .elementValue(try condition(DocumentPath(Predicate.elementName), value))
  }

  /// Whether an operand counts as true: everything but false, null and nought.
  static func isTrue(_ value: DocumentValue) -> Bool {
    switch value {
    case .bool(let isTrue): isTrue
    case .null: false
    case .int32, .int64, .double: !value.isEqual(to: .int32(0))
    case .string, .date, .objectID, .array, .document: true
    }
  }
}
