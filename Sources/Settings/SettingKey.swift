import Model

/// One key that holds a single value: how it is named, read, shown and described.
///
/// The table of all keys (``all``) drives files, the environment, flags, the origins of values, the documentation
/// and the JSON Schema, so that none of them knows a key that another does not.
package struct SettingKey: Sendable {
  /// The names from the top of the file, joined by dots: `server.port`.
  package let path: String
  /// The flag of `coordinator serve` that sets it, if there is one.
  package let flag: String?
  /// What a value looks like, for people: `a whole number from 0 to 65535`.
  package let expected: String
  /// The JSON Schema of a value, as JSON text.
  package let schema: String
  /// One sentence on the meaning.
  package let summary: String
  /// The value in a configuration, as it would be written in a file.
  package let show: @Sendable (CoordinatorConfiguration) -> String
  let assign:
    @Sendable (SettingsNode, inout CoordinatorConfiguration) throws(SettingsMismatch) -> Void

  /// The environment variable: `COORDINATOR_SERVER_PORT`.
  package var variable: String {
    "COORDINATOR_" + String(path.uppercased().map { $0 == "." ? "_" : $0 })
  }

  package typealias Place<Value> = WritableKeyPath<CoordinatorConfiguration, Value> & Sendable

  static func integer(
    _ path: String, _ place: any Place<Int>, _ range: ClosedRange<Int>, flag: String? = nil,
    _ summary: String
  ) -> SettingKey {
    let wide = Int64(range.lowerBound)...Int64(range.upperBound)
    return SettingKey(
      path: path, flag: flag, expected: SettingsNode.describe(wide), schema: schema(wide),
      summary: summary,
      show: { String($0[keyPath: place]) },
      assign: { node, configuration throws(SettingsMismatch) in
        configuration[keyPath: place] = Int(try node.integer(in: wide))
      })
  }

  static func quantity(
    _ path: String, _ place: any Place<Int64>, flag: String? = nil, _ summary: String
  ) -> SettingKey {
    let range = 0...Limits().quantity
    return SettingKey(
      path: path, flag: flag, expected: SettingsNode.describe(range), schema: schema(range),
      summary: summary,
      show: { String($0[keyPath: place]) },
      assign: { node, configuration throws(SettingsMismatch) in
        configuration[keyPath: place] = try node.integer(in: range)
      })
  }

  static func seconds(
    _ path: String, _ place: any Place<TimeSpan>, _ range: ClosedRange<TimeSpan>,
    flag: String? = nil, _ summary: String
  ) -> SettingKey {
    let low = DecimalText.seconds(nanoseconds: range.lowerBound.nanoseconds)
    let high = DecimalText.seconds(nanoseconds: range.upperBound.nanoseconds)
    return SettingKey(
      path: path, flag: flag, expected: SettingsNode.describe(range),
      schema: #"{"type": "number", "minimum": \#(low), "maximum": \#(high)}"#, summary: summary,
      show: { DecimalText.seconds(nanoseconds: $0[keyPath: place].nanoseconds) },
      assign: { node, configuration throws(SettingsMismatch) in
        configuration[keyPath: place] = try node.span(in: range)
      })
  }

  /// Whole milliseconds; the last part of the path says so.
  static func milliseconds(
    _ path: String, _ place: any Place<TimeSpan>, _ range: ClosedRange<Int64>,
    flag: String? = nil, _ summary: String
  ) -> SettingKey {
    SettingKey(
      path: path, flag: flag, expected: SettingsNode.describe(range), schema: schema(range),
      summary: summary,
      show: { String($0[keyPath: place].nanoseconds / 1_000_000) },
      assign: { node, configuration throws(SettingsMismatch) in
        configuration[keyPath: place] = .milliseconds(try node.integer(in: range))
      })
  }

  static func fraction(
    _ path: String, _ place: any Place<Double>, flag: String? = nil, _ summary: String
  ) -> SettingKey {
    SettingKey(
      path: path, flag: flag, expected: "a number from 0 to 1",
      schema: #"{"type": "number", "minimum": 0, "maximum": 1}"#, summary: summary,
      show: { String($0[keyPath: place]) },
      assign: { node, configuration throws(SettingsMismatch) in
        configuration[keyPath: place] = try node.fraction()
      })
  }

  static func truth(
    _ path: String, _ place: any Place<Bool>, flag: String? = nil, _ summary: String
  ) -> SettingKey {
    SettingKey(
      path: path, flag: flag, expected: "true or false", schema: #"{"type": "boolean"}"#,
      summary: summary,
      show: { String($0[keyPath: place]) },
      assign: { node, configuration throws(SettingsMismatch) in
        configuration[keyPath: place] = try node.truth()
      })
  }

  static func choice<Value: Sendable & Equatable>(
    _ path: String, _ place: any Place<Value>, _ values: [(name: String, value: Value)],
    flag: String? = nil, _ summary: String
  ) -> SettingKey {
    let names = values.map(\.name)
    let quoted = names.map { "\"\($0)\"" }.joined(separator: ", ")
    return SettingKey(
      path: path, flag: flag, expected: SettingsNode.describe(names.map { "`\($0)`" }),
      schema: #"{"enum": [\#(quoted)]}"#, summary: summary,
      show: { configuration in
        values.first { $0.value == configuration[keyPath: place] }?.name ?? ""
      },
      assign: { node, configuration throws(SettingsMismatch) in
        configuration[keyPath: place] = try node.choice(values)
      })
  }

  static func portOrOff(
    _ path: String, _ place: any Place<Int?>, flag: String? = nil, _ summary: String
  ) -> SettingKey {
    SettingKey(
      path: path, flag: flag, expected: "a port from 0 to 65535, or `off`",
      schema:
        #"{"oneOf": [{"type": "integer", "minimum": 0, "maximum": 65535}, {"enum": ["off", false, null]}]}"#,
      summary: summary,
      show: { $0[keyPath: place].map(String.init) ?? "off" },
      assign: { node, configuration throws(SettingsMismatch) in
        configuration[keyPath: place] = try node.portOrOff()
      })
  }

  static func file(
    _ path: String, _ place: any Place<String?>, flag: String? = nil, _ summary: String
  ) -> SettingKey {
    SettingKey(
      path: path, flag: flag, expected: "the path of a file",
      schema: #"{"type": "string", "minLength": 1}"#, summary: summary,
      show: { $0[keyPath: place] ?? "none" },
      assign: { node, configuration throws(SettingsMismatch) in
        let file = try node.text(bytesMax: 4096)
        guard !file.isEmpty else { throw SettingsMismatch(message: "expected a path") }
        configuration[keyPath: place] = file
      })
  }

  private static func schema(_ range: ClosedRange<Int64>) -> String {
    #"{"type": "integer", "minimum": \#(range.lowerBound), "maximum": \#(range.upperBound)}"#
  }
}
