import Model
import Testing

@testable import DocumentStore

@Suite struct OperationScriptTests {
  /// Operations on one collection, each with its result.
  static let lines = [
    (
      #""op":"insertMany","documents":[{"_id":1,"a":3},{"_id":2,"a":1},{"a":2}]"#,
      #"{"insertedCount":3,"insertedIds":[1,2,{"$oid":"000000000000000000000001"}]}"#
    ),
    (
      #""op":"find","sort":{"a":1},"skip":1,"limit":1,"projection":{"a":1,"_id":0}"#,
      #"{"documents":[{"a":2}]}"#
    ),
    (
      #""op":"updateMany","filter":{"a":{"$gte":2}},"update":{"$max":{"a":3}}"#,
      #"{"matchedCount":2,"modifiedCount":1}"#
    ),
    (
      #""op":"updateOne","filter":{"_id":9},"update":{"$set":{"a":0}},"upsert":true"#,
      #"{"matchedCount":0,"modifiedCount":0,"upsertedId":9}"#
    ),
    (
      #""op":"findOneAndUpdate","sort":{"a":-1,"_id":1},"update":{"$inc":{"a":5}},"returnDocument":"after""#,
      #"{"value":{"_id":1,"a":8}}"#
    ),
    (
      #""op":"replaceOne","filter":{"_id":2},"update":{"b":1}"#,
      #"{"matchedCount":1,"modifiedCount":1}"#
    ),
    (#""op":"findOne","filter":{"_id":2}"#, #"{"value":{"_id":2,"b":1}}"#),
    (#""op":"distinct","key":"a""#, #"{"values":[8,3,0]}"#),
    (#""op":"countDocuments","filter":{"a":{"$exists":true}}"#, #"{"count":3}"#),
    (#""op":"deleteMany","filter":{"a":{"$lt":5}}"#, #"{"deletedCount":2}"#),
    (#""op":"findOne","filter":{"_id":9}"#, #"{"value":null}"#),
  ]

  @Test func `operations answer with the names that drivers use`() throws {
    let script = OperationScript(DocumentStore(MemoryDocuments()), nowMilliseconds: 0)
    for (operation, result) in OperationScriptTests.lines {
      let json = try JSONParser.parse(#"{"collection":"c",\#(operation)}"#)
      #expect(try script.apply(json).text == result, "\(operation)")
    }
  }

  @Test(arguments: [
    #"{"op":"find"}"#, #"{"collection":"c","op":"aggregate"}"#,
    #"{"collection":"c","op":"find","skip":-1}"#,
    #"{"collection":"c","op":"updateOne","update":{"a":1}}"#,
    #"{"collection":"c","op":"replaceOne","update":{"$set":{"a":1}}}"#,
  ])
  func `an operation that cannot be meant is refused`(text: String) throws {
    let script = OperationScript(DocumentStore(MemoryDocuments()), nowMilliseconds: 0)
    let operation = try JSONParser.parse(text)
    #expect(throws: DocumentError.self) { try script.apply(operation) }
  }
}
