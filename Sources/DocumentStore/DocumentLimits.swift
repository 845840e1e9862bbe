/// The bounds of documents and of what is asked about them.
package enum DocumentLimits {
  /// How deep arrays and documents may be nested in a value.
  package static let nestingDepthMax = 100
  /// Clauses of one filter, nested ones included.
  package static let filterClausesMax = 10_000
  /// Bytes of a regular expression, in UTF-8.
  package static let patternBytesMax = 1_024
  /// Bytes of a text that a regular expression is tried on, in UTF-8; a longer one does not match.
  package static let patternSubjectBytesMax = 65_536
  /// Elements that an update may pad an array to by setting an index beyond its end.
  package static let arrayPaddingMax = 10_000
}
