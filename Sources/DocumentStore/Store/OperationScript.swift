package import Model

/// Runs operations that are written as JSON, one at a time, on a store; results have the drivers' names.
///
/// Not known: `aggregate`. It is refused.
package struct OperationScript<Backend: DocumentBackend> {
  private let store: DocumentStore<Backend>
  /// For `$currentDate`, since 1970.
  private let nowMilliseconds: Int64

  package init(_ store: DocumentStore<Backend>, nowMilliseconds: Int64) {
    self.store = store
    self.nowMilliseconds = nowMilliseconds
  }

  /// The result of one operation, in relaxed Extended JSON. A refused one changes nothing, but for the documents that
  /// `insertMany` inserted before.
  package func apply(_ operation: JSONValue) throws(DocumentError) -> JSONValue {
    guard let name = operation["collection"]?.stringValue, let verb = operation["op"]?.stringValue
    else { throw DocumentError(.failedToParse, "an operation needs `collection` and `op`") }
    let arguments = OperationArguments(json: operation, nowMilliseconds: nowMilliseconds)
    switch verb {
    case "insertMany", "insertOne": return try insert(arguments, into: name, verb)
    case "find", "findOne", "countDocuments", "distinct", "explain":
      return try store.read(name) { (reader) throws(DocumentError) in
        try OperationScript.answer(verb, arguments, &reader)
      }
    case "deleteOne", "deleteMany", "updateOne", "updateMany", "replaceOne", "findOneAndUpdate",
      "createIndex", "dropIndex":
      return try store.write(name) { (writer) throws(DocumentError) in
        try OperationScript.change(verb, arguments, &writer)
      }
    default: throw DocumentError(.failedToParse, "unknown operation: \(verb)")
    }
  }

  /// Inserts documents up to the first that is refused, which is named by its place.
  private func insert(_ arguments: OperationArguments, into name: String, _ verb: String)
    throws(DocumentError) -> JSONValue
  {
    let isOne = verb == "insertOne"
    let documents = try isOne ? [arguments.document("document")] : arguments.documents("documents")
    var ids: [JSONValue] = []
    var refusal: DocumentError?
    try store.write(name) { (writer) throws(DocumentError) in
      for document in documents {
        do throws(DocumentError) {
          ids.append(ExtendedJSON.relaxed(try writer.insert(document)))
        } catch {
          refusal = error
          return
        }
      }
    }
    if let refusal {
      let before = isOne ? "" : "document \(ids.count + 1), after \(ids.count) inserted: "
      throw DocumentError(refusal.kind, before + refusal.message)
    }
    if isOne, let id = ids.first { return .object([.init("insertedId", id)]) }
    return .object([.init("insertedCount", .integer(ids.count)), .init("insertedIds", .array(ids))])
  }

  private static func answer(
    _ verb: String, _ arguments: OperationArguments, _ reader: inout CollectionReader
  ) throws(DocumentError) -> JSONValue {
    let (skip, limit) = (try arguments.count("skip") ?? 0, try arguments.limit())
    let filter = try arguments.filter()
    switch verb {
    case "countDocuments":
      let found = max(try reader.count(filter) - skip, 0)
      return .object([.init("count", .integer(min(found, limit ?? found)))])
    case "distinct":
      guard let key = arguments.json["key"]?.stringValue else {
        throw DocumentError(.failedToParse, "distinct needs `key`")
      }
      let values = try reader.distinct(try DocumentPath(key), filter)
      return .object([.init("values", .array(values.map { ExtendedJSON.relaxed($0) }))])
    case "explain":
      return json(
        try reader.explain(filter, sort: try arguments.sort(), skip: skip, limit: limit))
    default:
      let isOne = verb == "findOne"
      let projection = try Projection(arguments.document("projection"))
      let found = try reader.find(
        filter, sort: try arguments.sort(), skip: skip, limit: isOne ? 1 : limit)
      let shown = found.map { json(projection.apply(to: $0.document)) }
      return isOne
        ? .object([.init("value", shown.first ?? .null)])
        : .object([.init("documents", .array(shown))])
    }
  }

  private static func change(
    _ verb: String, _ arguments: OperationArguments, _ writer: inout CollectionWriter
  ) throws(DocumentError) -> JSONValue {
    switch verb {
    case "deleteOne", "deleteMany":
      let count = try writer.delete(try arguments.filter(), isMany: verb == "deleteMany")
      return .object([.init("deletedCount", .integer(count))])
    case "createIndex":
      let name = try writer.createIndex(
        try arguments.document("keys"), try arguments.document("options"))
      return .object([.init("name", .string(name))])
    case "dropIndex":
      guard let name = arguments.json["name"]?.stringValue else {
        throw DocumentError(.failedToParse, "dropIndex needs `name`")
      }
      try writer.dropIndex(name)
      return .object([.init("ok", .integer(1))])
    case "findOneAndUpdate":
      let result = try arguments.update(
        &writer, isReplacement: false, isMany: false, sort: try arguments.sort())
      let isAfter = arguments.json["returnDocument"]?.stringValue == "after"
      let projection = try Projection(arguments.document("projection"))
      let chosen = isAfter ? result.after : result.before
      return .object([.init("value", chosen.map { json(projection.apply(to: $0)) } ?? .null)])
    default:
      return counts(
        try arguments.update(
          &writer, isReplacement: verb == "replaceOne", isMany: verb == "updateMany", sort: nil))
    }
  }

  private static func counts(_ result: CollectionWriter.UpdateResult) -> JSONValue {
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
  let nowMilliseconds: Int64

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

  func sort() throws(DocumentError) -> SortOrder { try SortOrder(document("sort")) }

  /// Nil for no limit, which a limit of nought is as well.
  func limit() throws(DocumentError) -> Int? {
    try count("limit").flatMap { $0 == 0 ? nil : $0 }
  }

  func update(
    _ writer: inout CollectionWriter, isReplacement: Bool, isMany: Bool, sort: SortOrder?
  ) throws(DocumentError) -> CollectionWriter.UpdateResult {
    var context = Update.Context()
    context.nowMilliseconds = nowMilliseconds
    if json["arrayFilters"] != nil {
      context.arrayFilters = try UpdateParser.arrayFilters(documents("arrayFilters"))
    }
    let isUpsert = json["upsert"]?.boolValue == true
    return try writer.update(
      try filter(), try update(isReplacement: isReplacement), context, sort: sort, isMany: isMany,
      seed: isUpsert ? try UpsertSeed.document(for: document("filter")) : nil)
  }

  func count(_ name: String) throws(DocumentError) -> Int? {
    guard let value = json[name] else { return nil }
    guard let number = value.integerValue(as: Int.self), number >= 0 else {
      throw DocumentError(.badValue, "`\(name)` must be an integer that is not negative")
    }
    return number
  }
}
