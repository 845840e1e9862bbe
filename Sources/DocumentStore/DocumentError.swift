/// A filter, update or document that is refused, and why.
package struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of refusal, by the names that drivers know.
  package enum Kind: String, Hashable, Sendable {
    case badValue = "BadValue"
    case conflictingUpdate = "ConflictingUpdateOperators"
    case duplicateKey = "DuplicateKey"
    case failedToParse = "FailedToParse"
    case immutableField = "ImmutableField"
    case indexConflict = "IndexOptionsConflict"
    case indexNotFound = "IndexNotFound"
    case pathNotViable = "PathNotViable"
    /// What the back-end could not do: the disk's or the database's refusal.
    case storageFailure = "StorageFailure"
    case tooLarge = "ExceededLimit"
    case typeMismatch = "TypeMismatch"
  }

  package let kind: Kind
  /// What is wrong, where, and what would be right.
  package let message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  package var description: String { "\(kind.rawValue): \(message)" }
}
