extension Filter {
  /// What an index on a path may leave out: every document that matches has an entry in these ranges. Nil where the filter
  /// does not say.
  ///
  /// - Parameter isMultikey: whether a document may have several entries. Two conditions may then hold for two of them, so
  ///   that only one condition counts.
  func bounds(for path: DocumentPath, isMultikey: Bool) -> ValueRanges? {
    switch self {
    case .all(let filters):
      let bounds = filters.compactMap { $0.bounds(for: path, isMultikey: isMultikey) }
      guard isMultikey else {
        return bounds.first.map { first in bounds.dropFirst().reduce(first) { $0.intersection($1) }
        }
      }
      return bounds.first(where: \.isPoints) ?? bounds.first
    case .any(let filters):
      var union = ValueRanges([])
      for filter in filters {
        guard let bounds = filter.bounds(for: path, isMultikey: isMultikey) else { return nil }
        union = union.union(bounds)
      }
      return union
    case .not:
      return nil
    case .field(let own, let predicate):
      if own.parts == path.parts { return predicate.bounds(isMultikey: isMultikey) }
      guard case .elementDocument(let inner) = predicate, path.parts.starts(with: own.parts)
      else { return nil }
      let rest = path.dropping(own.parts.count)
      // By index an element that is an array could be meant, whose values are not entered again.
      guard rest.parts.allSatisfy({ DocumentPath.index($0) == nil }) else { return nil }
      return inner.bounds(for: rest, isMultikey: isMultikey)
    }
  }
}

extension Predicate {
  /// The entries of which one must be there where the predicate holds; nil where that may be any.
  fileprivate func bounds(isMultikey: Bool) -> ValueRanges? {
    switch self {
    case .compare(.equal, let operand):
      return ValueRanges(Predicate.points(operand))
    case .compare(let comparison, let operand):
      return Predicate.range(comparison, operand)
    case .isIn(let operands, let patterns):
      return ValueRanges(
        operands.flatMap(Predicate.points) + (patterns.isEmpty ? [] : [ValueInterval(.string)]))
    case .pattern:
      return ValueRanges([ValueInterval(.string)])
    case .modulo:
      return ValueRanges([ValueInterval(.number)])
    case .elementValue(let filter):
      // One element satisfies all of it, but an element may be an array.
      guard let path = try? DocumentPath(Predicate.elementName) else { return nil }
      return filter.bounds(for: path, isMultikey: true)?.union(ValueRanges([ValueInterval(.array)]))
    case .exists, .type, .size, .elementDocument:
      return nil
    }
  }

  /// Where a value is found: itself, and an array by its first element where it stands at the path itself.
  private static func points(_ operand: DocumentValue) -> [ValueInterval] {
    guard let elements = operand.arrayValue else { return [ValueInterval(only: operand)] }
    return [ValueInterval(only: elements.first), ValueInterval(only: operand)]
  }

  /// Within the operand's class, as the comparison is; an array is compared whole, and its entries are its elements.
  private static func range(_ comparison: Comparison, _ operand: DocumentValue) -> ValueRanges? {
    guard operand.typeClass != .array else { return nil }
    let all = ValueInterval(operand.typeClass)
    let bytes = IndexKey.bytes(operand)
    let (before, after) = (
      KeyCut(bytes: bytes, isAfter: false), KeyCut(bytes: bytes, isAfter: true)
    )
    let interval =
      switch comparison {
      case .equal: ValueInterval(before, after)
      case .greater: ValueInterval(after, all.upper)
      case .greaterOrEqual: ValueInterval(before, all.upper)
      case .less: ValueInterval(all.lower, before)
      case .lessOrEqual: ValueInterval(all.lower, after)
      }
    return ValueRanges([interval])
  }
}
