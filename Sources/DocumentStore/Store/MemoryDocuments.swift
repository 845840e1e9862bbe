/// Documents and keys in memory. A copy costs nothing until one of both changes.
package struct MemoryTables {
  var documents = SortedChunks<Int64, Document>(by: <)
  var keys = SortedChunks<[UInt8], Void> { $0.lexicographicallyPrecedes($1) }

  package init() {}
}

/// A transaction over tables of its own.
package final class MemoryTransaction: DocumentTransaction {
  package private(set) var tables: MemoryTables
  private let documentsMax: Int

  package init(_ tables: MemoryTables, documentsMax: Int = .max) {
    self.tables = tables
    self.documentsMax = documentsMax
  }

  package func documents(numbered numbers: [Int64]) -> [Document?] {
    numbers.map { tables.documents[$0] }
  }

  package func documents(in range: ClosedRange<Int64>, isReversed: Bool, limit: Int)
    -> [StoredDocument]
  {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    let found =
      isReversed
      ? tables.documents.elements(before: upper == .max ? upper : upper + 1, limit: limit) {
        $0 >= lower
      }
      : tables.documents.elements(from: lower, limit: limit) { $0 <= upper }
    return found.map { StoredDocument(number: $0.key, document: $0.value) }
  }

  package func keys(in range: KeyRange, isReversed: Bool, limit: Int) -> [[UInt8]] {
    let found =
      isReversed
      ? tables.keys.elements(before: range.upper, limit: limit) {
        !$0.lexicographicallyPrecedes(range.lower)
      }
      : tables.keys.elements(from: range.lower, limit: limit) {
        $0.lexicographicallyPrecedes(range.upper)
      }
    return found.map(\.key)
  }

  /// - Throws: `ExceededLimit` where the store is full.
  package func put(_ document: Document, numbered number: Int64) throws(DocumentError) {
    let isNew = tables.documents.put(document, for: number)
    guard !isNew || tables.documents.count <= documentsMax else {
      throw DocumentError(
        .tooLarge,
        "the store in memory holds at most \(documentsMax) documents and its catalogue's; delete some, or use another back-end"
      )
    }
  }

  package func deleteDocument(numbered number: Int64) { tables.documents.remove(number) }
  package func insertKey(_ key: [UInt8]) { tables.keys.put((), for: key) }
  package func deleteKey(_ key: [UInt8]) { tables.keys.remove(key) }
}

/// The back-end in memory, for one owner: what it holds is gone with it.
package final class MemoryDocuments: DocumentBackend {
  private var tables = MemoryTables()
  private let documentsMax: Int
  private let delay: () -> Void

  /// - Parameters:
  ///   - documentsMax: documents of the whole store, with one for each collection.
  ///   - delay: called before each transaction; a simulation lets time pass in it.
  package init(documentsMax: Int = .max, delay: @escaping () -> Void = {}) {
    self.documentsMax = documentsMax
    self.delay = delay
  }

  package func read<Result>(
    _ body: (any DocumentReader) throws(DocumentError) -> Result
  ) throws(DocumentError) -> Result {
    delay()
    return try body(MemoryTransaction(tables))
  }

  package func write<Result>(
    _ body: (any DocumentTransaction) throws(DocumentError) -> Result
  ) throws(DocumentError) -> Result {
    delay()
    let transaction = MemoryTransaction(tables, documentsMax: documentsMax)
    let result = try body(transaction)
    tables = transaction.tables
    return result
  }
}
