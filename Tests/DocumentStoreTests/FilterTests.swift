import Testing

@testable import DocumentStore

@Suite struct FilterTests {
  /// A filter, a document, and whether they match.
  static let cases: [(filter: String, document: String, isMatch: Bool)] = [
    ("{}", #"{"a":1}"#, true),
    (#"{"a":1}"#, #"{"a":1.0}"#, true),
    (#"{"a":1}"#, #"{"a":"1"}"#, false),
    (#"{"a":1}"#, #"{"a":[2,1]}"#, true),
    (#"{"a":[1,2]}"#, #"{"a":[1,2]}"#, true),
    (#"{"a":[1,2]}"#, #"{"a":[2,1]}"#, false),
    (#"{"a":[1,2]}"#, #"{"a":[[1,2],3]}"#, true),
    (#"{"a":{"x":1,"y":2}}"#, #"{"a":{"x":1,"y":2}}"#, true),
    (#"{"a":{"x":1,"y":2}}"#, #"{"a":{"y":2,"x":1}}"#, false),
    (#"{"a":null}"#, "{}", true),
    (#"{"a":null}"#, #"{"a":null}"#, true),
    (#"{"a":null}"#, #"{"a":0}"#, false),
    (#"{"a.b":null}"#, #"{"a":5}"#, true),
    (#"{"a.b":null}"#, #"{"a":[]}"#, false),
    (#"{"a.b":null}"#, #"{"a":[{"b":1},{"c":2}]}"#, true),
    (#"{"a.b":2}"#, #"{"a":[{"b":1},{"b":2}]}"#, true),
    (#"{"a.1.b":2}"#, #"{"a":[{"b":1},{"b":2}]}"#, true),
    (#"{"a.0.b":2}"#, #"{"a":[{"b":1},{"b":2}]}"#, false),
    (#"{"a.0":7}"#, #"{"a":{"0":7}}"#, true),
    (#"{"a.0":7}"#, #"{"a":[[7]]}"#, true),
    (#"{"a.b":1}"#, #"{"a":[[{"b":1}]]}"#, false),
    (#"{"a":{"$gt":1,"$lt":3}}"#, #"{"a":[0,4]}"#, true),
    (#"{"a":{"$elemMatch":{"$gt":1,"$lt":3}}}"#, #"{"a":[0,4]}"#, false),
    (#"{"a":{"$elemMatch":{"$gt":1,"$lt":3}}}"#, #"{"a":[0,2]}"#, true),
    (#"{"a":{"$elemMatch":{"$not":{"$gt":1}}}}"#, #"{"a":[5,0]}"#, true),
    (#"{"a":{"$elemMatch":{"b":1,"c":2}}}"#, #"{"a":[{"b":1,"c":3},{"b":2,"c":2}]}"#, false),
    (#"{"a.b":1,"a.c":2}"#, #"{"a":[{"b":1,"c":3},{"b":2,"c":2}]}"#, true),
    (#"{"a":{"$gt":5}}"#, #"{"a":"x"}"#, false),
    (#"{"a":{"$lt":5}}"#, #"{"a":{"$numberDouble":"NaN"}}"#, false),
    (#"{"a":{"$gte":null}}"#, "{}", true),
    (#"{"a":{"$gt":null}}"#, "{}", false),
    (#"{"a":{"$ne":1}}"#, #"{"a":[1,2]}"#, false),
    (#"{"a":{"$ne":1}}"#, "{}", true),
    (#"{"a":{"$in":[null,3]}}"#, "{}", true),
    (#"{"a":{"$nin":[1,2]}}"#, #"{"a":[3,2]}"#, false),
    (#"{"a":{"$in":[{"$regex":"^x"}]}}"#, #"{"a":"xy"}"#, true),
    (#"{"a":{"$not":{"$gt":3}}}"#, "{}", true),
    (#"{"a":{"$not":{"$gt":3}}}"#, #"{"a":[1,4]}"#, false),
    (#"{"a":{"$exists":true}}"#, #"{"a":null}"#, true),
    (#"{"a":{"$exists":false}}"#, #"{"a":null}"#, false),
    (#"{"a":{"$exists":0}}"#, "{}", true),
    (#"{"a":{"$type":"number"}}"#, #"{"a":["x",2]}"#, true),
    (#"{"a":{"$type":"array"}}"#, #"{"a":[]}"#, true),
    (#"{"a":{"$type":[2,"bool"]}}"#, #"{"a":false}"#, true),
    (#"{"a":{"$size":2}}"#, #"{"a":[1,[2]]}"#, true),
    (#"{"a":{"$size":1}}"#, #"{"a":1}"#, false),
    (#"{"a":{"$all":[1,2]}}"#, #"{"a":[2,3,1]}"#, true),
    (#"{"a":{"$all":[1]}}"#, #"{"a":1}"#, true),
    (#"{"a":{"$all":[]}}"#, #"{"a":[]}"#, false),
    (
      #"{"a":{"$all":[{"$elemMatch":{"b":1}},{"$elemMatch":{"b":2}}]}}"#,
      #"{"a":[{"b":1},{"b":2}]}"#, true
    ),
    (#"{"a":{"$regex":"^AB","$options":"i"}}"#, #"{"a":"abc"}"#, true),
    (#"{"a":{"$regex":"^b$","$options":"m"}}"#, #"{"a":"a\nb"}"#, true),
    (#"{"a":{"$regex":"a.b"}}"#, #"{"a":"a\nb"}"#, false),
    (#"{"a":{"$mod":[4,-1]}}"#, #"{"a":-5.5}"#, true),
    (#"{"a":{"$mod":[-1,0]}}"#, #"{"a":-9223372036854775808}"#, true),
    (#"{"$or":[{"a":1},{"b":1}]}"#, #"{"b":1}"#, true),
    (#"{"$nor":[{"a":1},{"b":1}]}"#, #"{"b":1}"#, false),
    (#"{"$and":[{"a":1},{"b":1}]}"#, #"{"b":1}"#, false),
  ]

  @Test(arguments: cases)
  func `a filter matches what its case says`(
    _ sample: (filter: String, document: String, isMatch: Bool)
  ) throws {
    let filter = try FilterParser.parse(document(sample.filter))
    #expect(try filter.matches(document(sample.document)) == sample.isMatch)
  }

  @Test(arguments: [
    #"{"$expr":true}"#, #"{"$or":[]}"#, #"{"a":{"$near":1}}"#, #"{"a":{"$in":1}}"#,
    #"{"a":{"$size":-1}}"#, #"{"a":{"$mod":[0,1]}}"#, #"{"a":{"$not":1}}"#,
    #"{"a":{"$regex":"("}}"#,
    #"{"a":{"$options":"i"}}"#, #"{"a..b":1}"#, #"{"a":{"$gt":1,"b":2}}"#, #"{"a":{"$type":[]}}"#,
  ])
  func `a filter that cannot be meant is refused`(text: String) throws {
    let filter = try document(text)
    #expect(throws: DocumentError.self) { try FilterParser.parse(filter) }
  }
}
