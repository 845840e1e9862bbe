/// The elements that `$push` adds, and how.
struct ArrayPush {
  /// The order after the addition: of the elements, or of a field of theirs.
  struct Sort {
    let path: DocumentPath?
    let isDescending: Bool
  }

  var additions: [DocumentValue]
  /// Where they come in; negative counts from the end, nil is the end.
  var position: Int64?
  var sorts: [Sort] = []
  /// How many stay: the first ones or, negative, the last ones.
  var slice: Int64?

  /// Adds, then sorts, then cuts. The order of equal elements stays.
  func apply(to elements: [DocumentValue]) -> [DocumentValue] {
    var result = elements
    result.insert(contentsOf: additions, at: place(in: elements.count))
    if !sorts.isEmpty {
      let sorted = result.enumerated().sorted { left, right in
        switch ordering(left.element, right.element) {
        case .before: true
        case .same: left.offset < right.offset
        case .after: false
        }
      }
      result = sorted.map(\.element)
    }
    guard let slice else { return result }
    let count = Int(clamping: slice.magnitude)
    return Array(slice < 0 ? result.suffix(count) : result.prefix(count))
  }

  private func place(in count: Int) -> Int {
    guard let position else { return count }
    let distance = min(Int(clamping: position.magnitude), count)
    return position < 0 ? count - distance : distance
  }

  private func ordering(_ left: DocumentValue, _ right: DocumentValue) -> Ordering {
    for sort in sorts {
      let order = key(left, sort).ordering(to: key(right, sort))
      guard order == .same else { return sort.isDescending ? order.reversed : order }
    }
    return .same
  }

  private func key(_ element: DocumentValue, _ sort: Sort) -> DocumentValue {
    guard let path = sort.path else { return element }
    return element.documentValue.flatMap { DocumentPath.value(in: $0, at: path.parts) } ?? .null
  }
}

/// What `$pull` and `$pullAll` take away.
enum ArrayPull {
  case values([DocumentValue])
  /// Documents that match.
  case documents(Filter)
  /// Elements that match as the field ``Predicate/elementName``.
  case elements(Filter)

  func takes(_ element: DocumentValue) -> Bool {
    switch self {
    case .values(let values): values.contains { $0.isEqual(to: element) }
    case .documents(let filter): element.documentValue.map { filter.matches($0) } ?? false
    case .elements(let filter):
      filter.matches(Document(element, named: Predicate.elementName))
    }
  }
}
