/// Collections of documents over a back-end.
///
/// It keeps nothing of its own, so that several stores may stand over one back-end as far as that allows it. One owner's, or,
/// where the back-end may be shared, everybody's.
package struct DocumentStore<Backend: DocumentBackend> {
  package let backend: Backend

  package init(_ backend: Backend) {
    self.backend = backend
  }

  /// Asks about one collection, which need not be there, in one transaction.
  package func read<Result>(
    _ collection: String, _ body: (inout CollectionReader) throws(DocumentError) -> Result
  ) throws(DocumentError) -> Result {
    try backend.read { (reader) throws(DocumentError) -> Result in
      var questions = CollectionReader(reader, try CollectionCatalog.find(collection, in: reader))
      return try body(&questions)
    }
  }

  /// Changes one collection, which is made if it is not there, in one transaction: all of it or, where the body throws,
  /// nothing.
  package func write<Result>(
    _ collection: String, _ body: (inout CollectionWriter) throws(DocumentError) -> Result
  ) throws(DocumentError) -> Result {
    try backend.write { (transaction) throws(DocumentError) -> Result in
      var writer = try CollectionWriter(transaction, collection)
      let result = try body(&writer)
      try writer.save()
      return result
    }
  }
}

extension DocumentStore: Sendable where Backend: Sendable {}
