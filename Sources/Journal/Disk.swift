/// A directory of files, as far as the journal needs one: a real folder, or a virtual disk of a simulator.
///
/// Calls are synchronous and come from one thread at a time for each file. What a conformer promises:
///
/// 1. What was appended before a ``sync(_:)`` that returned survives any crash, in full and in place.
/// 2. What was appended after the last such sync may survive in part: each sector of ``JournalLimits/sectorBytes``
///    bytes, counted from the file's start, is as before or as written; the file's size is anything from the old one
///    to the new one; a sector that was lost reads as zeros where the file is longer than it was.
/// 3. Names that were created, renamed or removed are certain only after ``syncDirectory()``. A rename replaces the
///    file of that name, and is seen whole or not at all.
/// 4. After an error of ``append(_:_:)``, ``sync(_:)`` or ``truncate(_:to:)`` nothing is known about what was not
///    synced before. Whoever opens the directory after that reads what the medium holds, not what a cache still
///    remembers: a system that forgets which pages it could not write must be made to read them again.
package protocol Disk {
  /// The names of all files, in any order.
  func names() throws(DiskError) -> [FileName]
  func size(_ file: FileName) throws(DiskError) -> Int
  /// The whole file.
  func read(_ file: FileName) throws(DiskError) -> [UInt8]
  /// The bytes of a range, which must lie inside the file.
  func read(_ file: FileName, _ range: Range<Int>) throws(DiskError) -> [UInt8]
  /// Makes an empty file; an error if the name is taken.
  func create(_ file: FileName) throws(DiskError)
  /// Writes at the end of the file, at once: where a system takes only a part, that is an error and is not continued,
  /// or a sector could survive half written. After an error any part of the bytes may have been written.
  func append(_ file: FileName, _ bytes: [UInt8]) throws(DiskError)
  func sync(_ file: FileName) throws(DiskError)
  /// Cuts the file to a size that is at most its own.
  func truncate(_ file: FileName, to bytes: Int) throws(DiskError)
  func rename(_ file: FileName, to other: FileName) throws(DiskError)
  func remove(_ file: FileName) throws(DiskError)
  func syncDirectory() throws(DiskError)
}

/// The name of a file in a ``Disk``'s directory: no separators, no parents.
package struct FileName: Hashable, Comparable, Sendable, CustomStringConvertible {
  package let text: String

  package init(_ text: String) { self.text = text }

  package var description: String { text }

  package static func < (left: FileName, right: FileName) -> Bool { left.text < right.text }
}

/// Why a disk did not do what it was asked.
package struct DiskError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Operation: String, Sendable {
    case names = "list"
    case size = "look at"
    case read
    case create
    case append = "write to"
    case sync
    case truncate = "cut"
    case rename
    case remove
    case syncDirectory = "sync the directory of"
  }

  package enum Cause: Hashable, Sendable {
    case notFound
    case alreadyThere
    /// No room, or a quota.
    case full
    /// A range outside the file: a mistake of the caller, or a file that somebody else has cut.
    case outOfRange
    /// Anything else, with the system's error number; 0 where there is none.
    case failed(code: Int32)
  }

  package var operation: Operation
  package var file: FileName
  package var cause: Cause

  package init(_ operation: Operation, _ file: FileName, _ cause: Cause) {
    self.operation = operation
    self.file = file
    self.cause = cause
  }

  package var description: String {
    let reason =
      switch cause {
      case .notFound: "there is no such file"
      case .alreadyThere: "the name is taken"
      case .full: "the disk is full"
      case .outOfRange: "the file is shorter than that"
      case .failed(let code): code == 0 ? "the disk failed" : "the system's error is \(code)"
      }
    return "cannot \(operation.rawValue) \(file): \(reason)"
  }
}
