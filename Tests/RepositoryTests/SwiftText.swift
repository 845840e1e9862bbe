/// A Swift file with what its comments and texts say blanked out, so that rules look at code alone.
struct SwiftText {
  let path: String
  let lines: [Substring]
  /// The same lines with blanks for comments, the insides of texts, and names in backticks.
  let code: [Substring]

  init(path: String, text: String) {
    self.path = path
    lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    var blanker = Blanker(text)
    code = blanker.run().split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The modules that the file imports, with the number of the line.
  var imports: [(module: String, line: Int)] {
    code.enumerated().compactMap { number, line in
      let words = line.split(separator: " ")
      guard let place = words.firstIndex(of: "import"),
        words[..<place].allSatisfy({ $0.hasPrefix("@") || Self.accessLevels.contains($0) }),
        var name = words.dropFirst(place + 1).first
      else { return nil }
      if Self.kinds.contains(name), let next = words.dropFirst(place + 2).first { name = next }
      return (String(name.prefix { $0 != "." }), number + 1)
    }
  }

  /// The lines whose code has one of the words as a word.
  func findings(of words: Set<String>, _ message: String) -> [Finding] {
    code.enumerated().flatMap { number, line in
      line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
        .filter { words.contains(String($0)) }
        .map { Finding(path: path, line: number + 1, message: "\($0): \(message)") }
    }
  }

  private static let accessLevels: Set<Substring> = [
    "public", "package", "internal", "private", "fileprivate",
  ]
  private static let kinds: Set<Substring> = [
    "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
  ]
}

/// Reads Swift far enough to know code from comments and texts. Bytes, because every mark that matters is one.
private struct Blanker {
  private let input: [UInt8]
  private var output: [UInt8] = []
  private var place = 0

  private static let newline = UInt8(ascii: "\n")
  private static let blank = UInt8(ascii: " ")
  private static let quote = UInt8(ascii: "\"")
  private static let hash = UInt8(ascii: "#")
  private static let backtick = UInt8(ascii: "`")

  init(_ text: String) {
    input = Array(text.utf8)
    output.reserveCapacity(input.count)
  }

  mutating func run() -> String {
    while place < input.count {
      if starts("//") {
        while place < input.count, input[place] != Self.newline { skip() }
      } else if starts("/*") {
        blankComment()
      } else if input[place] == Self.quote || isRawTextStart {
        blankText()
      } else if input[place] == Self.backtick {
        keep(1)
        while place < input.count, input[place] != Self.backtick, input[place] != Self.newline {
          skip()
        }
        keep(1)
      } else {
        keep(1)
      }
    }
    return String(decoding: output, as: UTF8.self)
  }

  private var isRawTextStart: Bool {
    guard input[place] == Self.hash else { return false }
    return input[place...].first { $0 != Self.hash } == Self.quote
  }

  private func starts(_ text: String) -> Bool {
    var index = place
    for byte in text.utf8 {
      guard index < input.count, input[index] == byte else { return false }
      index += 1
    }
    return true
  }

  private mutating func keep(_ count: Int) {
    let end = min(place + count, input.count)
    output += input[place..<end]
    place = end
  }

  /// Blanks `count` bytes; line ends stay, so that numbers of lines do.
  private mutating func skip(_ count: Int = 1) {
    for _ in 0..<min(count, input.count - place) {
      output.append(input[place] == Self.newline ? Self.newline : Self.blank)
      place += 1
    }
  }

  private mutating func blankComment() {
    var depth = 0
    repeat {
      if starts("/*") {
        depth += 1
        skip(2)
      } else if starts("*/") {
        depth -= 1
        skip(2)
      } else {
        skip()
      }
    } while depth > 0 && place < input.count
  }

  /// A text of one line or several, plain or raw. What stands inside `\(…)` is blanked with it.
  private mutating func blankText() {
    let hashes = input[place...].prefix { $0 == Self.hash }.count
    keep(hashes)
    let quote = starts("\"\"\"") ? "\"\"\"" : "\""
    let raised = String(repeating: "#", count: hashes)
    keep(quote.utf8.count)
    let (end, escape) = (quote + raised, "\\" + raised)
    while place < input.count, !starts(end) {
      if starts(escape + "(") {
        skip(2 + hashes)
        blankInterpolation()
      } else if starts(escape) {
        skip(2 + hashes)
      } else if quote.utf8.count == 1, input[place] == Self.newline {
        return
      } else {
        skip()
      }
    }
    keep(quote.utf8.count + hashes)
  }

  private mutating func blankInterpolation() {
    var depth = 1
    while place < input.count, depth > 0 {
      if input[place] == Self.quote {
        // A text inside a text: read it by the same rules, then blank what was kept of it.
        let start = output.count
        blankText()
        for index in start..<output.count where output[index] != Self.newline {
          output[index] = Self.blank
        }
        continue
      }
      if input[place] == UInt8(ascii: "(") { depth += 1 }
      if input[place] == UInt8(ascii: ")") { depth -= 1 }
      skip()
    }
  }
}
