/// What holds documents and the keys of indexes, and nothing else: two ordered maps with transactions.
///
/// Documents have numbers, keys are bytes; a back-end does not know what either means. Whatever is asked about documents is
/// answered above it, so that all back-ends give the same answers. A new one (MongoDB, Kubernetes) implements these two
/// protocols and runs the behaviour suite of `DocumentStoreTests`.
package protocol DocumentBackend {
  /// Runs a body that reads. It sees one state, whatever is written meanwhile.
  func read<Result>(
    _ body: (any DocumentReader) throws(DocumentError) -> Result
  ) throws(DocumentError) -> Result

  /// Runs a body that reads and writes, one at a time. What it wrote is kept, all of it, when the call returns, and none of it
  /// when the body throws.
  func write<Result>(
    _ body: (any DocumentTransaction) throws(DocumentError) -> Result
  ) throws(DocumentError) -> Result
}

/// What a transaction may read. Errors are `StorageFailure`.
package protocol DocumentReader {
  /// The documents with these numbers, in their order; nil where there is none.
  ///
  /// - Parameter numbers: at most ``DocumentLimits/pageItems``.
  func documents(numbered numbers: [Int64]) throws(DocumentError) -> [Document?]

  /// The first documents of a range of numbers, ascending, or the last ones, descending.
  func documents(in range: ClosedRange<Int64>, isReversed: Bool, limit: Int)
    throws(DocumentError) -> [StoredDocument]

  /// The first keys of a range, ascending, or the last ones, descending.
  func keys(in range: KeyRange, isReversed: Bool, limit: Int) throws(DocumentError) -> [[UInt8]]
}

/// What a transaction may change. Errors are `StorageFailure`.
package protocol DocumentTransaction: DocumentReader {
  /// Puts a document under a number, in the place of one that is there.
  func put(_ document: Document, numbered number: Int64) throws(DocumentError)
  /// Takes the document with this number away, if there is one.
  func deleteDocument(numbered number: Int64) throws(DocumentError)
  /// Puts a key, which is not there.
  func insertKey(_ key: [UInt8]) throws(DocumentError)
  /// Takes a key away, which is there.
  func deleteKey(_ key: [UInt8]) throws(DocumentError)
}

/// A document with its number in the store.
package struct StoredDocument: Sendable {
  package let number: Int64
  package let document: Document

  package init(number: Int64, document: Document) {
    self.number = number
    self.document = document
  }
}
