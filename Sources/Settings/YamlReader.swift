import Yams

/// Reads the text of a configuration file. JSON is read as YAML, of which it is a part, so that both have places.
enum YamlReader {
  /// Larger files are refused unread.
  static let bytesMax = 1 << 20
  /// Blocks within blocks, and values in all: aliases could multiply a small file without end.
  static let depthMax = 32
  static let nodesMax = 100_000

  /// The top-level value; nil for an empty file.
  static func read(name: String, text: String) throws(SettingsError) -> SettingsNode? {
    guard text.utf8.count <= bytesMax else {
      throw failure(name, nil, "the file is larger than \(bytesMax) bytes")
    }
    let text =
      text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    do {
      guard let root = try Parser(yaml: text).singleRoot() else { return nil }
      var nodesLeft = nodesMax
      return try convert(root, file: name, depth: 0, nodesLeft: &nodesLeft)
    } catch let error as SettingsError {
      throw error
    } catch let error as YamlError {
      throw failure(name, text, error)
    } catch {
      throw failure(name, nil, "cannot be read as JSON or YAML: \(error)")
    }
  }

  private static func convert(
    _ node: Node, file: String, depth: Int, nodesLeft: inout Int
  ) throws(SettingsError) -> SettingsNode {
    let origin = origin(of: node, file: file)
    nodesLeft -= 1
    guard depth <= depthMax else {
      throw failure(origin, "blocks are nested deeper than \(depthMax)")
    }
    guard nodesLeft > 0 else { throw failure(origin, "the file has more than \(nodesMax) values") }
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain || scalar.style == .any
      let isNull = isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
      return SettingsNode(
        isNull ? .null : .scalar(scalar.string, quoted: !isPlain), origin: origin)
    case .sequence(let sequence):
      var nodes: [SettingsNode] = []
      for element in sequence {
        try nodes.append(convert(element, file: file, depth: depth + 1, nodesLeft: &nodesLeft))
      }
      return SettingsNode(.list(nodes), origin: origin)
    case .mapping(let mapping):
      var entries: [SettingsNode.Entry] = []
      for (key, value) in mapping {
        let keyOrigin = Self.origin(of: key, file: file)
        guard let name = key.scalar?.string else {
          throw failure(keyOrigin, "a key must be a name, not a list or a block")
        }
        guard name != "<<" else {
          throw failure(
            keyOrigin,
            "merge keys (<<) are not read; put what is shared at the top of the file and"
              + " the differences under profiles")
        }
        let read = try convert(value, file: file, depth: depth + 1, nodesLeft: &nodesLeft)
        entries.append(SettingsNode.Entry(key: name, keyOrigin: keyOrigin, value: read))
      }
      return SettingsNode(.map(entries), origin: origin)
    case .alias:
      throw failure(origin, "an alias stands for nothing")
    }
  }

  private static func origin(of node: Node, file: String) -> SettingsOrigin {
    .file(name: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }

  private static func failure(_ origin: SettingsOrigin, _ message: String) -> SettingsError {
    SettingsError(problems: [SettingsProblem(.error, path: "", origin: origin, message: message)])
  }

  private static func failure(_ name: String, _ mark: Mark?, _ message: String) -> SettingsError {
    failure(.file(name: name, line: mark?.line ?? 1, column: mark?.column ?? 1), message)
  }

  private static func failure(_ name: String, _ text: String, _ error: YamlError) -> SettingsError {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let line = mark.line >= 1 && mark.line <= lines.count ? lines[mark.line - 1] : ""
      let advice = line.first == "\t" ? "; tabs cannot indent YAML, use spaces" : ""
      return failure(name, mark, "cannot be read as JSON or YAML: \(problem)\(advice)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let keys = duplicates.sorted().joined(separator: ", ")
      return failure(name, context.mark, "the block that starts here gives \(keys) twice")
    case .reader(let problem, _, _, _), .writer(let problem), .emitter(let problem),
      .representer(let problem):
      return failure(name, nil, "cannot be read as text: \(problem)")
    case .no, .memory, .dataCouldNotBeDecoded:
      return failure(name, nil, "cannot be read as JSON or YAML: \(error)")
    }
  }
}
