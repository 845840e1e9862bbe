/// A value of a configuration source with its place, before it is given a meaning.
package struct SettingsNode: Hashable, Sendable {
  package indirect enum Content: Hashable, Sendable {
    case null
    /// The text as written, without its quotes; `quoted` text is never a number or a truth value.
    case scalar(String, quoted: Bool)
    case list([SettingsNode])
    case map([Entry])
  }

  package struct Entry: Hashable, Sendable {
    package var key: String
    package var keyOrigin: SettingsOrigin
    package var value: SettingsNode
  }

  package var content: Content
  package var origin: SettingsOrigin

  package init(_ content: Content, origin: SettingsOrigin) {
    self.content = content
    self.origin = origin
  }

  /// A value as flags and environment variables give it.
  package init(text: String, origin: SettingsOrigin) {
    self.init(.scalar(text, quoted: false), origin: origin)
  }

  /// What was found, for messages.
  package var found: String {
    switch content {
    case .null: "nothing"
    case .scalar(let text, let quoted): quoted ? "the text \"\(text.short)\"" : "\"\(text.short)\""
    case .list: "a list"
    case .map: "a block of keys"
    }
  }

  package var isNull: Bool { content == .null }

  /// The entry of a map, if this is a map that has the key.
  package subscript(key: String) -> SettingsNode? {
    guard case .map(let entries) = content else { return nil }
    return entries.first { $0.key == key }?.value
  }

  package var entries: [Entry] {
    guard case .map(let entries) = content else { return [] }
    return entries
  }
}

extension String {
  /// The text cut to a length that a message can carry.
  var short: String {
    let charactersMax = 60
    return count <= charactersMax ? self : prefix(charactersMax) + "…"
  }
}
