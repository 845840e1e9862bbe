/// Fields with names, in order. Names are unique; looking one up is O(fields).
package struct Document: Sendable {
  package struct Field: Sendable {
    package var name: String
    package var value: DocumentValue
  }

  package private(set) var fields: [Field] = []

  package init() {}

  package var isEmpty: Bool { fields.isEmpty }

  /// The value of a field; nil takes it away. A new field becomes the last one, a known one keeps its place.
  package subscript(name: String) -> DocumentValue? {
    get { index(of: name).map { fields[$0].value } }
    set {
      switch (index(of: name), newValue) {
      case (let index?, let value?): fields[index].value = value
      case (let index?, nil): fields.remove(at: index)
      case (nil, let value?): fields.append(Field(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  /// Names are equal when their bytes are.
  private func index(of name: String) -> Int? {
    fields.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
  }
}
