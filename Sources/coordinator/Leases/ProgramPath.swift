import Foundation

/// Finds the program that `run` starts, as a shell does.
enum ProgramPath {
  /// The file to execute. Throws 127 if there is none and 126 if it cannot be executed.
  static func resolve(_ name: String, searchPath: String) throws -> String {
    guard !name.isEmpty else { throw Failure(code: RunFault.notFound, "the command is empty") }
    if name.contains("/") { return try check(name) }
    var refused: String?
    for folder in searchPath.split(separator: ":", omittingEmptySubsequences: false) {
      let path = (folder.isEmpty ? "." : String(folder)) + "/" + name
      guard isFile(path) else { continue }
      if FileManager.default.isExecutableFile(atPath: path) { return path }
      refused = refused ?? path
    }
    if let refused { throw cannotExecute(refused) }
    throw Failure(code: RunFault.notFound, "\(printable(name)): command not found")
  }

  private static func check(_ path: String) throws -> String {
    guard FileManager.default.fileExists(atPath: path) else {
      throw Failure(code: RunFault.notFound, "\(printable(path)): no such file")
    }
    guard isFile(path), FileManager.default.isExecutableFile(atPath: path) else {
      throw cannotExecute(path)
    }
    return path
  }

  private static func isFile(_ path: String) -> Bool {
    let values = try? URL(fileURLWithPath: path).resolvingSymlinksInPath().resourceValues(
      forKeys: [.isRegularFileKey])
    return values?.isRegularFile == true
  }

  private static func cannotExecute(_ path: String) -> Failure {
    Failure(code: RunFault.cannotExecute, "\(printable(path)): cannot be executed")
  }
}
