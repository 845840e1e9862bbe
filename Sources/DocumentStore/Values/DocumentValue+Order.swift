/// The outcome of a comparison.
package enum Ordering: Sendable {
  case before, same, after

  init<Value: Comparable>(_ left: Value, _ right: Value) {
    self = left < right ? .before : (right < left ? .after : .same)
  }
}

extension DocumentValue {
  /// The place in the one total order of all values, which sorting and indexes use: classes of types first, then values.
  ///
  /// Numbers compare exactly across their types, NaN before all others; texts by their bytes; documents field by field
  /// by class, name and value; arrays element by element. O(size of the smaller value).
  package func ordering(to other: DocumentValue) -> Ordering {
    switch (self, other) {
    case (.null, .null): .same
    case (.bool(let left), .bool(let right)): Ordering(left ? 1 : 0, right ? 1 : 0)
    case (.string(let left), .string(let right)),
      (.objectID(let left), .objectID(let right)):
      DocumentValue.byteOrdering(left, right)
    case (.date(let left), .date(let right)): Ordering(left, right)
    case (.array(let left), .array(let right)): DocumentValue.ordering(left, right)
    case (.document(let left), .document(let right)): DocumentValue.ordering(left, right)
    case (.double(let left), .double(let right)): DocumentValue.ordering(left, right)
    case (.double(let left), _) where other.typeClass == .number:
      other.exactInteger.map { DocumentValue.ordering($0, left).reversed } ?? .same
    case (_, .double(let right)) where typeClass == .number:
      exactInteger.map { DocumentValue.ordering($0, right) } ?? .same
    default:
      if let left = exactInteger, let right = other.exactInteger {
        Ordering(left, right)
      } else {
        Ordering(typeClass, other.typeClass)
      }
    }
  }

  /// Whether both have the same place in the order: `1` and `1.0` do.
  package func isEqual(to other: DocumentValue) -> Bool {
    ordering(to: other) == .same
  }

  /// Whether both are the same value of the same type, all the way down: `1` and `1.0` are not.
  package func isIdentical(to other: DocumentValue) -> Bool {
    guard typeNumber == other.typeNumber else { return false }
    switch (self, other) {
    case (.double(let left), .double(let right)):
      return left.bitPattern == right.bitPattern
    case (.array(let left), .array(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.isIdentical(to: $1) }
    case (.document(let left), .document(let right)):
      return left.fields.count == right.fields.count
        && zip(left.fields, right.fields).allSatisfy {
          $0.name.utf8.elementsEqual($1.name.utf8) && $0.value.isIdentical(to: $1.value)
        }
    default:
      return isEqual(to: other)
    }
  }

  /// The number of an integer type.
  private var exactInteger: Int64? {
    switch self {
    case .int32(let number): Int64(number)
    case .int64(let number): number
    default: nil
    }
  }

  private static func ordering(_ left: Double, _ right: Double) -> Ordering {
    guard !left.isNaN, !right.isNaN else {
      return Ordering(left.isNaN ? 0 : 1, right.isNaN ? 0 : 1)
    }
    return Ordering(left, right)
  }

  /// Compares without rounding the integer: its whole part first, then the fraction.
  private static func ordering(_ left: Int64, _ right: Double) -> Ordering {
    let bound = 0x1p63
    guard right >= -bound else { return .after }
    guard right < bound else { return .before }
    let whole = right.rounded(.towardZero)
    let order = Ordering(left, Int64(whole))
    return order == .same ? Ordering(whole, right) : order
  }

  static func byteOrdering(_ left: String, _ right: String) -> Ordering {
    if left.utf8.elementsEqual(right.utf8) { return .same }
    return left.utf8.lexicographicallyPrecedes(right.utf8) ? .before : .after
  }

  private static func ordering(_ left: [DocumentValue], _ right: [DocumentValue]) -> Ordering {
    for (one, other) in zip(left, right) {
      let order = one.ordering(to: other)
      guard order == .same else { return order }
    }
    return Ordering(left.count, right.count)
  }

  private static func ordering(_ left: Document, _ right: Document) -> Ordering {
    for (one, other) in zip(left.fields, right.fields) {
      let classes = Ordering(one.value.typeClass, other.value.typeClass)
      guard classes == .same else { return classes }
      let names = byteOrdering(one.name, other.name)
      guard names == .same else { return names }
      let values = one.value.ordering(to: other.value)
      guard values == .same else { return values }
    }
    return Ordering(left.fields.count, right.fields.count)
  }
}

extension Ordering {
  var reversed: Ordering {
    switch self {
    case .before: .after
    case .same: .same
    case .after: .before
    }
  }
}
