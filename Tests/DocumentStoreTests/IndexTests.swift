import Model
import TestSupport
import Testing

@testable import DocumentStore

@Suite struct IndexTests {
  @Test(arguments: TestSeed.all(20))
  func `keys have the order of values, ascending and descending`(seed: UInt64) {
    var source = SeededRandom(seed: seed)
    let values = (0..<60).map { _ in PropertyTests.random(&source) }
    for left in values {
      for right in values {
        let keys = (IndexKey.bytes(left), IndexKey.bytes(right))
        #expect(
          IndexTests.ordering(keys.0, keys.1) == left.ordering(to: right),
          "seed \(seed): \(left), \(right)")
        let turned = (IndexKey.complement(keys.0), IndexKey.complement(keys.1))
        #expect(
          IndexTests.ordering(turned.0, turned.1) == right.ordering(to: left),
          "seed \(seed): \(left), \(right) descending")
      }
    }
  }

  static func ordering(_ left: [UInt8], _ right: [UInt8]) -> Ordering {
    if left == right { return .same }
    return left.lexicographicallyPrecedes(right) ? .before : .after
  }

  @Test(arguments: TestSeed.all(20))
  func `a reader of keys finds the end of every value`(seed: UInt64) {
    var source = SeededRandom(seed: seed)
    for _ in 0..<100 {
      let values = (0..<3).map { _ in PropertyTests.random(&source) }
      let isDescending = source.chance(50)
      let parts = values.map { value in
        isDescending ? IndexKey.complement(IndexKey.bytes(value)) : IndexKey.bytes(value)
      }
      let bytes = Array(parts.joined())
      var reader = IndexKeyReader(bytes, at: 0)
      var end = 0
      for part in parts {
        reader.skip(isDescending: isDescending)
        end += part.count
        #expect(reader.position == end, "seed \(seed): \(values)")
      }
    }
  }

  static let patterns = [
    #"{"a":1}"#, #"{"a":-1}"#, #"{"a":1,"b":1}"#, #"{"b":1,"a":-1}"#, #"{"a.b":1}"#,
    #"{"a.b":-1,"b":1}"#, #"{"b":-1}"#,
  ]

  static func filter(_ source: inout SeededRandom, depth: Int = 0) throws -> Document {
    var result = Document()
    for _ in 0..<(source.below(2) + 1) {
      let operand = PropertyTests.random(&source, depth: 1)
      let path = source.pick(["a", "b", "a.b"])
      switch source.below(depth == 0 ? 9 : 6) {
      case 0, 1: result[path] = operand
      case 2:
        let name = source.pick(["$gt", "$gte", "$lt", "$lte"])
        result[path] = .document(Document(operand, named: name))
      case 3:
        var range = Document(operand, named: "$gte")
        range["$lte"] = PropertyTests.random(&source, depth: 1)
        result[path] = .document(range)
      case 4:
        let values = [operand, PropertyTests.random(&source, depth: 1)]
        result[path] = .document(Document(.array(values), named: "$in"))
      case 5: result[path] = .document(Document(operand, named: "$ne"))
      case 6:
        let parts = try (0..<2).map { _ in
          DocumentValue.document(try filter(&source, depth: 1))
        }
        result[source.pick(["$or", "$and", "$nor"])] = .array(parts)
      case 7:
        let inner = Document(operand, named: source.pick(["$gte", "$lt", "$eq"]))
        result["a"] = .document(Document(.document(inner), named: "$elemMatch"))
      default:
        let inner = Document(operand, named: "b")
        result["a"] = .document(Document(.document(inner), named: "$elemMatch"))
      }
    }
    return result
  }

  static func sort(_ source: inout SeededRandom) throws -> SortOrder? {
    guard source.chance(70) else { return nil }
    var document = Document()
    for _ in 0..<(source.below(2) + 1) {
      document[source.pick(["a", "b", "a.b"])] = .int32(source.chance(50) ? 1 : -1)
    }
    return try SortOrder(document)
  }

  /// What answers a question without any index, by the whole list.
  static func plainAnswer(
    _ documents: [StoredDocument], _ filter: Filter, _ sort: SortOrder?, _ skip: Int, _ limit: Int?
  ) -> [Int64] {
    let matching = documents.filter { filter.matches($0.document) }
    let order = sort?.order(of: matching.map(\.document)) ?? Array(matching.indices)
    let rest = order.dropFirst(skip)
    return rest.prefix(limit ?? rest.count).map { matching[$0].number }
  }

  @Test(arguments: TestSeed.all(60))
  func `answers do not depend on the indexes`(seed: UInt64) throws {
    var source = SeededRandom(seed: seed)
    let store = DocumentStore(MemoryDocuments())
    let hasArrays = source.chance(50)
    let count = source.chance(10) ? 600 : 40
    try store.write("c") { (writer) throws(DocumentError) in
      // Some indexes are there first, others are filled later.
      let patterns = (0..<4).map { _ in source.pick(IndexTests.patterns) }
      for pattern in patterns.prefix(2) { try IndexTests.make(pattern, &writer) }
      for id in 0..<count {
        var document = Document(.int32(Int32(id)), named: "_id")
        for name in ["a", "b"] where source.chance(80) {
          document[name] = PropertyTests.random(&source, depth: hasArrays ? 0 : 2)
        }
        _ = try writer.insert(document)
      }
      for pattern in patterns.dropFirst(2) { try IndexTests.make(pattern, &writer) }
    }
    let all = try store.read("c") { (reader) throws(DocumentError) in try reader.find(.all([])) }
    #expect(all.count == count)
    for _ in 0..<40 {
      let text = try IndexTests.filter(&source)
      let filter = try FilterParser.parse(text)
      let sort = try IndexTests.sort(&source)
      let skip = source.below(3)
      let limit = source.chance(50) ? source.below(5) + 1 : nil
      let (found, plan) = try store.read("c") {
        (reader) throws(DocumentError) -> ([StoredDocument], Document) in
        (
          try reader.find(filter, sort: sort, skip: skip, limit: limit),
          try reader.explain(filter, sort: sort)
        )
      }
      let expected = IndexTests.plainAnswer(all, filter, sort, skip, limit)
      #expect(
        found.map(\.number) == expected,
        "seed \(seed): \(ExtendedJSON.canonical(.document(text)).text), \(ExtendedJSON.relaxed(.document(plan)).text)"
      )
    }
  }

  static func make(_ pattern: String, _ writer: inout CollectionWriter) throws(DocumentError) {
    do {
      _ = try writer.createIndex(try document(pattern))
    } catch let error as DocumentError {
      throw error
    } catch {
      throw DocumentError(.failedToParse, "\(error)")
    }
  }
}
