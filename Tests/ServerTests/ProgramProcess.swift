import Foundation

/// The built program as a process of its own.
enum ProgramProcess {
  static let binary = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: ".build/debug/coordinator")

  static var isThere: Bool { FileManager.default.isExecutableFile(atPath: binary.path) }

  /// The first port that the program says it listens on; nil if it ends before.
  static func port(_ talk: FileHandle) -> Int? {
    var text = ""
    while true {
      let data = talk.availableData
      guard !data.isEmpty else { return nil }
      text += String(decoding: data, as: UTF8.self)
      guard let mark = text.firstRange(of: "tcp://127.0.0.1:"), text.contains("Ctrl-C drains")
      else { continue }
      return Int(text[mark.upperBound...].prefix { $0.isNumber })
    }
  }
}
