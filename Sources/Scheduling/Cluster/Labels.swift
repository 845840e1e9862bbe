/// Keys with one value each: what nodes and tasks are told apart by.
package struct Labels: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  /// By key, so that equal labels are equal values.
  package let entries: [Entry]

  package struct Entry: Hashable, Sendable {
    package let key: String
    package let value: String
  }

  package static let none = Labels([:])

  package init(_ values: [String: String]) {
    entries = values.map { Entry(key: $0.key, value: $0.value) }.sorted { $0.key < $1.key }
  }

  /// - Precondition: no key stands twice.
  package init(dictionaryLiteral elements: (String, String)...) {
    self.init(Dictionary(uniqueKeysWithValues: elements))
  }

  package var isEmpty: Bool { entries.isEmpty }

  /// The value of a key; nil where it is absent. Linear: nodes have a handful of labels.
  package subscript(key: String) -> String? {
    for entry in entries where entry.key == key { return entry.value }
    return nil
  }
}

/// One condition on labels.
package enum LabelRequirement: Hashable, Sendable {
  case isOneOf(key: String, values: [String])
  /// Holds also where the key is absent.
  case isNoneOf(key: String, values: [String])
  case exists(key: String)
  case isAbsent(key: String)
  /// The label is a whole number above the bound.
  case isGreater(key: String, than: Int64)
  /// The label is a whole number below the bound.
  case isLess(key: String, than: Int64)

  package func holds(for labels: Labels) -> Bool {
    switch self {
    case .isOneOf(let key, let values): labels[key].map { values.contains($0) } ?? false
    case .isNoneOf(let key, let values): labels[key].map { !values.contains($0) } ?? true
    case .exists(let key): labels[key] != nil
    case .isAbsent(let key): labels[key] == nil
    case .isGreater(let key, let bound):
      labels[key].flatMap { Int64($0) }.map { $0 > bound } ?? false
    case .isLess(let key, let bound): labels[key].flatMap { Int64($0) }.map { $0 < bound } ?? false
    }
  }
}

/// Conditions that must hold together; without any, everything matches.
package struct LabelSelector: Hashable, Sendable {
  package var requirements: [LabelRequirement]

  package init(_ requirements: [LabelRequirement]) {
    self.requirements = requirements
  }

  /// The selector that asks for each of these labels.
  package init(matching labels: Labels) {
    requirements = labels.entries.map { .isOneOf(key: $0.key, values: [$0.value]) }
  }

  package func matches(_ labels: Labels) -> Bool {
    requirements.allSatisfy { $0.holds(for: labels) }
  }
}
