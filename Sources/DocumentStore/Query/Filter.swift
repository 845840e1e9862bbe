/// A filter in MongoDB's query language, read once and applied to many documents.
///
/// Not known: `$expr`, `$text`, `$where`, `$jsonSchema`, geometry and bits. They are refused by name.
package indirect enum Filter {
  case all([Filter])
  case any([Filter])
  case not(Filter)
  /// Some place at the path satisfies the predicate.
  case field(DocumentPath, Predicate)

  /// O(clauses × values at their paths).
  package func matches(_ document: Document) -> Bool {
    switch self {
    case .all(let filters): filters.allSatisfy { $0.matches(document) }
    case .any(let filters): filters.contains { $0.matches(document) }
    case .not(let filter): !filter.matches(document)
    case .field(let path, let predicate):
      path.places(in: document).contains { predicate.matches(place: $0) }
    }
  }
}

/// What one value is asked for.
package indirect enum Predicate {
  package enum Comparison: Sendable {
    case equal, greater, greaterOrEqual, less, lessOrEqual
  }

  case compare(Comparison, DocumentValue)
  case isIn([DocumentValue], [Pattern])
  case exists
  case type([TypeTest])
  case size(Int64)
  /// An element, which is a document, matches.
  case elementDocument(Filter)
  /// An element matches as the field ``elementName`` of a document of its own.
  case elementValue(Filter)
  case pattern(Pattern)
  case modulo(divisor: Int64, remainder: Int64)

  /// The name under which `$elemMatch` with operators looks at an element.
  static let elementName = "element"

  package enum TypeTest: Sendable {
    case number
    case code(Int64)

    func matches(_ value: DocumentValue) -> Bool {
      switch self {
      case .number: value.typeClass == .number
      case .code(let code): value.typeNumber == code
      }
    }
  }

  /// Whether a place satisfies this: the value there or, if it is an array, one of its elements. Nil is a missing field.
  func matches(place: DocumentValue?) -> Bool {
    switch self {
    case .exists:
      return place != nil
    case .size(let count):
      return place?.arrayValue.map { Int64($0.count) == count } ?? false
    case .elementDocument(let filter):
      return (place?.arrayValue ?? []).contains { element in
        switch element {
        case .document(let document): filter.matches(document)
        // An array stands for a document whose names are its indexes.
        case .array(let elements): filter.matches(Document(indexing: elements))
        default: false
        }
      }
    case .elementValue(let filter):
      return (place?.arrayValue ?? []).contains { element in
        filter.matches(Document(element, named: Predicate.elementName))
      }
    case .compare, .isIn, .type, .pattern, .modulo:
      if matches(value: place) { return true }
      return (place?.arrayValue ?? []).contains { matches(value: $0) }
    }
  }

  /// Whether this very value satisfies it.
  private func matches(value: DocumentValue?) -> Bool {
    switch self {
    case .compare(let comparison, let operand):
      return Predicate.holds(comparison, value ?? .null, operand)
    case .isIn(let operands, let patterns):
      return operands.contains { Predicate.holds(.equal, value ?? .null, $0) }
        || patterns.contains { $0.matches(value) }
    case .type(let tests):
      guard let value else { return false }
      return tests.contains { $0.matches(value) }
    case .pattern(let pattern):
      return pattern.matches(value)
    case .modulo(let divisor, let remainder):
      guard let whole = value?.wholePart else { return false }
      // The smallest integer has no quotient by -1; its remainder is nought all the same.
      return (divisor == -1 ? 0 : whole % divisor) == remainder
    case .exists, .size, .elementDocument, .elementValue:
      return matches(place: value)
    }
  }

  /// Compares within a class of types only; NaN is equal to NaN and neither before nor after anything.
  private static func holds(
    _ comparison: Comparison, _ value: DocumentValue, _ operand: DocumentValue
  )
    -> Bool
  {
    guard value.typeClass == operand.typeClass else { return false }
    let order = value.ordering(to: operand)
    if order != .same, value.isNaN || operand.isNaN { return false }
    return switch comparison {
    case .equal: order == .same
    case .greater: order == .after
    case .greaterOrEqual: order != .before
    case .less: order == .before
    case .lessOrEqual: order != .after
    }
  }
}

extension DocumentValue {
  /// A number without its fraction, if that fits 64 bits.
  var wholePart: Int64? {
    if case .double(let number) = self { return Int64(exactly: number.rounded(.towardZero)) }
    return integer
  }
}

extension Document {
  /// A document of one field.
  init(_ value: DocumentValue, named name: String) {
    self.init()
    self[name] = value
  }

  /// A document with the elements of an array under their indexes.
  init(indexing elements: [DocumentValue]) {
    self.init()
    for (index, element) in elements.enumerated() { self[String(index)] = element }
  }
}
