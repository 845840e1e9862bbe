import Model

/// Changes one collection in one transaction. An insertion that is refused has changed nothing; an error of any other call is
/// to be let pass, which takes the whole transaction back.
package struct CollectionWriter {
  private let transaction: any DocumentTransaction
  private var catalog: CollectionCatalog
  private var isCatalogChanged = false
  /// The number of the next document; nil until it is asked for.
  private var nextNumber: Int64?

  /// What an update did, by the names that drivers use.
  package struct UpdateResult {
    package var matchedCount = 0
    package var modifiedCount = 0
    package var upsertedID: DocumentValue?
    /// The first document that was updated, or the inserted one.
    package var before: Document?
    package var after: Document?
  }

  /// The collection with a name, which is made if it is not there.
  init(_ transaction: any DocumentTransaction, _ name: String) throws(DocumentError) {
    self.transaction = transaction
    if let catalog = try CollectionCatalog.find(name, in: transaction) {
      self.catalog = catalog
      return
    }
    guard (1...DocumentLimits.nameBytesMax).contains(name.utf8.count) else {
      throw DocumentError(
        .badValue, "a collection's name has 1 to \(DocumentLimits.nameBytesMax) bytes")
    }
    let catalogue = try CollectionCatalog.ofCatalogue()
    let last = try transaction.documents(in: catalogue.numbers, isReversed: true, limit: 1).first
    let number = (last?.number ?? 0) + 1
    guard number <= DocumentLimits.collectionsMax else {
      throw DocumentError(
        .tooLarge, "a store has at most \(DocumentLimits.collectionsMax) collections")
    }
    catalog = try CollectionCatalog(number: UInt32(number), name: name)
    var key = catalogue.indexes[0].prefix + IndexKey.bytes(.string(name))
    IndexKey.append(bigEndian: UInt64(number), to: &key)
    try transaction.insertKey(key)
    isCatalogChanged = true
  }

  /// Writes what changed of the catalogue, once at the end of the transaction.
  func save() throws(DocumentError) {
    guard isCatalogChanged else { return }
    try transaction.put(catalog.record, numbered: Int64(catalog.number))
  }

  /// Questions about the collection as it is now.
  package var reader: CollectionReader { CollectionReader(transaction, catalog) }

  // MARK: Documents

  /// Inserts a document, with an `_id` of the store's own if it has none, which is returned.
  ///
  /// - Throws: `DuplicateKey` where a unique index has one of its keys, the one of `_id` too; `BadValue` for an `_id` that is
  ///   an array. Nothing is changed then.
  package mutating func insert(_ document: Document) throws(DocumentError) -> DocumentValue {
    var inserted = Document()
    let id = document["_id"] ?? freshID()
    guard id.typeClass != .array else { throw DocumentError(.badValue, "an `_id` is no array") }
    inserted["_id"] = id
    for field in document.fields where field.name != "_id" { inserted[field.name] = field.value }
    let number = try freshNumber()
    try change(number, from: nil, to: inserted)
    nextNumber = number + 1
    return id
  }

  private mutating func freshID() -> DocumentValue {
    let digits = String(catalog.nextID, radix: 16)
    catalog.nextID += 1
    isCatalogChanged = true
    return .objectID(String(repeating: "0", count: 24 - digits.count) + digits)
  }

  private func freshNumber() throws(DocumentError) -> Int64 {
    let numbers = catalog.numbers
    let number =
      if let nextNumber {
        nextNumber
      } else {
        try transaction.documents(in: numbers, isReversed: true, limit: 1).first.map {
          $0.number + 1
        } ?? numbers.lowerBound
      }
    guard numbers.contains(number) else {
      throw DocumentError(.tooLarge, "the collection `\(catalog.name)` takes no more documents")
    }
    return number
  }

  /// Updates the documents that match, all or the first one of the order. Each is looked at as it was before the call.
  ///
  /// - Parameter seed: begins the document that is inserted if nothing matches; nil for no upsert.
  /// - Throws: what one update refuses, or `DuplicateKey`; let it pass, so that none is kept.
  package mutating func update(
    _ filter: Filter, _ update: Update, _ context: Update.Context, sort: SortOrder? = nil,
    isMany: Bool, seed: Document?
  ) throws(DocumentError) -> UpdateResult {
    var result = UpdateResult()
    var reader = reader
    for stored in try reader.find(filter, sort: sort, limit: isMany ? nil : 1) {
      var own = context
      own.matchedIndex = filter.matchedIndex(in: stored.document)
      let after = try update.apply(to: stored.document, own)
      if result.matchedCount == 0 { (result.before, result.after) = (stored.document, after) }
      result.matchedCount += 1
      guard !DocumentValue.document(after).isIdentical(to: .document(stored.document)) else {
        continue
      }
      result.modifiedCount += 1
      try change(stored.number, from: stored.document, to: after)
    }
    if result.matchedCount == 0, let seed {
      var own = context
      own.isInsert = true
      var inserted = try update.apply(to: seed, own)
      let id = try insert(inserted)
      inserted["_id"] = id
      result.upsertedID = id
      result.after = inserted
    }
    return result
  }

  /// Deletes the documents that match, all or the first one, and says how many.
  package mutating func delete(_ filter: Filter, isMany: Bool) throws(DocumentError) -> Int {
    var reader = reader
    let found = try reader.find(filter, limit: isMany ? nil : 1)
    for stored in found { try change(stored.number, from: stored.document, to: nil) }
    return found.count
  }

  /// Puts a document in the place of another, with its keys: the only place where either changes.
  private mutating func change(_ number: Int64, from old: Document?, to new: Document?)
    throws(DocumentError)
  {
    var added: [[UInt8]] = []
    var removed: [[UInt8]] = []
    for (place, index) in catalog.indexes.enumerated() {
      let before = try old.map { (old) throws(DocumentError) in try index.keys(of: old) } ?? []
      let after = try new.map { (new) throws(DocumentError) in try index.keys(of: new) } ?? []
      guard before != after else { continue }
      let (lost, gained) = (Set(before).subtracting(after), Set(after).subtracting(before))
      if index.isUnique, let new {
        for key in after where gained.contains(key) { try check(key, index, number, new) }
      }
      removed += before.filter(lost.contains)
      added += after.filter(gained.contains)
      if after.count > 1, !index.isMultikey {
        catalog.indexes[place].isMultikey = true
        isCatalogChanged = true
      }
    }
    for key in removed { try transaction.deleteKey(CollectionWriter.key(key, number)) }
    for key in added { try transaction.insertKey(CollectionWriter.key(key, number)) }
    if let new {
      try transaction.put(new, numbered: number)
    } else {
      try transaction.deleteDocument(numbered: number)
    }
  }

  private static func key(_ key: [UInt8], _ number: Int64) -> [UInt8] {
    var whole = key
    IndexKey.append(bigEndian: UInt64(number), to: &whole)
    return whole
  }

  private func check(
    _ key: [UInt8], _ index: IndexDescription, _ number: Int64, _ document: Document
  ) throws(DocumentError) {
    let range = KeyRange(lower: key, upper: key + [IndexKey.afterAll])
    let holders = try transaction.keys(in: range, isReversed: false, limit: 2)
    guard holders.contains(where: { IndexKey.lastNumber($0) != number }) else { return }
    let values = index.keys.map { key in
      let values = key.path.places(in: document).map { $0 ?? .null }
      return "\(key.name): \(values.map { ExtendedJSON.relaxed($0).text }.joined(separator: ", "))"
    }
    throw DocumentError(
      .duplicateKey,
      "collection `\(catalog.name)`, unique index `\(index.name)`: another document has { \(values.joined(separator: "; ")) }"
    )
  }

  // MARK: Indexes

  /// Makes an index over all documents, unless one with the same description is there, and returns its name.
  ///
  /// - Parameter options: `name`, `unique` and `sparse`.
  /// - Throws: `DuplicateKey` where documents break the promise of a unique index; `IndexOptionsConflict` where the name or the
  ///   pattern is taken by another index; `ExceededLimit` for too many.
  package mutating func createIndex(_ pattern: Document, _ options: Document = Document())
    throws(DocumentError) -> String
  {
    for field in options.fields where !["name", "unique", "sparse"].contains(field.name) {
      throw DocumentError(
        .badValue, "the index option `\(field.name)` is not known; there are name, unique, sparse")
    }
    let taken = Set(catalog.indexes.map(\.slot))
    guard
      let slot = (0..<UInt8(DocumentLimits.indexesPerCollectionMax)).first(where: {
        !taken.contains($0)
      })
    else {
      throw DocumentError(
        .tooLarge,
        "a collection has at most \(DocumentLimits.indexesPerCollectionMax) indexes; drop one")
    }
    let index = try IndexDescription(
      collection: catalog.number, slot: slot, pattern: pattern, name: options["name"]?.stringValue,
      isUnique: options["unique"].map(FilterParser.isTrue) ?? false,
      isSparse: options["sparse"].map(FilterParser.isTrue) ?? false)
    if try isThere(index) { return index.name }
    try fill(index)
    return index.name
  }

  /// Whether the same index is there already.
  private func isThere(_ index: IndexDescription) throws(DocumentError) -> Bool {
    let pattern = DocumentValue.document(index.pattern)
    guard
      let other = catalog.indexes.first(where: {
        $0.name == index.name || pattern.isEqual(to: .document($0.pattern))
      })
    else { return false }
    let isSame =
      pattern.isEqual(to: .document(other.pattern)) && other.isSparse == index.isSparse
      && (other.isUnique == index.isUnique || other.slot == 0)
    guard isSame, other.name == index.name || other.slot == 0 else {
      throw DocumentError(
        .indexConflict,
        "the index `\(other.name)` has this name or these keys, with other options; drop it first")
    }
    return true
  }

  private mutating func fill(_ index: IndexDescription) throws(DocumentError) {
    guard (1...DocumentLimits.nameBytesMax).contains(index.name.utf8.count) else {
      throw DocumentError(
        .badValue, "an index's name has 1 to \(DocumentLimits.nameBytesMax) bytes; give a `name`")
    }
    var filled = index
    var numbers = catalog.numbers
    while true {
      let page = try transaction.documents(
        in: numbers, isReversed: false, limit: DocumentLimits.pageItems)
      for stored in page {
        let keys = try index.keys(of: stored.document)
        if keys.count > 1 { filled.isMultikey = true }
        for key in keys {
          if index.isUnique { try check(key, index, stored.number, stored.document) }
          try transaction.insertKey(CollectionWriter.key(key, stored.number))
        }
      }
      guard page.count == DocumentLimits.pageItems, let last = page.last,
        last.number < numbers.upperBound
      else { break }
      numbers = (last.number + 1)...numbers.upperBound
    }
    let place = catalog.indexes.firstIndex { $0.slot > index.slot } ?? catalog.indexes.count
    catalog.indexes.insert(filled, at: place)
    isCatalogChanged = true
  }

  /// Drops an index by its name.
  ///
  /// - Throws: `IndexNotFound`, and `BadValue` for the one of `_id`.
  package mutating func dropIndex(_ name: String) throws(DocumentError) {
    guard let place = catalog.indexes.firstIndex(where: { $0.name == name }) else {
      throw DocumentError(.indexNotFound, "collection `\(catalog.name)` has no index `\(name)`")
    }
    guard place > 0 else { throw DocumentError(.badValue, "the index of `_id` cannot be dropped") }
    let range = catalog.indexes[place].range
    while true {
      let page = try transaction.keys(
        in: range, isReversed: false, limit: DocumentLimits.pageItems)
      for key in page { try transaction.deleteKey(key) }
      guard page.count == DocumentLimits.pageItems else { break }
    }
    catalog.indexes.remove(at: place)
    isCatalogChanged = true
  }
}
