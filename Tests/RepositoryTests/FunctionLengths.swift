extension SwiftText {
  /// Functions and initialisers with a body: their first line and how many lines they have.
  var functions: [(name: String, line: Int, length: Int)] {
    var found: [(name: String, line: Int, length: Int)] = []
    for (number, line) in code.enumerated() {
      guard let name = Self.functionName(in: line), let end = endOfBody(from: number, name: name)
      else { continue }
      found.append((name, number + 1, end - number + 1))
    }
    return found
  }

  private static func functionName(in line: Substring) -> String? {
    let words = line.split { $0 == " " || $0 == "(" || $0 == "<" || $0 == "?" }
    if let place = words.firstIndex(of: "func"), place + 1 < words.count {
      return String(words[place + 1])
    }
    guard let first = words.first(where: { !modifiers.contains($0) }), first == "init",
      line.contains("init(") || line.contains("init<") || line.contains("init?(")
    else { return nil }
    return "init"
  }

  /// The index of the line with the brace that closes the body; nil where there is none, as in a protocol.
  private func endOfBody(from first: Int, name: String) -> Int? {
    var round = 0
    var braces = 0
    for number in first..<code.count {
      let isFirst = number == first
      if !isFirst, round == 0, braces == 0, Self.startsDeclaration(code[number]) { return nil }
      for character in code[number] {
        switch character {
        case "(", "[": round += 1
        case ")", "]": round -= 1
        case "{" where round == 0 || braces > 0: braces += 1
        case "}" where braces > 0:
          braces -= 1
          if braces == 0 { return number }
        case "}" where round == 0: return nil
        default: break
        }
      }
    }
    return nil
  }

  private static func startsDeclaration(_ line: Substring) -> Bool {
    let words = line.split { $0 == " " || $0 == "(" }
    guard let first = words.first(where: { !modifiers.contains($0) }) else { return false }
    return ["func", "var", "let", "init", "case", "subscript", "associatedtype"].contains(first)
  }

  private static let modifiers: Set<Substring> = [
    "public", "package", "internal", "private", "fileprivate", "static", "mutating", "override",
    "convenience", "required", "final", "borrowing", "consuming", "nonisolated",
  ]
}
