import Model

/// What is wrong with one value: what was expected, and the known values near to it.
struct SettingsMismatch: Error {
  var message: String
  var suggestions: [String] = []
  /// Where, if not where the whole value stands.
  var origin: SettingsOrigin?
}

/// Gives single values their types. Every function throws a mismatch that says what was expected.
extension SettingsNode {
  private func expected(_ what: String) -> SettingsMismatch {
    SettingsMismatch(message: "expected \(what), got \(found)")
  }

  /// The text of a number: not quoted, not a word.
  private func numberText(_ what: String) throws(SettingsMismatch) -> String {
    guard case .scalar(let text, let quoted) = content else { throw expected(what) }
    if quoted, (try? DecimalText.double(text)) != nil {
      throw SettingsMismatch(
        message: "expected \(what), got the text \"\(text)\"; write it without quotes")
    }
    guard !quoted else { throw expected(what) }
    return text
  }

  private func scaled(
    decimals: Int, tooFine: String, _ what: String
  ) throws(SettingsMismatch) -> Int64 {
    let text = try numberText(what)
    do {
      return try DecimalText.scaled(text, decimals: decimals)
    } catch {
      switch error {
      case .notANumber: throw expected(what)
      case .tooFine:
        throw SettingsMismatch(message: "expected \(what), got \(text), which \(tooFine)")
      case .outOfRange:
        throw SettingsMismatch(message: "expected \(what), got \(text), which is too large")
      }
    }
  }

  func integer(in range: ClosedRange<Int64>) throws(SettingsMismatch) -> Int64 {
    let what = SettingsNode.describe(range)
    let value = try scaled(decimals: 0, tooFine: "is not whole", what)
    guard range.contains(value) else { throw expected(what) }
    return value
  }

  /// A whole number of 64 bits without sign, for seeds.
  func word() throws(SettingsMismatch) -> UInt64 {
    let what = "a whole number from 0 to \(UInt64.max)"
    let text = try numberText(what)
    guard text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let value = UInt64(text) else {
      throw expected(what)
    }
    return value
  }

  func span(in range: ClosedRange<TimeSpan>) throws(SettingsMismatch) -> TimeSpan {
    let what = SettingsNode.describe(range)
    let nanoseconds = try scaled(decimals: 9, tooFine: "is finer than a nanosecond", what)
    guard range.contains(TimeSpan(nanoseconds: nanoseconds)) else { throw expected(what) }
    return TimeSpan(nanoseconds: nanoseconds)
  }

  func fraction() throws(SettingsMismatch) -> Double {
    let what = "a number from 0 to 1"
    let text = try numberText(what)
    guard let value = try? DecimalText.double(text), (0...1).contains(value) else {
      throw expected(what)
    }
    return value
  }

  /// A number of 0 or more.
  func positiveNumber() throws(SettingsMismatch) -> Double {
    let what = "a number from 0 on"
    let text = try numberText(what)
    guard let value = try? DecimalText.double(text), value >= 0 else { throw expected(what) }
    return value
  }

  func truth() throws(SettingsMismatch) -> Bool {
    guard case .scalar(let text, quoted: false) = content else { throw expected("true or false") }
    switch text.lowercased() {
    case "true", "yes", "on": return true
    case "false", "no", "off": return false
    case "1" where !origin.isFile: return true
    case "0" where !origin.isFile: return false
    default: throw expected("true or false")
    }
  }

  /// A port, or nil for `off`.
  func portOrOff() throws(SettingsMismatch) -> Int? {
    switch content {
    case .null: return nil
    case .scalar(let text, _) where ["off", "false", "no", "none"].contains(text.lowercased()):
      return nil
    case .scalar, .list, .map:
      do {
        return try Int(integer(in: 0...65_535))
      } catch {
        throw expected("a port from 0 to 65535, or off")
      }
    }
  }

  func text(bytesMax: Int) throws(SettingsMismatch) -> String {
    guard case .scalar(let text, _) = content else { throw expected("text") }
    guard text.utf8.count <= bytesMax else {
      throw SettingsMismatch(
        message: "expected text of at most \(bytesMax) bytes, got \(text.utf8.count)")
    }
    guard !text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
      throw SettingsMismatch(message: "expected text without control characters, got \(found)")
    }
    return text
  }

  func choice<Value>(_ values: [(name: String, value: Value)]) throws(SettingsMismatch) -> Value {
    let names = values.map(\.name)
    guard case .scalar(let text, _) = content else { throw expected(SettingsNode.describe(names)) }
    guard let match = values.first(where: { $0.name == text }) else {
      throw SettingsMismatch(
        message: "unknown value \"\(text.short)\"; expected \(SettingsNode.describe(names))",
        suggestions: NearestName.candidates(for: text, in: names, countMax: 1))
    }
    return match.value
  }

  /// A list; single values, and texts with commas, are lists too, so that flags and variables can give them.
  private func items(countMax: Int) throws(SettingsMismatch) -> [SettingsNode] {
    let items: [SettingsNode]
    switch content {
    case .list(let nodes): items = nodes
    case .scalar(let text, let quoted):
      items = text.split(separator: ",").map { part in
        SettingsNode(.scalar(part.trimmed, quoted: quoted), origin: origin)
      }
    case .null, .map: throw expected("a list")
    }
    guard items.count <= countMax else {
      throw SettingsMismatch(message: "expected at most \(countMax) entries, got \(items.count)")
    }
    return items
  }

  /// The entries of a list, each read by `read`; a mismatch has the place of its entry.
  func items<Value>(
    countMax: Int, _ read: (SettingsNode) throws(SettingsMismatch) -> Value
  ) throws(SettingsMismatch) -> [Value] {
    var values: [Value] = []
    for item in try items(countMax: countMax) {
      do {
        values.append(try read(item))
      } catch {
        throw SettingsMismatch(
          message: error.message, suggestions: error.suggestions, origin: item.origin)
      }
    }
    return values
  }

  static func describe(_ range: ClosedRange<Int64>) -> String {
    "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }

  static func describe(_ range: ClosedRange<TimeSpan>) -> String {
    let low = DecimalText.seconds(nanoseconds: range.lowerBound.nanoseconds)
    let high = DecimalText.seconds(nanoseconds: range.upperBound.nanoseconds)
    return "seconds from \(low) to \(high)"
  }

  static func describe(_ names: [String]) -> String {
    guard names.count > 1, let last = names.last else { return names.joined() }
    return names.dropLast().joined(separator: ", ") + " or " + last
  }
}

extension SettingsOrigin {
  var isFile: Bool {
    if case .file = self { return true }
    return false
  }
}

extension Substring {
  /// Without the spaces around it.
  var trimmed: String {
    var rest = self
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return String(rest)
  }
}
