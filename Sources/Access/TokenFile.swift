import Model

/// The file of tokens: one line for each, with its hash and never the token itself.
///
/// ```
/// # hash                     name     role       components
/// sha256:9f86d081…0f00a08    trainer  component  trainer,eval-*
/// sha256:2c26b46b…866e7ae    grafana  viewer
/// ```
///
/// Fields stand apart by blanks or tabs; what follows a `#` at the start of a line is a remark. A name may stand several
/// times, with the same role, so that an old token and its successor are good at once.
package enum TokenFile {
  /// The most tokens of one file.
  package static let tokensMax = 10_000
  /// The longest name of a principal, in bytes.
  static let nameBytesMax = 128
  private static let prefix = "sha256:"

  /// One wrong line.
  package struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
    package let line: Int
    package let message: String

    package var description: String { "line \(line): \(message)" }
  }

  /// Every wrong line of a file.
  package struct Problems: Error, Hashable, Sendable, CustomStringConvertible {
    package let all: [Problem]

    package var description: String { all.map(\.description).joined(separator: "; ") }
  }

  /// Reads a file's text, or throws all that is wrong with it. What is thrown repeats no hash and no token.
  package static func read(_ text: String) throws(Problems) -> TokenTable {
    var problems: [Problem] = []
    var identities: [Identity] = []
    var lines: [TokenHash: Int] = [:]
    var roles: [Text: (role: Role, line: Int)] = [:]
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let number = index + 1
      let fields = line.split { $0 == " " || $0 == "\t" }.map(String.init)
      guard let first = fields.first, !first.hasPrefix("#") else { continue }
      do throws(Problem) {
        let identity = try read(fields, line: number)
        if let other = lines[identity.hash] {
          throw Problem(
            line: number, message: "the token stands in line \(other) already; remove one")
        }
        lines[identity.hash] = number
        let principal = identity.principal
        if let other = roles[principal.name], other.role != principal.role {
          throw Problem(
            line: number,
            message:
              "\(principal.name) has another role or other components in line \(other.line); make them the same, or "
              + "take another name")
        }
        roles[principal.name] = (principal.role, number)
        identities.append(identity)
      } catch {
        problems.append(error)
      }
    }
    if identities.count > tokensMax {
      problems.append(Problem(line: tokensMax + 1, message: "more than \(tokensMax) tokens"))
    }
    guard problems.isEmpty else { throw Problems(all: problems) }
    return TokenTable(identities)
  }

  private static func read(_ fields: [String], line: Int) throws(Problem) -> Identity {
    guard fields[0].hasPrefix(prefix),
      let hash = TokenHash(hexadecimal: fields[0].dropFirst(prefix.count))
    else {
      throw Problem(
        line: line,
        message:
          "expected sha256: and 64 hexadecimal digits first; make the line with `coordinator token create`"
      )
    }
    guard fields.count >= 3, fields.count <= 4 else {
      throw Problem(
        line: line,
        message: "expected the hash, a name, a role and, for the role component, component names")
    }
    let name = Text(fields[1])
    guard name.utf8Count <= nameBytesMax, !name.hasControlCharacters else {
      throw Problem(
        line: line, message: "the name has control characters or more than \(nameBytesMax) bytes")
    }
    let role = try role(fields[2], components: fields.count == 4 ? fields[3] : nil, line: line)
    return Identity(hash: hash, principal: Principal(name: name, role: role))
  }

  private static func role(_ name: String, components: String?, line: Int) throws(Problem) -> Role {
    let list = components.map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    switch (name, list) {
    case ("viewer", nil): return .viewer
    case ("admin", nil): return .admin
    case ("viewer", _), ("admin", _):
      throw Problem(
        line: line,
        message: "the role \(name) takes no component names; remove them, or say component")
    case ("component", let list?):
      guard let names = ComponentNames(list.map(String.init)) else {
        throw Problem(
          line: line,
          message:
            "expected component names with commas between them, each whole or with one * at its end"
        )
      }
      return .component(names)
    case ("component", nil):
      throw Problem(
        line: line,
        message: "the role component needs the names it may act for, such as trainer,eval-*")
    default:
      throw Problem(
        line: line, message: "the role is to be viewer, component or admin")
    }
  }

  /// The line of a token.
  package static func line(_ identity: Identity) -> String {
    let principal = identity.principal
    let fields = [prefix + identity.hash.hexadecimal, principal.name.string, principal.role.name]
    guard case .component(let names) = principal.role else { return fields.joined(separator: "  ") }
    return (fields + [names.text]).joined(separator: "  ")
  }
}
