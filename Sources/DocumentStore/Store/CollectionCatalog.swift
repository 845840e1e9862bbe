/// What the store knows of a collection: its number and its indexes. The catalogue is a collection as well, number 0, whose
/// documents have the names as `_id`.
struct CollectionCatalog {
  let number: UInt32
  let name: String
  /// That of `_id` first, the others by slot.
  var indexes: [IndexDescription]
  /// The number of the next `_id` of the store's own.
  var nextID: Int64 = 1

  /// The documents of a collection have 40 bits for their order of insertion, below the collection's number.
  static let sequenceBits: Int64 = 40

  var numbers: ClosedRange<Int64> {
    let first = Int64(number) << CollectionCatalog.sequenceBits
    return first...(first + (1 << CollectionCatalog.sequenceBits) - 1)
  }

  /// A collection without documents.
  init(number: UInt32, name: String) throws(DocumentError) {
    self.number = number
    self.name = name
    indexes = [try CollectionCatalog.idIndex(of: number)]
  }

  private static func idIndex(of number: UInt32) throws(DocumentError) -> IndexDescription {
    var pattern = Document()
    pattern["_id"] = .int32(1)
    return try IndexDescription(collection: number, slot: 0, pattern: pattern, isUnique: true)
  }

  /// As the catalogue keeps it. The index of `_id` goes without saying.
  var record: Document {
    var record = Document()
    record["_id"] = .string(name)
    record["number"] = .int64(Int64(number))
    record["nextID"] = .int64(nextID)
    record["indexes"] = .array(indexes.dropFirst().map { .document($0.record) })
    return record
  }

  /// - Throws: `StorageFailure` where the catalogue is damaged.
  init(_ record: Document) throws(DocumentError) {
    guard let name = record["_id"]?.stringValue,
      let number = record["number"]?.integer.flatMap({ UInt32(exactly: $0) }),
      let nextID = record["nextID"]?.integer, let indexes = record["indexes"]?.arrayValue
    else { throw DocumentError(.storageFailure, "the catalogue has a line that cannot be read") }
    try self.init(number: number, name: name)
    self.nextID = nextID
    for case .document(let index) in indexes {
      self.indexes.append(try IndexDescription(index, collection: number))
    }
  }

  /// The catalogue itself as a collection.
  static func ofCatalogue() throws(DocumentError) -> CollectionCatalog {
    try CollectionCatalog(number: 0, name: "")
  }

  /// The collection with a name; nil where none was made.
  static func find(_ name: String, in reader: any DocumentReader) throws(DocumentError)
    -> CollectionCatalog?
  {
    let key = try ofCatalogue().indexes[0].prefix + IndexKey.bytes(.string(name))
    let range = KeyRange(lower: key, upper: key + [IndexKey.afterAll])
    guard let found = try reader.keys(in: range, isReversed: false, limit: 1).first,
      let record = try reader.documents(numbered: [IndexKey.lastNumber(found)]).first ?? nil
    else { return nil }
    return try CollectionCatalog(record)
  }
}
