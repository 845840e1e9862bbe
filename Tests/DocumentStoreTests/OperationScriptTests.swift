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

  static let indexLines = [
    (
      #""op":"createIndex","keys":{"a":1,"t":-1},"options":{"unique":true}"#,
      #"{"name":"a_1_t_-1"}"#
    ),
    (
      #""op":"insertMany","documents":[{"_id":1,"a":1,"t":5},{"_id":2,"a":1,"t":7},{"_id":3,"a":2,"t":5}]"#,
      #"{"insertedCount":3,"insertedIds":[1,2,3]}"#
    ),
    (
      #""op":"createIndex","keys":{"a":1,"t":-1},"options":{"unique":true}"#,
      #"{"name":"a_1_t_-1"}"#
    ),
    (
      #""op":"find","filter":{"a":1},"sort":{"t":-1},"limit":1"#,
      #"{"documents":[{"_id":2,"a":1,"t":7}]}"#
    ),
    (
      #""op":"explain","filter":{"a":1},"sort":{"t":1},"limit":1"#,
      #"{"queryPlanner":{"winningPlan":{"stage":"FETCH","inputStage":{"stage":"IXSCAN","indexName":"a_1_t_-1","keyPattern":{"a":1,"t":-1},"isMultiKey":false,"isUnique":true,"direction":"backward"}}},"executionStats":{"nReturned":1,"totalKeysExamined":2,"totalDocsExamined":1}}"#
    ),
    (
      #""op":"explain","filter":{"t":5},"sort":{"t":1}"#,
      #"{"queryPlanner":{"winningPlan":{"stage":"SORT","sortPattern":{"t":1},"inputStage":{"stage":"COLLSCAN"}}},"executionStats":{"nReturned":2,"totalKeysExamined":0,"totalDocsExamined":3}}"#
    ),
    (#""op":"dropIndex","name":"a_1_t_-1""#, #"{"ok":1}"#),
    (
      #""op":"explain","filter":{"a":1}"#,
      #"{"queryPlanner":{"winningPlan":{"stage":"COLLSCAN"}},"executionStats":{"nReturned":2,"totalKeysExamined":0,"totalDocsExamined":3}}"#
    ),
  ]

  @Test func `an explanation names the index, and an index that was dropped is not used`() throws {
    let script = OperationScript(DocumentStore(MemoryDocuments()), nowMilliseconds: 0)
    for (operation, result) in OperationScriptTests.indexLines {
      let json = try JSONParser.parse(#"{"collection":"c",\#(operation)}"#)
      #expect(try script.apply(json).text == result, "\(operation)")
    }
  }

  /// Operations that break the promise of a unique index on `a`, each on documents 1 (`a` 1) and 2 (`a` 2).
  static let duplicates = [
    #""op":"insertMany","documents":[{"_id":9,"a":9},{"a":2}]"#,
    #""op":"updateOne","filter":{"_id":1},"update":{"$set":{"a":2.0}}"#,
    #""op":"updateMany","update":{"$set":{"a":5}}"#,
    #""op":"replaceOne","filter":{"_id":1},"update":{"a":[7,2]}"#,
    #""op":"updateOne","filter":{"_id":3},"update":{"$set":{"a":1}},"upsert":true"#,
    #""op":"insertMany","documents":[{"_id":9,"a":9},{"_id":2}]"#,
  ]

  @Test(arguments: duplicates)
  func `a unique index refuses a second document and changes nothing`(operation: String) throws {
    let script = OperationScript(DocumentStore(MemoryDocuments()), nowMilliseconds: 0)
    func apply(_ text: String) throws -> String {
      try script.apply(JSONParser.parse(#"{"collection":"c",\#(text)}"#)).text
    }
    _ = try apply(#""op":"createIndex","keys":{"a":1},"options":{"unique":true}"#)
    _ = try apply(#""op":"insertMany","documents":[{"_id":1,"a":1},{"_id":2,"a":2}]"#)
    let error = #expect(throws: DocumentError.self) { try apply(operation) }
    #expect(error?.kind == .duplicateKey)
    #expect(error?.message.contains("collection `c`, unique index") == true)
    _ = try apply(#""op":"deleteMany","filter":{"_id":9}"#)
    #expect(
      try apply(#""op":"find","sort":{"a":1}"#)
        == #"{"documents":[{"_id":1,"a":1},{"_id":2,"a":2}]}"#)
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
