/// Sums and products that keep the narrowest type: int32, then int64, and double as soon as one operand is.
enum UpdateArithmetic {
  enum Operation: String {
    case add = "$inc"
    case multiply = "$mul"
  }

  /// - Throws: `TypeMismatch` for an operand that is no number, `BadValue` where the result does not fit 64 bits.
  static func apply(
    _ operation: Operation, _ value: DocumentValue?, _ operand: DocumentValue
  ) throws(DocumentError) -> DocumentValue {
    let start = value ?? .int32(0)
    guard start.typeClass == .number else {
      throw DocumentError(
        .typeMismatch, "cannot apply \(operation.rawValue) to a value of type \(start.typeName)")
    }
    // A missing field takes the operand as it is, or nought of its type.
    if value == nil, operation == .add { return operand }
    if let left = whole(start), let right = whole(operand) {
      let (result, overflow) =
        operation == .add
        ? left.addingReportingOverflow(right) : left.multipliedReportingOverflow(by: right)
      guard !overflow else {
        throw DocumentError(.badValue, "\(operation.rawValue) leaves the range of 64-bit integers")
      }
      if case (.int32, .int32) = (start, operand), let narrow = Int32(exactly: result) {
        return .int32(narrow)
      }
      return .int64(result)
    }
    let (left, right) = (double(start), double(operand))
    return .double(operation == .add ? left + right : left * right)
  }

  private static func whole(_ value: DocumentValue) -> Int64? {
    switch value {
    case .int32(let number): Int64(number)
    case .int64(let number): number
    default: nil
    }
  }

  private static func double(_ value: DocumentValue) -> Double {
    if case .double(let number) = value { return number }
    return whole(value).map { Double($0) } ?? .nan
  }
}
