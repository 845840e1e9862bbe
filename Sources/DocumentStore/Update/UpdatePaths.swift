/// Paths of updates: what their wildcards stand for, and which of them meet.
enum UpdatePaths {
  /// The paths of one document that a path with `$`, `$[]` and `$[name]` stands for.
  static func resolve(
    _ path: DocumentPath, in document: Document, _ context: Update.Context
  ) throws(DocumentError) -> [[String]] {
    var resolved: [[String]] = [[]]
    for part in path.parts {
      guard part.hasPrefix("$") else {
        for index in resolved.indices { resolved[index].append(part) }
        continue
      }
      var longer: [[String]] = []
      for parts in resolved {
        for index in try indexes(part, at: parts, in: document, context) {
          longer.append(parts + [String(index)])
        }
      }
      resolved = longer
    }
    return resolved
  }

  private static func indexes(
    _ part: String, at parts: [String], in document: Document, _ context: Update.Context
  ) throws(DocumentError) -> [Int] {
    if part == "$" {
      guard let index = context.matchedIndex else {
        throw DocumentError(.badValue, "the filter found no array element for the positional `$`")
      }
      return [index]
    }
    guard part.hasPrefix("$["), part.hasSuffix("]") else {
      throw DocumentError(.badValue, "`\(part)`: a part of a path cannot begin with a dollar sign")
    }
    guard let elements = DocumentPath.value(in: document, at: parts)?.arrayValue else {
      throw DocumentError(
        .badValue, "`\(parts.joined(separator: "."))` must be an array for `\(part)`")
    }
    let name = String(part.dropFirst(2).dropLast())
    guard !name.isEmpty else { return Array(elements.indices) }
    guard let filter = context.arrayFilters[name] else {
      throw DocumentError(.badValue, "no array filter found for identifier '\(name)'")
    }
    return elements.indices.filter { filter.matches(Document(elements[$0], named: name)) }
  }

  /// Notes that a place is changed.
  ///
  /// - Throws: `ConflictingUpdateOperators` if it, what holds it or a part of it is changed already.
  static func claim(_ parts: [String], in touched: inout [[String]]) throws(DocumentError) {
    for other in touched where parts.starts(with: other) || other.starts(with: parts) {
      let path = parts.joined(separator: ".")
      throw DocumentError(
        .conflictingUpdate, "updating the path '\(path)' would create a conflict")
    }
    touched.append(parts)
  }
}
