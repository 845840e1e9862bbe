/// Which fields of a document are shown: named ones, or all but named ones. `_id` is shown unless it is excluded.
///
/// Not known: `$slice`, `$elemMatch`, the positional operator and expressions. They are refused.
package struct Projection: Sendable {
  private let paths: [[String]]
  private let isInclusion: Bool
  private let showsID: Bool

  package init(_ document: Document) throws(DocumentError) {
    var paths: [[String]] = []
    var inclusion: Bool?
    var showsID: Bool?
    for field in document.fields {
      guard field.value.typeClass == .number || field.value.typeClass == .bool else {
        throw DocumentError(.badValue, "the projection of `\(field.name)` must be 0 or 1")
      }
      let isShown = FilterParser.isTrue(field.value)
      if field.name == "_id" {
        showsID = isShown
        continue
      }
      guard (inclusion ?? isShown) == isShown else {
        throw DocumentError(.badValue, "a projection includes or excludes fields, not both")
      }
      inclusion = isShown
      paths.append(try DocumentPath(field.name).parts)
    }
    self.paths = paths
    self.showsID = showsID ?? true
    isInclusion = inclusion ?? (showsID == true)
  }

  package func apply(to document: Document) -> Document {
    var result = Document()
    for field in document.fields {
      if field.name == "_id" {
        if showsID { result["_id"] = field.value }
        continue
      }
      let rests = paths.filter { $0.first == field.name }.map { $0.dropFirst() }
      result[field.name] =
        rests.isEmpty ? (isInclusion ? nil : field.value) : shown(field.value, rests)
    }
    return result
  }

  /// A value of which paths are included or excluded; nil where nothing of it is shown.
  private func shown(_ value: DocumentValue, _ paths: [ArraySlice<String>]) -> DocumentValue? {
    if paths.contains(where: \.isEmpty) { return isInclusion ? value : nil }
    switch value {
    case .document(let document):
      var result = Document()
      for field in document.fields {
        let rests = paths.filter { $0.first == field.name }.map { $0.dropFirst() }
        result[field.name] =
          rests.isEmpty ? (isInclusion ? nil : field.value) : shown(field.value, rests)
      }
      return .document(result)
    case .array(let elements):
      return .array(elements.compactMap { shown($0, paths) })
    default:
      return isInclusion ? nil : value
    }
  }
}
