extension DocumentPath {
  /// Changes what stands at a path without wildcards; the change gets nil for a missing field and removes by nil.
  ///
  /// - Parameter creates: whether missing documents on the way are made; otherwise the change is not asked where the
  ///   way ends early.
  /// - Throws: `PathNotViable` where a field would have to be made inside a value that is no document.
  static func change(
    _ document: Document, at parts: ArraySlice<String>, creates: Bool,
    by change: (DocumentValue?) throws(DocumentError) -> DocumentValue?
  ) throws(DocumentError) -> Document {
    let changed = try self.change(.document(document), at: parts, creates: creates, by: change)
    return changed?.documentValue ?? document
  }

  private static func change(
    _ value: DocumentValue?, at parts: ArraySlice<String>, creates: Bool,
    by change: (DocumentValue?) throws(DocumentError) -> DocumentValue?
  ) throws(DocumentError) -> DocumentValue? {
    guard let part = parts.first else { return try change(value) }
    let rest = parts.dropFirst()
    switch value {
    case nil:
      guard creates else { return nil }
      return try self.change(nil, at: rest, creates: true, by: change)
        .map { .document(Document($0, named: part)) }
    case .document(var document):
      document[part] = try self.change(document[part], at: rest, creates: creates, by: change)
      return .document(document)
    case .array(var elements):
      guard let index = index(part) else {
        guard creates else { return value }
        throw DocumentError(.pathNotViable, "cannot create field '\(part)' in an array")
      }
      if index < elements.count {
        // A removed element leaves null, so that the others keep their indexes.
        elements[index] =
          try self.change(elements[index], at: rest, creates: creates, by: change) ?? .null
      } else if creates, let new = try self.change(nil, at: rest, creates: true, by: change) {
        guard index - elements.count <= DocumentLimits.arrayPaddingMax else {
          throw DocumentError(
            .tooLarge, "an array is padded by at most \(DocumentLimits.arrayPaddingMax) elements")
        }
        elements += Array(repeating: .null, count: index - elements.count) + [new]
      }
      return .array(elements)
    case .some(let scalar):
      guard creates else { return value }
      throw DocumentError(
        .pathNotViable, "cannot create field '\(part)' in a value of type \(scalar.typeName)")
    }
  }

  /// The value at a path of names and indexes, no array entered implicitly.
  static func value(in document: Document, at parts: some Sequence<String>) -> DocumentValue? {
    var value = DocumentValue.document(document)
    for part in parts {
      switch value {
      case .document(let inner):
        guard let next = inner[part] else { return nil }
        value = next
      case .array(let elements):
        guard let index = index(part), index < elements.count else { return nil }
        value = elements[index]
      default: return nil
      }
    }
    return value
  }
}

extension Filter {
  /// The index of the element by which the filter matches: of the first array on the way of its last clause that
  /// has one. The positional operator `$` stands for it.
  func matchedIndex(in document: Document) -> Int? {
    switch self {
    case .all(let filters):
      filters.reversed().lazy.compactMap { $0.matchedIndex(in: document) }.first
    case .any(let filters):
      filters.first { $0.matches(document) }?.matchedIndex(in: document)
    case .not: nil
    case .field(let path, let predicate): Filter.matchedIndex(path, predicate, in: document)
    }
  }

  private static func matchedIndex(
    _ path: DocumentPath, _ predicate: Predicate, in document: Document
  ) -> Int? {
    for depth in 1...path.parts.count {
      guard
        let elements = DocumentPath.value(in: document, at: path.parts[..<depth])?.arrayValue
      else { continue }
      let name = path.parts[depth - 1]
      let rest = path.dropping(depth - 1)
      // Each element alone in its array: the first that matches so is the one.
      return elements.firstIndex { element in
        rest.places(in: Document(.array([element]), named: name))
          .contains { predicate.matches(place: $0) }
      }
    }
    return nil
  }
}
