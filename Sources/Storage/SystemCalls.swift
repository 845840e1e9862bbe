import Glibc

// The calls of the operating system that take memory: the one file of this target with unsafe code. The memory of every
// call belongs to an array or a string of the caller and is not kept beyond the call.

/// The number of the error of a call that failed.
struct SystemError: Error, Hashable {
  let code: Int32

  static var last: SystemError { SystemError(code: errno) }
}

enum SystemCalls {
  /// Opens a file, to be closed with ``close(_:)``. New files can be read by their owner alone: they hold tokens.
  static func open(_ path: String, _ flags: Int32) throws(SystemError) -> Int32 {
    let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .last }
    return descriptor
  }

  static func close(_ descriptor: Int32) {
    _ = Glibc.close(descriptor)
  }

  /// Writes at the end with one call; an error where the system takes only a part.
  static func append(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
    let written = unsafe bytes.withUnsafeBytes { memory in
      unsafe Glibc.write(descriptor, memory.baseAddress, memory.count)
    }
    guard written >= 0 else { throw .last }
    guard written == bytes.count else { throw SystemError(code: ENOSPC) }
  }

  /// The bytes of a range that lies inside the file.
  static func read(_ range: Range<Int>, of descriptor: Int32) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: range.count)
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeMutableBytes { memory in
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: memory[done...])
        return unsafe Glibc.pread(descriptor, rest.baseAddress, rest.count, range.lowerBound + done)
      }
      guard count > 0 else { throw count < 0 ? .last : SystemError(code: ERANGE) }
      done += count
    }
    return bytes
  }

  static func size(_ descriptor: Int32) throws(SystemError) -> Int {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .last }
    return Int(status.st_size)
  }

  static func rename(_ path: String, to other: String) throws(SystemError) {
    guard unsafe Glibc.rename(path, other) == 0 else { throw .last }
  }

  static func remove(_ path: String) throws(SystemError) {
    guard unsafe unlink(path) == 0 else { throw .last }
  }

  /// Makes a directory that only its owner can look into; nothing if it is there.
  static func makeDirectory(_ path: String) throws(SystemError) {
    guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last }
  }

  static func message(_ code: Int32) -> String {
    unsafe String(cString: strerror(code))
  }
}
