package import Model

/// Runs operations that are written as JSON, one at a time, on collections in memory; results have the drivers' names.
///
/// Not known: `aggregate`, `createIndex` and `explain`. They are refused.
package struct OperationScript {
  private var collections: [String: DocumentCollection] = [:]
  /// For `$currentDate`, since 1970.
  private let nowMilliseconds: Int64

  package init(nowMilliseconds: Int64) {
    self.nowMilliseconds = nowMilliseconds
  }

  /// The result of one operation, in relaxed Extended JSON. A refused one changes nothing, but for the documents that
  /// `insertMany` inserted before.
  package mutating func apply(_ operation: JSONValue) throws(DocumentError) -> JSONValue {
    guard let name = operation["collection"]?.stringValue, let verb = operation["op"]?.stringValue
    else { throw DocumentError(.failedToParse, "an operation needs `collection` and `op`") }
    var collection = collections[name] ?? DocumentCollection()
    defer { collections[name] = collection }
    let arguments = OperationArguments(operation)
    switch verb {
    case "insertMany":
      var ids: [JSONValue] = []
      for document in try arguments.documents("documents") {
        ids.append(ExtendedJSON.relaxed(try collection.insert(document)))
      }
      return .object([
        .init("insertedCount", .integer(ids.count)), .init("insertedIds", .array(ids)),
      ])
    case "find":
      let found = try arguments.page(of: collection)
      return .object([.init("documents", .array(found.map(OperationScript.json)))])
    case "findOne":
      let found = try arguments.page(of: collection).first
      return .object([.init("value", found.map(OperationScript.json) ?? .null)])
    case "countDocuments":
      return .object([.init("count", .integer(try arguments.matches(in: collection).count))])
    case "distinct":
      guard let key = operation["key"]?.stringValue else {
        throw DocumentError(.failedToParse, "distinct needs `key`")
      }
      let values = collection.distinct(try DocumentPath(key), try arguments.filter())
      return .object([.init("values", .array(values.map { ExtendedJSON.relaxed($0) }))])
    case "deleteOne", "deleteMany":
      let count = collection.delete(try arguments.filter(), isMany: verb == "deleteMany")
      return .object([.init("deletedCount", .integer(count))])
    case "updateOne", "updateMany", "replaceOne":
      let isMany = verb == "updateMany"
      let update = try arguments.update(isReplacement: verb == "replaceOne")
      return OperationScript.counts(
        try arguments.update(&collection, update, isMany: isMany, nowMilliseconds))
    case "findOneAndUpdate":
      return try findOneAndUpdate(&collection, arguments)
    default:
      throw DocumentError(.failedToParse, "unknown operation: \(verb)")
    }
  }

  /// Updates the first document of the order, named to the update by its `_id`.
  private func findOneAndUpdate(
    _ collection: inout DocumentCollection, _ arguments: OperationArguments
  ) throws(DocumentError) -> JSONValue {
    let update = try arguments.update(isReplacement: false)
    let first = try arguments.sorted(in: collection).first
    let result = try arguments.update(
      &collection, update, isMany: false, nowMilliseconds, onlyID: first?["_id"])
    let isAfter = arguments.json["returnDocument"]?.stringValue == "after"
    let chosen = isAfter ? result.after : result.before
    let projection = try Projection(arguments.document("projection"))
    return .object([
      .init("value", chosen.map { OperationScript.json(projection.apply(to: $0)) } ?? .null)
    ])
  }

  private static func counts(_ result: DocumentCollection.UpdateResult) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("matchedCount", .integer(result.matchedCount)),
      .init("modifiedCount", .integer(result.modifiedCount)),
    ]
    if let id = result.upsertedID { members.append(.init("upsertedId", ExtendedJSON.relaxed(id))) }
    return .object(members)
  }

  private static func json(_ document: Document) -> JSONValue {
    ExtendedJSON.relaxed(.document(document))
  }
}

/// The arguments of one operation.
private struct OperationArguments {
  let json: JSONValue

  init(_ json: JSONValue) {
    self.json = json
  }

  /// The object under a name; an empty one where it is missing.
  func document(_ name: String) throws(DocumentError) -> Document {
    try json[name].map { (value: JSONValue) throws(DocumentError) in
      try ExtendedJSON.document(value)
    } ?? Document()
  }

  func documents(_ name: String) throws(DocumentError) -> [Document] {
    guard case .array(let elements)? = json[name] else {
      throw DocumentError(.failedToParse, "`\(name)` must be an array")
    }
    var documents: [Document] = []
    for element in elements { documents.append(try ExtendedJSON.document(element)) }
    return documents
  }

  func filter() throws(DocumentError) -> Filter {
    try FilterParser.parse(document("filter"))
  }

  func update(isReplacement: Bool) throws(DocumentError) -> Update {
    let update = try UpdateParser.parse(document(json["update"] == nil ? "replacement" : "update"))
    switch (update, isReplacement) {
    case (.replacement, true), (.operators, false): return update
    case (.replacement, false):
      throw DocumentError(.badValue, "an update needs operators")
    case (.operators, true):
      throw DocumentError(.badValue, "a replacement has no operators")
    }
  }

  func matches(in collection: DocumentCollection) throws(DocumentError) -> [Document] {
    let found = collection.find(try filter()).dropFirst(try count("skip") ?? 0)
    // A limit of nought is none.
    guard let limit = try count("limit"), limit > 0 else { return Array(found) }
    return Array(found.prefix(limit))
  }

  func sorted(in collection: DocumentCollection) throws(DocumentError) -> [Document] {
    try SortOrder(document("sort")).sorted(collection.find(try filter()))
  }

  /// Filter, sort, skip, limit and projection, in this order.
  func page(of collection: DocumentCollection) throws(DocumentError) -> [Document] {
    let found = try sorted(in: collection).dropFirst(try count("skip") ?? 0)
    let projection = try Projection(document("projection"))
    let limit = try count("limit") ?? 0
    return found.prefix(limit > 0 ? limit : found.count).map { projection.apply(to: $0) }
  }

  /// - Parameter onlyID: the one document to be updated; nil for the first, or all, that match.
  func update(
    _ collection: inout DocumentCollection, _ update: Update, isMany: Bool,
    _ nowMilliseconds: Int64,
    onlyID: DocumentValue? = nil
  ) throws(DocumentError) -> DocumentCollection.UpdateResult {
    var context = Update.Context()
    context.nowMilliseconds = nowMilliseconds
    if json["arrayFilters"] != nil {
      context.arrayFilters = try UpdateParser.arrayFilters(documents("arrayFilters"))
    }
    var filter = try filter()
    if let onlyID {
      // First, so that `$` stands for what the other clauses found.
      filter = .all([.field(try DocumentPath("_id"), .compare(.equal, onlyID)), filter])
    }
    let isUpsert = json["upsert"]?.boolValue == true
    let seed = isUpsert ? try UpsertSeed.document(for: document("filter")) : nil
    return try collection.update(filter, update, context, isMany: isMany, seed: seed)
  }

  private func count(_ name: String) throws(DocumentError) -> Int? {
    guard let value = json[name] else { return nil }
    guard let number = value.integerValue(as: Int.self), number >= 0 else {
      throw DocumentError(.badValue, "`\(name)` must be an integer that is not negative")
    }
    return number
  }
}
