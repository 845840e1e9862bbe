import Foundation
import Glibc
package import Journal
import NIOConcurrencyHelpers

/// A folder of the file system as a ``Disk``.
///
/// Its calls may come from several threads, each with files of its own.
package final class FolderDisk: Disk, Sendable {
  package let path: String

  /// Descriptors of files that are appended to, the latest last.
  private struct OpenFile {
    var file: FileName
    var descriptor: Int32
  }

  /// A segment, its successor and a snapshot are written to at a time.
  private static let openFilesMax = 4

  private let open = NIOLockedValueBox<[OpenFile]>([])

  /// - Parameter path: a folder that is there.
  package init(path: String) {
    self.path = path
  }

  deinit {
    open.withLockedValue { files in
      for file in files { SystemCalls.close(file.descriptor) }
    }
  }

  /// Makes the system forget what it has read or written of the files and could not write, so that reading shows what
  /// the medium holds. For a start, since the last run may have ended with an error of the disk.
  package func forgetCached() throws(DiskError) {
    for file in try names() {
      try withFile(.read, file, O_RDONLY) { descriptor throws(SystemError) in
        _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
      }
    }
  }

  /// All files but the lock, which is none of the journal's.
  package func names() throws(DiskError) -> [FileName] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path)
        .filter { $0 != DataDirectory.lockName }.map(FileName.init)
    } catch {
      throw DiskError(.names, FileName(path), .notFound)
    }
  }

  package func size(_ file: FileName) throws(DiskError) -> Int {
    try withFile(.size, file, O_RDONLY) { descriptor throws(SystemError) in
      try SystemCalls.size(descriptor)
    }
  }

  package func read(_ file: FileName) throws(DiskError) -> [UInt8] {
    try withFile(.read, file, O_RDONLY) { descriptor throws(SystemError) in
      try SystemCalls.read(0..<SystemCalls.size(descriptor), of: descriptor)
    }
  }

  package func read(_ file: FileName, _ range: Range<Int>) throws(DiskError) -> [UInt8] {
    try withFile(.read, file, O_RDONLY) { descriptor throws(SystemError) in
      try SystemCalls.read(range, of: descriptor)
    }
  }

  package func create(_ file: FileName) throws(DiskError) {
    try withFile(.create, file, O_WRONLY | O_CREAT | O_EXCL) { _ throws(SystemError) in }
  }

  package func append(_ file: FileName, _ bytes: [UInt8]) throws(DiskError) {
    try withAppending(.append, file) { descriptor throws(SystemError) in
      try SystemCalls.append(bytes, to: descriptor)
    }
  }

  package func sync(_ file: FileName) throws(DiskError) {
    try withAppending(.sync, file) { descriptor throws(SystemError) in
      guard fdatasync(descriptor) == 0 else { throw .last }
    }
  }

  package func truncate(_ file: FileName, to bytes: Int) throws(DiskError) {
    try withFile(.truncate, file, O_WRONLY) { descriptor throws(SystemError) in
      guard try SystemCalls.size(descriptor) >= bytes else { throw SystemError(code: ERANGE) }
      guard ftruncate(descriptor, bytes) == 0 else { throw .last }
    }
  }

  package func rename(_ file: FileName, to other: FileName) throws(DiskError) {
    letGo(of: [file, other])
    try attempt(.rename, file) { () throws(SystemError) in
      try SystemCalls.rename(place(file), to: place(other))
    }
  }

  package func remove(_ file: FileName) throws(DiskError) {
    letGo(of: [file])
    try attempt(.remove, file) { () throws(SystemError) in try SystemCalls.remove(place(file)) }
  }

  package func syncDirectory() throws(DiskError) {
    try attempt(.syncDirectory, FileName(path)) { () throws(SystemError) in
      let descriptor = try SystemCalls.open(path, O_RDONLY | O_DIRECTORY)
      defer { SystemCalls.close(descriptor) }
      guard fsync(descriptor) == 0 else { throw .last }
    }
  }

  // MARK: Descriptors

  private func place(_ file: FileName) -> String { path + "/" + file.text }

  private func withFile<Value>(
    _ operation: DiskError.Operation, _ file: FileName, _ flags: Int32,
    _ body: (Int32) throws(SystemError) -> Value
  ) throws(DiskError) -> Value {
    try attempt(operation, file) { () throws(SystemError) in
      let descriptor = try SystemCalls.open(place(file), flags)
      defer { SystemCalls.close(descriptor) }
      return try body(descriptor)
    }
  }

  /// Runs the body with a descriptor that stays open for the next time.
  private func withAppending(
    _ operation: DiskError.Operation, _ file: FileName,
    _ body: (Int32) throws(SystemError) -> Void
  ) throws(DiskError) {
    try attempt(operation, file) { () throws(SystemError) in
      try body(descriptor(for: file))
    }
  }

  private func descriptor(for file: FileName) throws(SystemError) -> Int32 {
    if let known = open.withLockedValue({ files in files.first { $0.file == file }?.descriptor }) {
      return known
    }
    let descriptor = try SystemCalls.open(place(file), O_WRONLY | O_APPEND)
    let oldest = open.withLockedValue { files -> Int32? in
      files.append(OpenFile(file: file, descriptor: descriptor))
      return files.count > FolderDisk.openFilesMax ? files.removeFirst().descriptor : nil
    }
    if let oldest { SystemCalls.close(oldest) }
    return descriptor
  }

  private func letGo(of names: [FileName]) {
    let closed = open.withLockedValue { files -> [Int32] in
      defer { files.removeAll { names.contains($0.file) } }
      return files.filter { names.contains($0.file) }.map(\.descriptor)
    }
    for descriptor in closed { SystemCalls.close(descriptor) }
  }

  private func attempt<Value>(
    _ operation: DiskError.Operation, _ file: FileName, _ body: () throws(SystemError) -> Value
  ) throws(DiskError) -> Value {
    do { return try body() } catch { throw DiskError(operation, file, error.cause) }
  }
}

extension SystemError {
  var cause: DiskError.Cause {
    switch code {
    case ENOENT: .notFound
    case EEXIST: .alreadyThere
    case ENOSPC, EDQUOT: .full
    case ERANGE: .outOfRange
    default: .failed(code: code)
    }
  }
}
