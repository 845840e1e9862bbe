/// The walls of ARCHITECTURE.md: which module may import which, and where unsafe code may stand.
enum WallRules {
  /// The pure targets and everything they may import. Whatever is not named is refused.
  static let imports: [String: Set<String>] = [
    "Model": [],
    "Access": ["Model"],
    "Coordination": ["Model"],
    "DocumentStore": ["Model"],
    "Scheduling": ["Model", "DequeModule"],
    "Jobs": ["Model", "DequeModule"],
    "Monitoring": ["Model"],
    "Journal": ["Model", "CChecksum"],
    "Durability": ["Model", "Coordination", "Journal", "DequeModule"],
    "Wire": ["Model", "CResourceCoordinator", "NIOCore"],
    "Session": ["Model", "Access", "Coordination", "Monitoring", "Wire", "NIOCore"],
    "Settings": ["Model", "Yams"],
    "Simulation": ["Model", "Scheduling"],
    "Rehearsal": ["Model", "Coordination", "Monitoring", "Wire", "Session", "NIOCore"],
    "Simulator": [
      "Model", "Coordination", "Monitoring", "Wire", "Session", "Journal", "Durability", "NIOCore",
    ],
  ]

  /// Names that bring a clock, chance, threads or I/O into a function of values.
  static let impure: Set<String> = [
    "ContinuousClock", "SuspendingClock", "SystemRandomNumberGenerator", "Task", "async",
    "EventLoop", "EventLoopFuture", "EventLoopPromise", "Channel", "ChannelHandlerContext",
    "NIODeadline", "print",
  ]

  /// The protocol by which shells ask each other; it waits, and decides nothing.
  static let betweenShells = "Sources/Model/CoordinatorHandle.swift"

  /// The wall with its tests and its fuzzer: they hand it raw memory.
  static let withUnsafeCode: Set<String> = ["Wire", "WireTests", "InputFuzz"]
  /// The one file of the journal that calls C: a checksum, whose memory is only read.
  static let checksumFile = "Sources/Journal/Checksum.swift"
  /// The one file that calls the operating system with memory, which arrays and strings own.
  static let systemFile = "Sources/Storage/SystemCalls.swift"
  /// Where each C module may be imported: below one folder, or in one file.
  static let cModules: [String: String] = [
    "CResourceCoordinator": "Sources/Wire/", "CProtobufC": "Sources/Wire/",
    "CChecksum": checksumFile,
  ]
  /// The targets of C code, which have no settings of Swift.
  static let cTargets: Set<String> = ["CResourceCoordinator", "CChecksum"]
  /// The targets whose generic code others specialise, which takes imports that are public.
  static let genericTargets: Set<String> = ["Scheduling"]
  static let unsafeWords: Set<String> = [
    "unsafe", "unsafeBitCast", "withUnsafeTemporaryAllocation",
  ]

  /// The target of a file under Sources or Tests.
  static func target(of path: String) -> String? {
    let parts = path.split(separator: "/")
    guard parts.count > 2, parts[0] == "Sources" || parts[0] == "Tests" else { return nil }
    return String(parts[1])
  }

  static func forbiddenImports(_ file: SwiftText) -> [Finding] {
    guard let target = target(of: file.path) else { return [] }
    return file.imports.compactMap { module, line in
      if let home = cModules[module], !file.path.hasPrefix(home) {
        return Finding(path: file.path, line: line, message: "\(module) belongs to \(home) alone")
      }
      guard let allowed = imports[target], !allowed.contains(module) else { return nil }
      return Finding(path: file.path, line: line, message: "\(target) may not import \(module)")
    }
  }

  static func impureCode(_ file: SwiftText) -> [Finding] {
    guard let target = target(of: file.path), imports[target] != nil,
      file.path.hasPrefix("Sources/"), file.path != betweenShells
    else { return [] }
    return file.findings(of: impure, "\(target) is made of functions of values")
  }

  static func unsafeCode(_ file: SwiftText) -> [Finding] {
    guard let target = target(of: file.path), !withUnsafeCode.contains(target),
      file.path != checksumFile, file.path != systemFile
    else { return [] }
    return file.findings(
      of: unsafeWords, "unsafe code belongs to Wire, \(checksumFile) and \(systemFile) alone")
  }

  /// The targets of a package description, with the name of their settings (nil where they have none).
  static func settings(ofTargetsIn manifest: SwiftText) -> [(target: String, settings: String?)] {
    let text = zip(manifest.lines, manifest.code).map { line, code in
      code.allSatisfy { $0 == " " } ? "" : String(line)
    }.joined(separator: " ")
    let kinds = [".target(", ".executableTarget(", ".testTarget("]
    var starts: [String.Index] = []
    for kind in kinds {
      var rest = text[...]
      while let place = rest.firstRange(of: kind) {
        starts.append(place.upperBound)
        rest = rest[place.upperBound...]
      }
    }
    starts.sort()
    return starts.enumerated().compactMap { number, start in
      let end = number + 1 < starts.count ? starts[number + 1] : text.endIndex
      let body = text[start..<end]
      guard let name = word(after: "name: \"", in: body) else { return nil }
      return (name, word(after: "swiftSettings: ", in: body))
    }
  }

  private static func word(after mark: String, in text: Substring) -> String? {
    guard let place = text.firstRange(of: mark) else { return nil }
    return String(text[place.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" })
  }
}
