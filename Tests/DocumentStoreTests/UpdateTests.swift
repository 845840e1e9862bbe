import Model
import Testing

@testable import DocumentStore

@Suite struct UpdateTests {
  /// Filter, update, document before and after, and array filters.
  struct Sample: Sendable {
    var filter = "{}"
    let update: String
    let before: String
    let after: String
    var arrayFilters: [String] = []
  }

  static func apply(_ sample: Sample, isInsert: Bool = false) throws -> DocumentValue {
    let before = try document(sample.before)
    var context = Update.Context()
    context.matchedIndex = try FilterParser.parse(document(sample.filter)).matchedIndex(in: before)
    context.arrayFilters = try UpdateParser.arrayFilters(sample.arrayFilters.map(document))
    context.isInsert = isInsert
    context.nowMilliseconds = 7
    return .document(try UpdateParser.parse(document(sample.update)).apply(to: before, context))
  }

  static let samples = [
    Sample(update: #"{"$set":{"a.b":1}}"#, before: "{}", after: #"{"a":{"b":1}}"#),
    Sample(update: #"{"$set":{"a.3":1}}"#, before: #"{"a":[0]}"#, after: #"{"a":[0,null,null,1]}"#),
    Sample(
      update: #"{"$unset":{"a.0":1,"b.c":1}}"#, before: #"{"a":[1,2]}"#, after: #"{"a":[null,2]}"#),
    Sample(
      update: #"{"$inc":{"a":1}}"#, before: #"{"a":2147483647}"#,
      after: #"{"a":{"$numberLong":"2147483648"}}"#),
    Sample(update: #"{"$inc":{"a":1,"b":2}}"#, before: #"{"a":1.5}"#, after: #"{"a":2.5,"b":2}"#),
    Sample(update: #"{"$mul":{"a":3,"b":2}}"#, before: #"{"a":2}"#, after: #"{"a":6,"b":0}"#),
    Sample(
      update: #"{"$min":{"a":1},"$max":{"b":1}}"#, before: #"{"a":2,"b":2}"#,
      after: #"{"a":1,"b":2}"#),
    Sample(
      update: #"{"$rename":{"a":"c.d"}}"#, before: #"{"a":1,"b":2}"#, after: #"{"b":2,"c":{"d":1}}"#
    ),
    Sample(update: #"{"$rename":{"x":"y"}}"#, before: #"{"y":2}"#, after: #"{"y":2}"#),
    Sample(update: #"{"$push":{"a":1}}"#, before: "{}", after: #"{"a":[1]}"#),
    Sample(
      update: #"{"$push":{"a":{"$each":[5,1],"$sort":-1,"$slice":2}}}"#, before: #"{"a":[3]}"#,
      after: #"{"a":[5,3]}"#),
    Sample(
      update: #"{"$push":{"a":{"$each":[9,8],"$position":-1}}}"#, before: #"{"a":[1,2]}"#,
      after: #"{"a":[1,9,8,2]}"#),
    Sample(
      update: #"{"$push":{"a":{"$each":[{"s":1}],"$sort":{"s":1},"$slice":-2}}}"#,
      before: #"{"a":[{"s":3},{"s":2}]}"#, after: #"{"a":[{"s":2},{"s":3}]}"#),
    Sample(
      update: #"{"$addToSet":{"a":{"$each":[1,2,2]}}}"#, before: #"{"a":[1.0]}"#,
      after: #"{"a":[1.0,2]}"#),
    Sample(update: #"{"$pull":{"a":{"$gte":2}}}"#, before: #"{"a":[1,2,3]}"#, after: #"{"a":[1]}"#),
    Sample(
      update: #"{"$pull":{"a":{"b":1}}}"#, before: #"{"a":[{"b":1,"c":2},{"b":2}]}"#,
      after: #"{"a":[{"b":2}]}"#),
    Sample(
      update: #"{"$pullAll":{"a":[1,3],"z":[1]}}"#, before: #"{"a":[1,2,3]}"#, after: #"{"a":[2]}"#),
    Sample(
      update: #"{"$pop":{"a":-1,"b":1}}"#, before: #"{"a":[1,2],"b":[]}"#,
      after: #"{"a":[2],"b":[]}"#),
    Sample(
      update: #"{"$currentDate":{"a":true},"$setOnInsert":{"b":1}}"#, before: "{}",
      after: #"{"a":{"$date":7}}"#),
    Sample(
      filter: #"{"a":{"$gte":2}}"#, update: #"{"$set":{"a.$":9}}"#, before: #"{"a":[1,2,3]}"#,
      after: #"{"a":[1,9,3]}"#),
    Sample(
      filter: #"{"a.b":2}"#, update: #"{"$inc":{"a.$.n":1}}"#, before: #"{"a":[{"b":1},{"b":2}]}"#,
      after: #"{"a":[{"b":1},{"b":2,"n":1}]}"#),
    Sample(
      filter: #"{"a":{"$elemMatch":{"b":2,"c":1}}}"#, update: #"{"$set":{"a.$.b":0}}"#,
      before: #"{"a":[{"b":2},{"b":2,"c":1}]}"#, after: #"{"a":[{"b":2},{"b":0,"c":1}]}"#),
    Sample(update: #"{"$inc":{"a.$[]":1}}"#, before: #"{"a":[1,2]}"#, after: #"{"a":[2,3]}"#),
    Sample(
      update: #"{"$set":{"a.$[x].b":0}}"#, before: #"{"a":[{"b":1},{"b":5}]}"#,
      after: #"{"a":[{"b":1},{"b":0}]}"#, arrayFilters: [#"{"x.b":{"$gt":2}}"#]),
    Sample(update: #"{"b":2}"#, before: #"{"_id":1,"a":1}"#, after: #"{"_id":1,"b":2}"#),
  ]

  @Test(arguments: samples)
  func `an update changes what its case says`(sample: Sample) throws {
    let after = try UpdateTests.apply(sample)
    let expected = try value(sample.after)
    #expect(after.isIdentical(to: expected), "\(ExtendedJSON.canonical(after).text)")
  }

  @Test func `what is set on insertion is set only then`() throws {
    let sample = Sample(update: #"{"$setOnInsert":{"b":1}}"#, before: "{}", after: #"{"b":1}"#)
    #expect(try UpdateTests.apply(sample, isInsert: true).isIdentical(to: value(sample.after)))
  }

  static let refused: [(update: String, before: String, kind: DocumentError.Kind)] = [
    (#"{"$set":{"a":1},"$inc":{"a.b":1}}"#, "{}", .conflictingUpdate),
    (#"{"$set":{"_id":2}}"#, #"{"_id":1}"#, .immutableField),
    (#"{"_id":2}"#, #"{"_id":1}"#, .immutableField),
    (#"{"$unset":{"_id":1}}"#, #"{"_id":1}"#, .immutableField),
    (#"{"$set":{"a.b":1}}"#, #"{"a":1}"#, .pathNotViable),
    (#"{"$set":{"a.b":1}}"#, #"{"a":[]}"#, .pathNotViable),
    (#"{"$inc":{"a":1}}"#, #"{"a":"x"}"#, .typeMismatch),
    (#"{"$inc":{"a":1}}"#, #"{"a":9223372036854775807}"#, .badValue),
    (#"{"$push":{"a":1}}"#, #"{"a":1}"#, .badValue),
    (#"{"$set":{"a.$":1}}"#, #"{"a":[1]}"#, .badValue),
    (#"{"$set":{"a.100000":1}}"#, #"{"a":[1]}"#, .tooLarge),
    (#"{"$set":{"a":1},"b":1}"#, "{}", .failedToParse),
    (#"{"$frob":{"a":1}}"#, "{}", .failedToParse),
  ]

  @Test(arguments: refused)
  func `an update that cannot be done is refused`(
    _ sample: (update: String, before: String, kind: DocumentError.Kind)
  ) throws {
    let error = #expect(throws: DocumentError.self) {
      try UpdateTests.apply(Sample(update: sample.update, before: sample.before, after: "{}"))
    }
    #expect(error?.kind == sample.kind)
  }
}
