/// The document that an upsert begins with: the fields that its filter asks to be equal to a value.
package enum UpsertSeed {
  package static func document(for filter: Document) throws(DocumentError) -> Document {
    var seed = Document()
    try add(filter, to: &seed)
    return seed
  }

  private static func add(_ filter: Document, to seed: inout Document) throws(DocumentError) {
    for field in filter.fields {
      if field.name == "$and" {
        for case .document(let inner) in field.value.arrayValue ?? [] { try add(inner, to: &seed) }
      } else if !field.name.hasPrefix("$"), let value = equal(field.value) {
        let parts = try DocumentPath(field.name).parts
        seed = try DocumentPath.change(seed, at: parts[...], creates: true) {
          (_: DocumentValue?) throws(DocumentError) -> DocumentValue? in value
        }
      }
    }
  }

  /// The only value that a condition allows, if it is of the forms that say so plainly.
  private static func equal(_ condition: DocumentValue) -> DocumentValue? {
    guard let operators = FilterParser.operators(condition) else { return condition }
    if let value = operators["$eq"] { return value }
    for name in ["$in", "$all"] {
      if let values = operators[name]?.arrayValue, values.count == 1, let value = values.first,
        FilterParser.operators(value) == nil
      {
        return value
      }
    }
    return nil
  }
}
