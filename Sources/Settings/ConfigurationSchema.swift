/// The JSON Schema of configuration files, made from the table of keys, so that editors know what the reader knows.
package enum ConfigurationSchema {
  /// The schema's text, the same on every run.
  package static var text: String {
    object([
      ("$schema", "\"https://json-schema.org/draft/2020-12/schema\""),
      ("title", "\"Configuration of the resource coordinator\""),
      (
        "anyOf",
        "["
          + object([("$ref", "\"#/$defs/settings\"")]) + ", "
          + object([
            ("description", "\"Named scenarios, one of which is chosen with --profile.\""),
            ("type", "\"object\""),
            ("properties", object(texts)),
            ("additionalProperties", reference("settings")),
          ]) + "]"
      ),
      ("$defs", object([("settings", settings), ("limits", componentLimits), ("pool", pool)])),
    ]).indented + "\n"
  }

  private static let texts = SettingsDraft.ignoredKeys.map { ($0, #"{"type": "string"}"#) }

  private static var settings: String {
    var properties = texts
    properties += SettingKey.all.filter { !$0.path.contains(".") }.map { ($0.path, described($0)) }
    for group in SettingsDraft.groups {
      let inner = SettingKey.all.filter { $0.path.hasPrefix(group + ".") }.map { key in
        (String(key.path.dropFirst(group.count + 1)), described(key))
      }
      let kept = KeptShape.keys.filter { $0.name.hasPrefix(group + ".") }.map { key in
        (String(key.name.dropFirst(group.count + 1)), key.shape.schema)
      }
      properties.append((group, closed(inner + kept)))
    }
    properties.append(("pools", #"{"type": "array", "items": \#(reference("pool"))}"#))
    properties.append(
      (
        "component_limits",
        #"{"type": "object", "additionalProperties": \#(reference("limits"))}"#
      ))
    properties.append(
      ("profiles", #"{"type": "object", "additionalProperties": \#(reference("settings"))}"#))
    properties += KeptShape.blocks.map { ($0.name, $0.shape.schema) }
    return closed(properties)
  }

  private static var componentLimits: String { closed(SettingField.component.map(described)) }

  private static var pool: String {
    object([
      ("type", "\"object\""),
      ("properties", object(SettingField.pool.map(described))),
      ("required", "[\"name\"]"),
      ("additionalProperties", "false"),
    ])
  }

  private static func described(_ key: SettingKey) -> String {
    described(key.schema, key.summary)
  }

  private static func described(_ field: SettingField) -> (String, String) {
    (field.name, described(field.schema, field.summary))
  }

  private static func described(_ schema: String, _ summary: String) -> String {
    #"{"description": "\#(summary)", "# + schema.dropFirst()
  }

  private static func reference(_ name: String) -> String { ##"{"$ref": "#/$defs/\##(name)"}"## }

  fileprivate static func closed(_ properties: [(String, String)], isOpen: Bool = false) -> String {
    object([
      ("type", "\"object\""), ("properties", object(properties)),
      ("additionalProperties", isOpen ? "true" : "false"),
    ])
  }

  fileprivate static func object(_ members: [(String, String)]) -> String {
    "{" + members.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}"
  }
}

extension KeptShape {
  /// The JSON Schema of the shape; null and unknown keys are let through, as the reader does.
  fileprivate var schema: String {
    switch self {
    case .integer: #"{"type": ["integer", "null"], "minimum": 0}"#
    case .seconds, .number: #"{"type": ["number", "null"], "minimum": 0}"#
    case .fraction: #"{"type": ["number", "null"], "minimum": 0, "maximum": 1}"#
    case .truth: #"{"type": ["boolean", "null"]}"#
    case .text: #"{"type": ["string", "null"]}"#
    case .choice(let names):
      "{\"enum\": [" + names.map { "\"\($0)\"" }.joined(separator: ", ") + "]}"
    case .block(let known):
      ConfigurationSchema.closed(known.map { ($0.name, $0.shape.schema) }, isOpen: true)
    case .each(let inner): #"{"type": "object", "additionalProperties": \#(inner.schema)}"#
    case .list(let inner): #"{"type": "array", "items": \#(inner.schema)}"#
    }
  }
}

extension String {
  /// JSON text with a line per member of an object; arrays stay on one line but for the objects in them.
  fileprivate var indented: String {
    var result = ""
    var open: [Character] = []
    var isInText = false
    var previous: Character = " "
    for character in self {
      if isInText {
        result.append(character)
        isInText = character != "\"" || previous == "\\"
      } else {
        switch character {
        case "\"":
          isInText = true
          result.append(character)
        case "{", "[":
          open.append(character)
          result.append(character)
          if character == "{" { result += newLine(open) }
        case "}", "]":
          open.removeLast()
          result += (character == "}" ? newLine(open) : "") + String(character)
        case "," where open.last == "{": result += "," + newLine(open)
        case " " where previous == "," && open.last == "{": break
        default: result.append(character)
        }
      }
      previous = character
    }
    return result
  }

  private func newLine(_ open: [Character]) -> String {
    "\n" + String(repeating: "  ", count: open.count { $0 == "{" })
  }
}
