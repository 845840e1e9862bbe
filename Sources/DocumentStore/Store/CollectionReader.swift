/// Answers questions about one collection as one transaction sees it.
package struct CollectionReader {
  /// What an answer has cost.
  package struct Statistics: Hashable, Sendable {
    package var keysExamined = 0
    package var docsExamined = 0
  }

  let reader: any DocumentReader
  /// Nil for a collection that was never made, which is an empty one.
  let catalog: CollectionCatalog?
  package private(set) var statistics = Statistics()

  init(_ reader: any DocumentReader, _ catalog: CollectionCatalog?) {
    self.reader = reader
    self.catalog = catalog
  }

  /// The indexes, that of `_id` first.
  package var indexes: [IndexDescription] { catalog?.indexes ?? [] }

  /// The documents that match, in the order that is asked for; equal ones, and all of them without an order, in that of their
  /// insertion. The answer does not depend on the indexes, its cost does.
  ///
  /// - Parameter limit: nil for no limit.
  /// - Throws: `ExceededLimit` where more than ``DocumentLimits/documentsHeldMax`` would have to be held.
  package mutating func find(
    _ filter: Filter, sort: SortOrder? = nil, skip: Int = 0, limit: Int? = nil
  ) throws(DocumentError) -> [StoredDocument] {
    let sort = sort.flatMap { $0.keys.isEmpty ? nil : $0 }
    let plan = QueryPlanner(filter: filter, sort: sort).plan(indexes)
    let isOrdered = plan.isOrdered(by: sort)
    var found: [StoredDocument] = []
    var toSkip = isOrdered ? skip : 0
    let wanted = isOrdered ? limit : nil
    if wanted == 0 { return [] }
    try scan(plan) { (stored) throws(DocumentError) -> Bool in
      guard filter.matches(stored.document) else { return true }
      guard toSkip == 0 else {
        toSkip -= 1
        return true
      }
      guard found.count < DocumentLimits.documentsHeldMax else {
        throw DocumentError(
          .tooLarge,
          "more than \(DocumentLimits.documentsHeldMax) documents match; give a limit or a narrower filter"
        )
      }
      found.append(stored)
      return found.count != wanted
    }
    guard !isOrdered, let sort else { return found }
    let ordered = sort.order(of: found.map(\.document)).dropFirst(skip)
    return ordered.prefix(limit ?? ordered.count).map { found[$0] }
  }

  /// How many documents match.
  package mutating func count(_ filter: Filter) throws(DocumentError) -> Int {
    var count = 0
    let plan = QueryPlanner(filter: filter, sort: nil).plan(indexes)
    try scan(plan) { (stored) throws(DocumentError) -> Bool in
      if filter.matches(stored.document) { count += 1 }
      return true
    }
    return count
  }

  /// The values at a path in the documents that match, elements of arrays each, as they are first seen.
  package mutating func distinct(_ path: DocumentPath, _ filter: Filter) throws(DocumentError)
    -> [DocumentValue]
  {
    var values: [DocumentValue] = []
    var seen: Set<[UInt8]> = []
    let plan = QueryPlanner(filter: filter, sort: nil).plan(indexes)
    try scan(plan) { (stored) throws(DocumentError) -> Bool in
      guard filter.matches(stored.document) else { return true }
      for case .some(let place) in path.places(in: stored.document) {
        for value in place.arrayValue ?? [place] where seen.insert(IndexKey.bytes(value)).inserted {
          values.append(value)
        }
      }
      return true
    }
    return values
  }

  /// Hands the documents of a plan on, until the visitor has enough.
  private mutating func scan(
    _ plan: QueryPlan, _ visit: (StoredDocument) throws(DocumentError) -> Bool
  ) throws(DocumentError) {
    guard let catalog else { return }
    switch plan {
    case .collection:
      var numbers = catalog.numbers
      while true {
        let page = try reader.documents(
          in: numbers, isReversed: false, limit: DocumentLimits.pageItems)
        for stored in page {
          statistics.docsExamined += 1
          guard try visit(stored) else { return }
        }
        guard page.count == DocumentLimits.pageItems, let last = page.last,
          last.number < numbers.upperBound
        else { return }
        numbers = (last.number + 1)...numbers.upperBound
      }
    case .index(let scan):
      var cursor = IndexCursor(scan)
      while let numbers = try cursor.next(reader) {
        let documents = try reader.documents(numbered: numbers)
        for (number, document) in zip(numbers, documents) {
          guard let document else {
            throw DocumentError(.storageFailure, "an index names a document that is not there")
          }
          statistics.docsExamined += 1
          statistics.keysExamined = cursor.keysExamined
          guard try visit(StoredDocument(number: number, document: document)) else { return }
        }
      }
      statistics.keysExamined = cursor.keysExamined
    }
  }
}

extension CollectionReader {
  /// Which way the documents would be found, and what that costs, with the names that drivers know.
  package mutating func explain(
    _ filter: Filter, sort: SortOrder? = nil, skip: Int = 0, limit: Int? = nil
  ) throws(DocumentError) -> Document {
    statistics = Statistics()
    let found = try find(filter, sort: sort, skip: skip, limit: limit)
    let order = sort.flatMap { $0.keys.isEmpty ? nil : $0 }
    let plan = QueryPlanner(filter: filter, sort: order).plan(indexes)
    var stage = plan.explanation
    if let order, !plan.isOrdered(by: order) {
      var sorting = Document()
      sorting["stage"] = .string("SORT")
      sorting["sortPattern"] = .document(order.pattern)
      sorting["inputStage"] = .document(stage)
      stage = sorting
    }
    var planner = Document()
    planner["winningPlan"] = .document(stage)
    var execution = Document()
    execution["nReturned"] = .int64(Int64(found.count))
    execution["totalKeysExamined"] = .int64(Int64(statistics.keysExamined))
    execution["totalDocsExamined"] = .int64(Int64(statistics.docsExamined))
    var explanation = Document()
    explanation["queryPlanner"] = .document(planner)
    explanation["executionStats"] = .document(execution)
    return explanation
  }
}

extension QueryPlan {
  /// Whether documents come in this order, or in that of their numbers where none is asked for.
  func isOrdered(by sort: SortOrder?) -> Bool {
    guard sort != nil else { return true }
    if case .index(let scan) = self, case .byKeys = scan.delivery { return true }
    return false
  }

  fileprivate var explanation: Document {
    var stage = Document()
    guard case .index(let scan) = self else {
      stage["stage"] = .string("COLLSCAN")
      return stage
    }
    var input = Document()
    input["stage"] = .string("IXSCAN")
    input["indexName"] = .string(scan.index.name)
    input["keyPattern"] = .document(scan.index.pattern)
    input["isMultiKey"] = .bool(scan.index.isMultikey)
    input["isUnique"] = .bool(scan.index.isUnique)
    input["direction"] = .string(scan.isReversed ? "backward" : "forward")
    stage["stage"] = .string("FETCH")
    stage["inputStage"] = .document(input)
    return stage
  }
}
