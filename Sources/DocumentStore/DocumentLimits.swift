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
  /// Indexes of one collection, that of `_id` included.
  package static let indexesPerCollectionMax = 64
  /// Paths of one index.
  package static let indexPathsMax = 32
  /// Entries that one document may have in one index.
  package static let indexKeysPerDocumentMax = 1_000
  /// Bytes of one key of an index: what the narrowest back-end takes.
  package static let indexKeyBytesMax = 2_048
  /// Ranges of an index that one query looks into; a filter with more is answered by fewer paths of the index.
  package static let indexRangesMax = 1_000
  /// Entries or documents that are asked of a back-end at once.
  package static let pageItems = 256
  /// Documents that one operation may hold: those to be sorted, updated or deleted.
  package static let documentsHeldMax = 1_000_000
  /// Keys of an index that one operation may hold, to bring their documents in order.
  package static let keysHeldMax = 10_000_000
  /// Collections of one store.
  package static let collectionsMax = 1_000_000
  /// Bytes of the name of a collection or an index, in UTF-8.
  package static let nameBytesMax = 255
}
