/// Documents in memory, in the order of their insertion. Every search looks at all of them.
package struct DocumentCollection {
  package private(set) var documents: [Document] = []
  private var nextID: UInt64 = 1

  /// What an update did, by the names that drivers use.
  package struct UpdateResult {
    package var matchedCount = 0
    package var modifiedCount = 0
    package var upsertedID: DocumentValue?
    /// The first document that was updated, or the inserted one.
    package var before: Document?
    package var after: Document?
  }

  package init() {}

  /// Inserts a document, with an `_id` of the collection's own if it has none, which is returned.
  ///
  /// - Throws: `BadValue` where the `_id` is taken or an array. O(documents).
  package mutating func insert(_ document: Document) throws(DocumentError) -> DocumentValue {
    var inserted = Document()
    let id = document["_id"] ?? freshID()
    guard id.typeClass != .array else { throw DocumentError(.badValue, "an `_id` is no array") }
    guard !documents.contains(where: { $0["_id"]?.isEqual(to: id) == true }) else {
      throw DocumentError(.badValue, "a document with this `_id` is there already")
    }
    inserted["_id"] = id
    for field in document.fields where field.name != "_id" { inserted[field.name] = field.value }
    documents.append(inserted)
    return id
  }

  private mutating func freshID() -> DocumentValue {
    defer { nextID += 1 }
    let digits = String(nextID, radix: 16)
    return .objectID(String(repeating: "0", count: 24 - digits.count) + digits)
  }

  package func find(_ filter: Filter) -> [Document] {
    documents.filter { filter.matches($0) }
  }

  /// Updates the documents that match, all or the first one. Where one update is refused, none is kept.
  ///
  /// - Parameter seed: begins the document that is inserted if nothing matches; nil for no upsert.
  package mutating func update(
    _ filter: Filter, _ update: Update, _ context: Update.Context, isMany: Bool, seed: Document?
  ) throws(DocumentError) -> UpdateResult {
    var result = UpdateResult()
    var changed = documents
    for (index, document) in documents.enumerated() where filter.matches(document) {
      var own = context
      own.matchedIndex = filter.matchedIndex(in: document)
      let after = try update.apply(to: document, own)
      if result.matchedCount == 0 { (result.before, result.after) = (document, after) }
      result.matchedCount += 1
      if !DocumentValue.document(after).isIdentical(to: .document(document)) {
        result.modifiedCount += 1
      }
      changed[index] = after
      guard isMany else { break }
    }
    documents = changed
    if result.matchedCount == 0, let seed {
      var own = context
      own.isInsert = true
      let id = try insert(try update.apply(to: seed, own))
      result.upsertedID = id
      result.after = documents.last
    }
    return result
  }

  /// Deletes the documents that match, all or the first one, and says how many.
  package mutating func delete(_ filter: Filter, isMany: Bool) -> Int {
    let before = documents.count
    if isMany {
      documents.removeAll { filter.matches($0) }
    } else if let index = documents.firstIndex(where: { filter.matches($0) }) {
      documents.remove(at: index)
    }
    return before - documents.count
  }

  /// The values at a path in the documents that match, elements of arrays each, as they are first seen.
  /// O(values²).
  package func distinct(_ path: DocumentPath, _ filter: Filter) -> [DocumentValue] {
    var values: [DocumentValue] = []
    for document in find(filter) {
      for case .some(let place) in path.places(in: document) {
        for value in place.arrayValue ?? [place]
        where !values.contains(where: { $0.isEqual(to: value) }) {
          values.append(value)
        }
      }
    }
    return values
  }
}
