import Foundation

/// The files of this repository, as they lie on the disk.
enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What is looked at; build products, environments and caches lie elsewhere.
  private static let folders = [
    "Sources", "Tests", "Scripts", "Proto", "Docs", "Clients", "Examples", "Benchmarks", ".ci",
  ]
  private static let skipped = [".build", ".venv", ".cache", "__pycache__", "node_modules"]
  private static let textEndings = [
    "swift", "proto", "md", "py", "pyi", "js", "html", "css", "yml", "yaml", "json", "sh", "c", "h",
    "toml", "modulemap", "",
  ]

  /// The paths of all text files, from the root, in order.
  static let paths: [String] = {
    let manager = FileManager.default
    var paths = (try? manager.contentsOfDirectory(atPath: root.path)) ?? []
    // In a second working tree of Git `.git` is a file, which names the first one.
    paths.removeAll { isFolder($0) || $0 == "Package.resolved" || $0 == ".git" }
    for folder in folders {
      guard let walk = manager.enumerator(atPath: root.appending(path: folder).path) else {
        continue
      }
      while let name = walk.nextObject() as? String {
        let last = (name as NSString).lastPathComponent
        if skipped.contains(where: last.hasPrefix) || last.hasSuffix(".egg-info") {
          walk.skipDescendants()
        } else if !isFolder(folder + "/" + name) {
          paths.append(folder + "/" + name)
        }
      }
    }
    return paths.filter { textEndings.contains(($0 as NSString).pathExtension) }.sorted()
  }()

  /// All Swift files, read once for all tests. A file that cannot be read would be missing in every rule's count.
  static let swiftFiles: [SwiftText] = paths.filter { $0.hasSuffix(".swift") }
    .compactMap { path in (try? text(path)).map { SwiftText(path: path, text: $0) } }

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path)
  }

  private static func isFolder(_ path: String) -> Bool {
    let values = try? root.appending(path: path).resourceValues(forKeys: [.isDirectoryKey])
    return values?.isDirectory == true
  }
}

/// Something that breaks a rule, and where.
struct Finding: Hashable, CustomStringConvertible {
  var path: String
  var line: Int
  var message: String

  var description: String { "\(path):\(line): \(message)" }
}
