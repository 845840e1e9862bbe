/// An order of documents by several paths.
package struct SortOrder: Sendable {
  /// What is compared, the first key first.
  let keys: [(path: DocumentPath, isDescending: Bool)]

  /// - Parameter document: paths with 1 or -1, the first one first.
  package init(_ document: Document) throws(DocumentError) {
    var keys: [(path: DocumentPath, isDescending: Bool)] = []
    for field in document.fields {
      guard let direction = field.value.integer, direction == 1 || direction == -1 else {
        throw DocumentError(.badValue, "the sort order of `\(field.name)` must be 1 or -1")
      }
      keys.append((try DocumentPath(field.name), direction == -1))
    }
    self.keys = keys
  }

  /// The documents in order; those with equal keys stay as they are. Keys are found once for each document.
  package func sorted(_ documents: [Document]) -> [Document] {
    order(of: documents).map { documents[$0] }
  }

  /// The indexes of the documents in order.
  func order(of documents: [Document]) -> [Int] {
    guard !keys.isEmpty else { return Array(documents.indices) }
    let keyed = documents.map { document in
      keys.map { SortOrder.key(document, $0.path, $0.isDescending) }
    }
    return documents.indices.sorted { left, right in
      for (index, key) in keys.enumerated() {
        let order = SortOrder.ordering(keyed[left][index], keyed[right][index])
        if order != .same { return order == (key.isDescending ? .after : .before) }
      }
      return left < right
    }
  }

  /// Paths with 1 or -1.
  var pattern: Document {
    var document = Document()
    for key in keys {
      document[key.path.parts.joined(separator: ".")] = .int32(key.isDescending ? -1 : 1)
    }
    return document
  }

  /// The least value at the path, arrays entered, or the greatest where the order descends. Nil stands for an empty
  /// array, which comes before null; a missing field counts as null.
  private static func key(_ document: Document, _ path: DocumentPath, _ isDescending: Bool)
    -> DocumentValue?
  {
    var candidates: [DocumentValue?] = []
    for place in path.places(in: document) {
      guard let elements = place?.arrayValue else {
        candidates.append(place ?? .null)
        continue
      }
      if elements.isEmpty { candidates.append(nil) }
      candidates += elements
    }
    guard var best = candidates.first else { return .null }
    for candidate in candidates.dropFirst()
    where ordering(candidate, best) == (isDescending ? .after : .before) {
      best = candidate
    }
    return best
  }

  private static func ordering(_ left: DocumentValue?, _ right: DocumentValue?) -> Ordering {
    guard let left, let right else { return Ordering(left == nil ? 0 : 1, right == nil ? 0 : 1) }
    return left.ordering(to: right)
  }
}
