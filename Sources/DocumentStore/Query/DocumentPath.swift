/// A dotted path: names of fields and, in arrays, indexes.
package struct DocumentPath: Sendable {
  package let parts: [String]

  /// - Throws: `BadValue` where a part is empty.
  package init(_ text: String) throws(DocumentError) {
    parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.count <= DocumentLimits.nestingDepthMax else {
      throw DocumentError(
        .badValue, "the path `\(text)` has more than \(DocumentLimits.nestingDepthMax) parts")
    }
    guard !parts.contains("") else {
      throw DocumentError(.badValue, "the path `\(text)` has an empty part")
    }
  }

  private init(parts: [String]) {
    self.parts = parts
  }

  /// The path without its first parts, of which it has more.
  func dropping(_ count: Int) -> DocumentPath {
    DocumentPath(parts: Array(parts.dropFirst(count)))
  }

  /// A part as an index of an array: digits without a leading zero.
  package static func index(_ part: String) -> Int? {
    guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    guard part == "0" || !part.hasPrefix("0") else { return nil }
    return Int(part)
  }

  /// What stands at the path, arrays on the way entered: their documents each, and by index. Nil is a place where a field is
  /// missing; an array on the way without documents adds nothing.
  package func places(in document: Document) -> [DocumentValue?] {
    var found: [DocumentValue?] = []
    collect(from: document, at: 0, into: &found)
    return found
  }

  private func collect(from document: Document, at depth: Int, into found: inout [DocumentValue?]) {
    guard let value = document[parts[depth]] else { return found.append(nil) }
    descend(value, at: depth + 1, into: &found)
  }

  private func descend(_ value: DocumentValue, at depth: Int, into found: inout [DocumentValue?]) {
    guard depth < parts.count else { return found.append(value) }
    switch value {
    case .document(let document):
      collect(from: document, at: depth, into: &found)
    case .array(let elements):
      if let index = DocumentPath.index(parts[depth]), index < elements.count {
        descend(elements[index], at: depth + 1, into: &found)
      }
      for case .document(let document) in elements {
        collect(from: document, at: depth, into: &found)
      }
    default:
      found.append(nil)
    }
  }
}
