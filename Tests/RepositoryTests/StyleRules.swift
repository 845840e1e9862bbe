/// The rules of STYLE.md that reading the text can check. Each one returns what breaks it.
enum StyleRules {
  static let linesPerFile = 600
  static let linesPerFunction = 70

  /// Pages and data may be as long as they need.
  static func longFile(_ path: String, _ text: String) -> [Finding] {
    guard !path.hasSuffix(".md"), !path.hasSuffix(".json") else { return [] }
    let count = text.split(separator: "\n", omittingEmptySubsequences: false).count
    guard count > linesPerFile + 1 else { return [] }
    return [Finding(path: path, line: count, message: "more than \(linesPerFile) lines")]
  }

  static func longFunctions(_ file: SwiftText) -> [Finding] {
    file.functions.filter { $0.length > linesPerFunction }.map {
      Finding(path: file.path, line: $0.line, message: "\($0.name) has \($0.length) lines")
    }
  }

  /// `x!`, `try!`, `as!` and types such as `Int!`.
  static func force(_ file: SwiftText) -> [Finding] {
    file.code.enumerated().flatMap { number, line -> [Finding] in
      var found: [Finding] = []
      var before: Character = " "
      let characters = Array(line)
      for (index, character) in characters.enumerated() {
        let after = index + 1 < characters.count ? characters[index + 1] : " "
        if character == "!", after != "=",
          before.isLetter || before.isNumber || ")]}_`\"".contains(before)
        {
          found.append(Finding(path: file.path, line: number + 1, message: "force unwrap or try"))
        }
        before = character
      }
      return found
    }
  }

  /// Marks of work that is left. Written in parts, so that this file does not break its own rule.
  static let unfinished = ["TO" + "DO", "FIX" + "ME", "X" + "XX:", "HA" + "CK:"]

  static func unfinishedWork(_ path: String, _ text: String) -> [Finding] {
    findings(path, text, unfinished, "work that is left belongs in an issue")
  }

  /// Places of one machine: homes, checkouts and where a toolchain happens to lie.
  static let machinePlaces = [
    "/ro" + "ot/", "/ho" + "me/", "/wo" + "rk/", "/opt/sw" + "ift", "/Us" + "ers/",
  ]

  static func machinePaths(_ path: String, _ text: String) -> [Finding] {
    findings(path, text, machinePlaces, "a path of one machine")
  }

  /// `@unchecked Sendable` says in a comment what makes it true: the line before, or its own.
  static func uncommentedUnchecked(_ file: SwiftText) -> [Finding] {
    file.code.enumerated().compactMap { number, line in
      guard line.contains("@unchecked"), !file.lines[number].contains("//"),
        number == 0 || !file.lines[number - 1].contains("//")
      else { return nil }
      return Finding(path: file.path, line: number + 1, message: "@unchecked without its reason")
    }
  }

  /// The standard library's locks and atomics: the thread sanitizer does not see a `Mutex` on Linux and reports every access
  /// behind one as a race.
  static func unseenLocks(_ file: SwiftText) -> [Finding] {
    file.imports.filter { $0.module == "Synchronization" }.map { _, line in
      Finding(path: file.path, line: line, message: "use NIOLockedValueBox instead of Mutex")
    }
  }

  /// The marks of a merge that nobody finished, at the start of a line.
  static func unfinishedMerge(_ path: String, _ text: String) -> [Finding] {
    let marks = ["<<<<<<" + "< ", ">>>>>>" + "> "]
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .filter { _, line in marks.contains { line.hasPrefix($0) } }
      .map { Finding(path: path, line: $0.offset + 1, message: "a merge was not finished") }
  }

  private static func findings(
    _ path: String, _ text: String, _ words: [String], _ message: String
  ) -> [Finding] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .flatMap { number, line in
        words.filter(line.contains).map {
          Finding(path: path, line: number + 1, message: "\($0): \(message)")
        }
      }
  }
}
