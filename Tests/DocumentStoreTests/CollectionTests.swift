import Model
import Testing

@testable import DocumentStore

@Suite struct CollectionTests {
  static func texts(_ documents: [Document]) -> [String] {
    documents.map { ExtendedJSON.relaxed(.document($0)).text }
  }

  static func collection(_ texts: [String]) throws -> DocumentCollection {
    var collection = DocumentCollection()
    for text in texts { _ = try collection.insert(document(text)) }
    return collection
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
    var collection = DocumentCollection()
    let filter = try document(#"{"_id":7,"a.b":1,"c":{"$gt":3}}"#)
    let update = try UpdateParser.parse(document(#"{"$inc":{"n":2}}"#))
    for _ in 0..<2 {
      _ = try collection.update(
        FilterParser.parse(document(#"{"_id":7}"#)), update, Update.Context(), isMany: false,
        seed: UpsertSeed.document(for: filter))
    }
    #expect(CollectionTests.texts(collection.documents) == [#"{"_id":7,"a":{"b":1},"n":4}"#])
  }

  @Test func `an update that is refused for one document changes none`() throws {
    let texts = [#"{"_id":1,"a":1}"#, #"{"_id":2,"a":"x"}"#]
    var collection = try CollectionTests.collection(texts)
    let update = try UpdateParser.parse(document(#"{"$inc":{"a":1}}"#))
    #expect(throws: DocumentError.self) {
      try collection.update(.all([]), update, Update.Context(), isMany: true, seed: nil)
    }
    #expect(CollectionTests.texts(collection.documents) == texts)
  }

  @Test func `an id is taken once, whatever its type of number`() throws {
    var collection = try CollectionTests.collection([#"{"_id":1}"#])
    #expect(throws: DocumentError.self) { try collection.insert(document(#"{"_id":1.0}"#)) }
  }

  @Test func `distinct takes the elements of arrays, each once`() throws {
    let collection = try CollectionTests.collection([#"{"a":[1,2]}"#, #"{"a":2.0}"#, "{}"])
    let values = collection.distinct(try DocumentPath("a"), .all([]))
    #expect(values.map { ExtendedJSON.relaxed($0).text } == ["1", "2"])
  }
}
