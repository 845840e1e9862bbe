/// Reads updates.
package enum UpdateParser {
  /// - Throws: `FailedToParse` and `BadValue` for an operator that is not known or has a wrong operand.
  package static func parse(_ document: Document) throws(DocumentError) -> Update {
    guard document.fields.contains(where: { $0.name.hasPrefix("$") }) else {
      return .replacement(document)
    }
    var steps: [Update.Step] = []
    for field in document.fields {
      guard field.name.hasPrefix("$") else {
        throw DocumentError(
          .failedToParse, "an update has operators or fields, not both: `\(field.name)`")
      }
      guard let operands = field.value.documentValue else {
        throw DocumentError(.failedToParse, "\(field.name) needs an object")
      }
      for operand in operands.fields {
        let action = try action(field.name, operand)
        steps.append(Update.Step(path: try DocumentPath(operand.name), action: action))
      }
    }
    return .operators(steps)
  }

  /// The filters of `arrayFilters` by the identifier that their paths begin with.
  package static func arrayFilters(_ documents: [Document]) throws(DocumentError)
    -> [String: Filter]
  {
    var filters: [String: Filter] = [:]
    for document in documents {
      guard let first = document.fields.first,
        let name = first.name.split(separator: ".").first.map(String.init)
      else { throw DocumentError(.failedToParse, "an array filter needs a field") }
      guard filters.updateValue(try FilterParser.parse(document), forKey: name) == nil else {
        throw DocumentError(.failedToParse, "two array filters for identifier '\(name)'")
      }
    }
    return filters
  }

  private static func action(_ name: String, _ field: Document.Field) throws(DocumentError)
    -> Update.Action
  {
    let operand = field.value
    switch name {
    case "$set": return .set(operand)
    case "$setOnInsert": return .setOnInsert(operand)
    case "$unset": return .unset
    case "$inc", "$mul":
      guard operand.typeClass == .number else {
        throw DocumentError(.typeMismatch, "\(name) needs a number for `\(field.name)`")
      }
      return .arithmetic(name == "$inc" ? .add : .multiply, operand)
    case "$min": return .extreme(isMaximum: false, operand)
    case "$max": return .extreme(isMaximum: true, operand)
    case "$currentDate": return try currentDate(operand)
    case "$rename":
      guard let target = operand.stringValue else {
        throw DocumentError(.badValue, "the target of $rename must be a string")
      }
      return .rename(to: try DocumentPath(target))
    case "$push": return .push(try push(operand))
    case "$addToSet": return .addToSet(try each(operand) ?? [operand])
    case "$pull": return .pull(try pull(operand))
    case "$pullAll":
      guard let values = operand.arrayValue else {
        throw DocumentError(.badValue, "$pullAll needs an array")
      }
      return .pull(.values(values))
    case "$pop":
      guard let end = operand.integer, end == 1 || end == -1 else {
        throw DocumentError(.failedToParse, "$pop needs 1 or -1")
      }
      return .pop(fromFront: end == -1)
    default: throw DocumentError(.failedToParse, "unknown modifier: \(name)")
    }
  }

  private static func currentDate(_ operand: DocumentValue) throws(DocumentError) -> Update.Action {
    let isDate = operand.documentValue?["$type"]?.stringValue == "date"
    guard case .bool = operand else {
      guard isDate else {
        throw DocumentError(.badValue, #"$currentDate needs true or {"$type": "date"}"#)
      }
      return .currentDate
    }
    return .currentDate
  }

  private static func pull(_ operand: DocumentValue) throws(DocumentError) -> ArrayPull {
    if FilterParser.operators(operand) != nil {
      let holder = Document(operand, named: Predicate.elementName)
      return .elements(try FilterParser.parse(holder))
    }
    guard let document = operand.documentValue else { return .values([operand]) }
    return .documents(try FilterParser.parse(document))
  }

  /// The elements of `$each`, if the operand has it.
  private static func each(_ operand: DocumentValue) throws(DocumentError) -> [DocumentValue]? {
    guard let value = operand.documentValue?["$each"] else { return nil }
    guard let elements = value.arrayValue else {
      throw DocumentError(.typeMismatch, "$each needs an array")
    }
    return elements
  }

  private static func push(_ operand: DocumentValue) throws(DocumentError) -> ArrayPush {
    guard let additions = try each(operand), let document = operand.documentValue else {
      return ArrayPush(additions: [operand])
    }
    var push = ArrayPush(additions: additions)
    for field in document.fields {
      switch field.name {
      case "$each": break
      case "$position": push.position = try integer(field)
      case "$slice": push.slice = try integer(field)
      case "$sort": push.sorts = try sorts(field.value)
      default: throw DocumentError(.badValue, "unrecognized clause in $push: \(field.name)")
      }
    }
    return push
  }

  private static func integer(_ field: Document.Field) throws(DocumentError) -> Int64 {
    guard let number = field.value.integer else {
      throw DocumentError(.badValue, "\(field.name) needs an integer")
    }
    return number
  }

  private static func sorts(_ value: DocumentValue) throws(DocumentError) -> [ArrayPush.Sort] {
    guard let document = value.documentValue else {
      return [ArrayPush.Sort(path: nil, isDescending: try isDescending(value))]
    }
    var sorts: [ArrayPush.Sort] = []
    for field in document.fields {
      let path = try DocumentPath(field.name)
      sorts.append(ArrayPush.Sort(path: path, isDescending: try isDescending(field.value)))
    }
    return sorts
  }

  private static func isDescending(_ value: DocumentValue) throws(DocumentError) -> Bool {
    guard let direction = value.integer, direction == 1 || direction == -1 else {
      throw DocumentError(.badValue, "$sort needs 1 or -1")
    }
    return direction == -1
  }
}
