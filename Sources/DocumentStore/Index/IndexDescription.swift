/// An index of a collection: what it is over, and what it promises.
package struct IndexDescription: Sendable {
  package struct Key: Sendable {
    package let path: DocumentPath
    package let isDescending: Bool

    var name: String { path.parts.joined(separator: ".") }
  }

  /// The bytes that all keys of this index begin with.
  let prefix: [UInt8]
  /// Tells the indexes of one collection apart; 0 is the one of `_id`.
  let slot: UInt8
  package let name: String
  package let keys: [Key]
  package let isUnique: Bool
  /// Documents without any of the paths have no entry.
  package let isSparse: Bool
  /// Whether some document has had more than one entry. It never becomes false again.
  package internal(set) var isMultikey = false

  /// - Parameters:
  ///   - pattern: paths with 1 or -1.
  ///   - name: nil for the usual one, as `a_1_b_-1`.
  /// - Throws: `BadValue` for a pattern that is no index's.
  init(
    collection: UInt32, slot: UInt8, pattern: Document, name: String? = nil, isUnique: Bool = false,
    isSparse: Bool = false
  ) throws(DocumentError) {
    guard (1...DocumentLimits.indexPathsMax).contains(pattern.fields.count) else {
      throw DocumentError(
        .badValue, "an index has 1 to \(DocumentLimits.indexPathsMax) paths, with 1 or -1 each")
    }
    var keys: [Key] = []
    for field in pattern.fields {
      guard let direction = field.value.integer, direction == 1 || direction == -1 else {
        throw DocumentError(.badValue, "the index key `\(field.name)` must be 1 or -1")
      }
      keys.append(Key(path: try DocumentPath(field.name), isDescending: direction == -1))
    }
    self.keys = keys
    self.slot = slot
    self.name = name ?? keys.map { "\($0.name)_\($0.isDescending ? -1 : 1)" }.joined(separator: "_")
    self.isUnique = isUnique
    self.isSparse = isSparse
    var prefix: [UInt8] = []
    for shift in [24, 16, 8, 0] {
      prefix.append(UInt8(truncatingIfNeeded: collection >> UInt32(shift)))
    }
    self.prefix = prefix + [slot]
  }

  /// Paths with their directions.
  package var pattern: Document {
    var document = Document()
    for key in keys { document[key.name] = .int32(key.isDescending ? -1 : 1) }
    return document
  }

  /// All keys of this index.
  var range: KeyRange { KeyRange(lower: prefix, upper: prefix + [IndexKey.afterAll]) }

  /// The keys of one document, each once and without its number, in order.
  ///
  /// An array at a path gives a value for each of its elements; a missing field is null. Several paths with arrays give every
  /// combination of their values.
  ///
  /// - Throws: `ExceededLimit` for too many keys, or one that is too long.
  func keys(of document: Document) throws(DocumentError) -> [[UInt8]] {
    var found = [prefix]
    var isPresent = false
    for key in keys {
      let places = key.path.places(in: document)
      isPresent = isPresent || places.contains { $0 != nil }
      var values: Set<[UInt8]> = []
      for place in places {
        guard let elements = place?.arrayValue else {
          values.insert(IndexKey.bytes(place ?? .null))
          continue
        }
        if elements.isEmpty { values.insert(IndexKey.bytes(nil)) }
        for element in elements { values.insert(IndexKey.bytes(element)) }
      }
      if values.isEmpty { values.insert(IndexKey.bytes(.null)) }
      guard found.count * values.count <= DocumentLimits.indexKeysPerDocumentMax else {
        throw DocumentError(
          .tooLarge,
          "the index `\(name)` takes at most \(DocumentLimits.indexKeysPerDocumentMax) keys of one document"
        )
      }
      let parts = values.map { key.isDescending ? IndexKey.complement($0) : $0 }
      found = found.flatMap { start in parts.map { start + $0 } }
    }
    guard found.allSatisfy({ $0.count <= DocumentLimits.indexKeyBytesMax }) else {
      throw DocumentError(
        .tooLarge,
        "a key of the index `\(name)` has at most \(DocumentLimits.indexKeyBytesMax) bytes")
    }
    if isSparse, !isPresent { return [] }
    return found.sorted { $0.lexicographicallyPrecedes($1) }
  }
}

extension IndexDescription {
  /// As the catalogue keeps it.
  var record: Document {
    var record = Document()
    record["slot"] = .int32(Int32(slot))
    record["name"] = .string(name)
    record["key"] = .document(pattern)
    record["unique"] = .bool(isUnique)
    record["sparse"] = .bool(isSparse)
    record["multikey"] = .bool(isMultikey)
    return record
  }

  /// - Throws: `StorageFailure` where the catalogue is damaged.
  init(_ record: Document, collection: UInt32) throws(DocumentError) {
    guard let slot = record["slot"]?.integer.flatMap({ UInt8(exactly: $0) }),
      let pattern = record["key"]?.documentValue
    else { throw DocumentError(.storageFailure, "the catalogue has an index that cannot be read") }
    try self.init(
      collection: collection, slot: slot, pattern: pattern, name: record["name"]?.stringValue,
      isUnique: record["unique"].map(FilterParser.isTrue) ?? false,
      isSparse: record["sparse"].map(FilterParser.isTrue) ?? false)
    isMultikey = record["multikey"].map(FilterParser.isTrue) ?? false
  }
}
