import Model

extension Snapshot {
  /// Reads nodes alone: a list of them, or an object that has it as `nodes`, for which a whole description will do.
  ///
  /// In the order of their names. A device of which a part is withheld is refused: who asks for nodes alone has no
  /// place to keep that.
  ///
  /// - Throws: ``SnapshotError`` with line, column and path.
  package static func nodes(_ text: [UInt8]) throws(SnapshotError) -> [Node] {
    let root = try value(text)
    var reader = SnapshotReader()
    do {
      if case .array = root {
        try reader.readNodes(JSONField(root))
      } else {
        try reader.read(JSONField(root))
      }
    } catch {
      throw error.located(in: root, text)
    }
    guard let nodes = reader.snapshot.nodes, !nodes.isEmpty else {
      throw SnapshotError("there are no `nodes`", line: 1, column: 1)
    }
    guard reader.snapshot.withheld.isEmpty else {
      throw SnapshotError(
        "a device of which a part is withheld (`milli`) is not known here", line: 1, column: 1)
    }
    return nodes
  }

  /// What one task asks, from an object that may have other members too, which are `others`.
  ///
  /// - Throws: ``SnapshotError`` with line, column and path.
  package static func task(
    in object: JSONValue, _ text: [UInt8], others: [String]
  ) throws(SnapshotError) -> TaskRequest {
    do {
      let members = try JSONField(object).members(SnapshotReader.taskKeys + others)
      return try SnapshotReader().request(members, TaskRequest())
    } catch {
      throw error.located(in: object, text)
    }
  }

  /// The names by which a task says what it asks.
  package static var taskKeys: [String] { SnapshotReader.taskKeys }

  static func value(_ text: [UInt8]) throws(SnapshotError) -> JSONValue {
    do {
      return try JSONParser.parse(text)
    } catch {
      throw SnapshotError(error.message, line: error.line, column: error.column)
    }
  }
}
