import Model
import Testing

@testable import DocumentStore

@Suite struct CollectionTests {
  static func texts(_ documents: [Document]) -> [String] {
    documents.map { ExtendedJSON.relaxed(.document($0)).text }
  }

  static func store(_ texts: [String]) throws -> DocumentStore<MemoryDocuments> {
    let store = DocumentStore(MemoryDocuments())
    let documents = try texts.map(document)
    try store.write("c") { (writer) throws(DocumentError) in
      for document in documents { _ = try writer.insert(document) }
    }
    return store
  }

  static func all(_ store: DocumentStore<MemoryDocuments>) throws -> [Document] {
    try store.read("c") { (reader) throws(DocumentError) in try reader.find(.all([])) }
      .map(\.document)
  }

  @Test func `arrays sort by their least element upwards and by their greatest downwards`() throws {
    let documents = try ["[2,9]", "3", "[]", "null", "[1,4]"].map { try document(#"{"a":\#($0)}"#) }
    let up = try SortOrder(document(#"{"a":1}"#)).sorted(documents)
    #expect(
      CollectionTests.texts(up)
        == [#"{"a":[]}"#, #"{"a":null}"#, #"{"a":[1,4]}"#, #"{"a":[2,9]}"#, #"{"a":3}"#])
    let down = try SortOrder(document(#"{"a":-1}"#)).sorted(documents)
    #expect(
      CollectionTests.texts(down)
        == [#"{"a":[2,9]}"#, #"{"a":[1,4]}"#, #"{"a":3}"#, #"{"a":null}"#, #"{"a":[]}"#])
  }

  static let projections = [
    [#"{"a":1}"#, #"{"_id":1,"a":[{"b":1,"c":2},5]}"#],
    [#"{"a.b":1,"_id":0}"#, #"{"a":[{"b":1}]}"#],
    [#"{"a.b":0}"#, #"{"_id":1,"a":[{"c":2},5],"d":3}"#],
    [#"{"_id":0}"#, #"{"a":[{"b":1,"c":2},5],"d":3}"#],
    [#"{"_id":1}"#, #"{"_id":1}"#],
  ]

  @Test(arguments: projections)
  func `a projection shows what it names`(sample: [String]) throws {
    let whole = try document(#"{"_id":1,"a":[{"b":1,"c":2},5],"d":3}"#)
    let shown = try Projection(document(sample[0])).apply(to: whole)
    #expect(CollectionTests.texts([shown]) == [sample[1]])
  }

  @Test func `an upsert inserts what its filter asks for and its update sets`() throws {
    let store = DocumentStore(MemoryDocuments())
    let seed = try UpsertSeed.document(for: document(#"{"_id":7,"a.b":1,"c":{"$gt":3}}"#))
    let update = try UpdateParser.parse(document(#"{"$inc":{"n":2}}"#))
    let filter = try FilterParser.parse(document(#"{"_id":7}"#))
    for _ in 0..<2 {
      try store.write("c") { (writer) throws(DocumentError) in
        _ = try writer.update(filter, update, Update.Context(), isMany: false, seed: seed)
      }
    }
    #expect(
      try CollectionTests.texts(CollectionTests.all(store)) == [#"{"_id":7,"a":{"b":1},"n":4}"#])
  }

  @Test func `an update that is refused for one document changes none`() throws {
    let texts = [#"{"_id":1,"a":1}"#, #"{"_id":2,"a":"x"}"#]
    let store = try CollectionTests.store(texts)
    let update = try UpdateParser.parse(document(#"{"$inc":{"a":1}}"#))
    #expect(throws: DocumentError.self) {
      try store.write("c") { (writer) throws(DocumentError) in
        _ = try writer.update(.all([]), update, Update.Context(), isMany: true, seed: nil)
      }
    }
    #expect(try CollectionTests.texts(CollectionTests.all(store)) == texts)
  }

  @Test func `an id is taken once, whatever its type of number`() {
    let error = #expect(throws: DocumentError.self) {
      try CollectionTests.store([#"{"_id":1}"#, #"{"_id":1.0}"#])
    }
    #expect(error?.kind == .duplicateKey)
  }

  @Test func `distinct takes the elements of arrays, each once`() throws {
    let store = try CollectionTests.store([#"{"a":[1,2]}"#, #"{"a":2.0}"#, "{}"])
    let path = try DocumentPath("a")
    let values = try store.read("c") { (reader) throws(DocumentError) in
      try reader.distinct(path, .all([]))
    }
    #expect(values.map { ExtendedJSON.relaxed($0).text } == ["1", "2"])
  }

  @Test func `a store in memory refuses what is above its limit, and each use takes its time`()
    throws
  {
    var transactions = 0
    let store = DocumentStore(MemoryDocuments(documentsMax: 2) { transactions += 1 })
    let insert = { (id: Int32) throws in
      try store.write("c") { (writer) throws(DocumentError) in
        var document = Document()
        document["_id"] = .int32(id)
        _ = try writer.insert(document)
      }
    }
    try insert(1)
    let error = #expect(throws: DocumentError.self) { try insert(2) }
    #expect(error?.kind == .tooLarge)
    let count = try store.read("c") { (reader) throws(DocumentError) in try reader.count(.all([])) }
    #expect(count == 1)
    #expect(transactions == 3)
  }
}
