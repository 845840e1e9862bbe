/// A change of a document in MongoDB's update language, read once and applied to many documents.
///
/// Not known: pipelines and `$bit`. They are refused.
package enum Update {
  /// Another document in its place, which keeps the `_id`.
  case replacement(Document)
  case operators([Step])

  package struct Step {
    /// As written: with `$`, `$[]` and `$[name]`.
    let path: DocumentPath
    let action: Action
  }

  enum Action {
    case set(DocumentValue)
    case setOnInsert(DocumentValue)
    case unset
    case arithmetic(UpdateArithmetic.Operation, DocumentValue)
    /// The smaller one stays, or the greater.
    case extreme(isMaximum: Bool, DocumentValue)
    case rename(to: DocumentPath)
    case currentDate
    case push(ArrayPush)
    case addToSet([DocumentValue])
    case pull(ArrayPull)
    case pop(fromFront: Bool)

    /// Whether a missing field is made.
    var creates: Bool {
      switch self {
      case .unset, .pull, .pop, .rename: false
      case .set, .setOnInsert, .arithmetic, .extreme, .currentDate, .push, .addToSet: true
      }
    }
  }

  /// What an update has to know beside the document.
  package struct Context {
    /// Stands for `$` in paths.
    package var matchedIndex: Int?
    /// The filters for `$[name]`, each over a document with the element under that name.
    package var arrayFilters: [String: Filter] = [:]
    /// Whether the document is made by an upsert.
    package var isInsert = false
    /// For `$currentDate`, since 1970.
    package var nowMilliseconds: Int64 = 0

    package init() {}
  }

  /// The document after the update.
  ///
  /// - Throws: `ConflictingUpdateOperators` where two steps change one place, `ImmutableField` where the `_id` would
  ///   change, and what the steps refuse.
  package func apply(to document: Document, _ context: Context) throws(DocumentError) -> Document {
    var result: Document
    switch self {
    case .replacement(let replacement):
      result = Document()
      if let id = document["_id"] { result["_id"] = id }
      for field in replacement.fields { result[field.name] = field.value }
    case .operators(let steps):
      result = document
      var touched: [[String]] = []
      for step in steps {
        for parts in try UpdatePaths.resolve(step.path, in: document, context) {
          try UpdatePaths.claim(parts, in: &touched)
          if case .rename(let target) = step.action {
            try UpdatePaths.claim(target.parts, in: &touched)
          }
          result = try Update.apply(step.action, to: result, at: parts[...], context)
        }
      }
    }
    if let id = document["_id"], result["_id"]?.isEqual(to: id) != true {
      throw DocumentError(.immutableField, "the field `_id` cannot be changed")
    }
    return result
  }

  private static func apply(
    _ action: Action, to document: Document, at parts: ArraySlice<String>, _ context: Context
  ) throws(DocumentError) -> Document {
    if case .setOnInsert = action, !context.isInsert { return document }
    if case .rename(let target) = action {
      guard let value = DocumentPath.value(in: document, at: parts) else { return document }
      let without = try DocumentPath.change(document, at: parts, creates: false) {
        (_: DocumentValue?) throws(DocumentError) -> DocumentValue? in nil
      }
      return try DocumentPath.change(without, at: target.parts[...], creates: true) {
        (_: DocumentValue?) throws(DocumentError) -> DocumentValue? in value
      }
    }
    return try DocumentPath.change(document, at: parts, creates: action.creates) {
      (value: DocumentValue?) throws(DocumentError) -> DocumentValue? in
      try changed(value, by: action, context)
    }
  }

  private static func changed(_ value: DocumentValue?, by action: Action, _ context: Context)
    throws(DocumentError) -> DocumentValue?
  {
    switch action {
    case .set(let new), .setOnInsert(let new):
      return new
    case .unset, .rename:
      return nil
    case .arithmetic(let operation, let operand):
      return try UpdateArithmetic.apply(operation, value, operand)
    case .extreme(let isMaximum, let operand):
      guard let value else { return operand }
      return value.ordering(to: operand) == (isMaximum ? .before : .after) ? operand : value
    case .currentDate:
      return .date(milliseconds: context.nowMilliseconds)
    case .push(let push):
      return .array(push.apply(to: try elements(value ?? .array([]), "$push")))
    case .addToSet(let additions):
      var elements = try elements(value ?? .array([]), "$addToSet")
      for addition in additions where !elements.contains(where: { $0.isEqual(to: addition) }) {
        elements.append(addition)
      }
      return .array(elements)
    case .pull(let pull):
      guard let value else { return nil }
      return .array(try elements(value, "$pull").filter { !pull.takes($0) })
    case .pop(let fromFront):
      guard let value else { return nil }
      let elements = try elements(value, "$pop")
      return .array(Array(fromFront ? elements.dropFirst() : elements.dropLast()))
    }
  }

  private static func elements(_ value: DocumentValue, _ name: String) throws(DocumentError)
    -> [DocumentValue]
  {
    guard case .array(let elements) = value else {
      throw DocumentError(
        .badValue, "\(name) needs an array, and the field is of type \(value.typeName)")
    }
    return elements
  }
}
