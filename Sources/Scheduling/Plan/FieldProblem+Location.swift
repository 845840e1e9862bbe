import Model

extension FieldProblem {
  /// With line, column and path.
  func located(in root: JSONValue, _ text: [UInt8]) -> SnapshotError {
    let location = JSONLocation(of: steps, isKey: isKey, in: text)
    return SnapshotError(
      message, path: path(in: root), line: location.line, column: location.column)
  }
}
