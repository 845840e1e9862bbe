import Foundation

/// Writes what a simulation has found.
enum OutputFile {
  /// Refuses a path that no file can be written to: its folder is absent, or it is a folder itself.
  static func check(_ path: String, flag: String) throws {
    let url = URL(filePath: path)
    let folder = url.deletingLastPathComponent().path(percentEncoded: false)
    guard type(of: folder) == .typeDirectory else {
      throw Failure(.failed, "\(flag) \(printable(path)): there is no folder \(printable(folder))")
    }
    guard type(of: path) != .typeDirectory else {
      throw Failure(.failed, "\(flag) \(printable(path)): it is a folder")
    }
    let isWritable = FileManager.default.isWritableFile(atPath:)
    guard isWritable(type(of: path) == nil ? folder : path) else {
      throw Failure(.failed, "\(flag) \(printable(path)): it may not be written")
    }
  }

  /// Writes a file as a whole or not at all; what is no file, such as a pipe, as it comes.
  static func write(_ text: String, to path: String, flag: String) throws {
    let isPlain = [nil, .typeRegular].contains(type(of: path))
    do {
      try Data(text.utf8).write(to: URL(filePath: path), options: isPlain ? .atomic : [])
    } catch {
      throw Failure(.failed, "\(flag) \(printable(path)): \(Failure.reason(error))")
    }
  }

  /// Nil where there is nothing.
  private static func type(of path: String) -> FileAttributeType? {
    let url = URL(filePath: path).resolvingSymlinksInPath()
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: url.path(percentEncoded: false))
    return attributes?[.type] as? FileAttributeType
  }
}
