import Access
import ArgumentParser
import Foundation
import Model
import Tokens

/// `coordinator token …`: makes and checks what callers show.
struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "Make tokens for callers, and check a file of them.",
    discussion: """
      Examples:
        coordinator token create --name trainer --role component --component trainer --file tokens
        coordinator token check tokens

      The file has hashes and never a token. `coordinator serve --tokens FILE` asks every caller for one of them.
      """,
    subcommands: [TokenCreateCommand.self, TokenCheckCommand.self])
}

/// `coordinator token create`.
struct TokenCreateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Make a token, and the line of the token file that makes it known.",
    discussion: """
      Examples:
        coordinator token create --name ops --role admin --file tokens > ops.token
        coordinator token create --name trainer --role component --component trainer --component 'eval-*'

      The token is printed on standard output, this once. The line goes to the end of --file, or to standard error.
      """)

  @Option(help: ArgumentHelp("Who has the token.", valueName: "name"))
  var name: String

  @Option(
    help: ArgumentHelp(
      "viewer reads, component also asks for itself, admin does everything.", valueName: "role"),
    completion: .list(Role.names))
  var role: String

  @Option(
    help: ArgumentHelp(
      "A component that the role component may act for; a * at the end stands for any rest. May be repeated.",
      valueName: "name"))
  var component: [String] = []

  @Option(
    help: ArgumentHelp(
      "The token file to add the line to; made if there is none.", valueName: "file"))
  var file: String?

  func run() async throws {
    let token = TokenMaker.make()
    let identity = try identity(TokenHash(of: token))
    let line = TokenFile.line(identity)
    if let file {
      try append(line, to: file)
      talk("added \(printable(name)) to \(printable(file)); keep the token, it is not shown again")
    } else {
      talk("add this line to the token file; keep the token, it is not shown again:\n\(line)")
    }
    print(token)
  }

  /// What is asked for, read by the same rules as the file.
  private func identity(_ hash: TokenHash) throws -> Identity {
    guard !name.isEmpty, !name.hasPrefix("#"), !name.contains(where: \.isWhitespace) else {
      throw Failure(.usage, "--name: expected a name without blanks")
    }
    guard !component.contains(where: { $0.contains(",") || $0.contains(where: \.isWhitespace) })
    else { throw Failure(.usage, "--component: expected a name without blanks and commas") }
    let names = component.isEmpty ? "" : " " + component.joined(separator: ",")
    do throws(TokenFile.Problems) {
      let table = try TokenFile.read("sha256:\(hash.hexadecimal) \(name) \(role)\(names)")
      guard let identity = table.identities.first else {
        preconditionFailure("a line without a mistake has an identity")
      }
      return identity
    } catch {
      throw Failure(.usage, printable(error.all.first?.message ?? "the token cannot be written"))
    }
  }

  private func append(_ line: String, to path: String) throws {
    let manager = FileManager.default
    if !manager.fileExists(atPath: path) {
      guard
        manager.createFile(
          atPath: path, contents: Data(TokenCreateCommand.head.utf8),
          attributes: [.posixPermissions: 0o600])
      else { throw Failure(.failed, "cannot make \(printable(path)); is its folder there?") }
    }
    do {
      let before = try SecretFile.read(path, bytesMax: TokenSource.fileBytesMax)
      let isWhole = before.isEmpty || before.hasSuffix("\n")
      let added = (isWhole ? "" : "\n") + line + "\n"
      do throws(TokenFile.Problems) {
        _ = try TokenFile.read(before + added)
      } catch {
        throw Failure(.failed, "\(printable(path)): \(printable("\(error)"))")
      }
      let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(added.utf8))
      try handle.synchronize()
    } catch let error as SecretError {
      throw Failure(.failed, printable("\(error)"))
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(.failed, "cannot write \(printable(path)): \(Failure.reason(error))")
    }
  }

  private static let head = """
    # Tokens of a coordinator: hash, name, role and component names; see Docs/ACCESS.md.

    """
}

/// `coordinator token check`.
struct TokenCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a token file, and say who is in it.",
    discussion: """
      Examples:
        coordinator token check tokens
        coordinator token check tokens --format json

      Exit codes: 0 the file can be used, 3 it cannot, with every line that is wrong and what to do.
      """)

  @Argument(help: ArgumentHelp("The token file.", valueName: "file"))
  var file: String

  @OptionGroup var outputOptions: OutputOptions

  func run() async throws {
    let output = try outputOptions.output()
    let table: TokenTable
    do {
      table = try TokenSource.read(file)
    } catch {
      throw Failure(.badConfiguration, printable("\(error)"))
    }
    let principals = table.identities.map(\.principal)
    if output.isStructured {
      output.write(.array(principals.map(TokenCheckCommand.json)))
      return
    }
    for principal in principals {
      var text = "\(printable(principal.name.string))  \(principal.role.name)"
      if case .component(let names) = principal.role { text += "  \(printable(names.text))" }
      output.write(line: text)
    }
    output.write(line: "\(principals.count) token\(principals.count == 1 ? "" : "s")")
  }

  private static func json(_ principal: Principal) -> JSONValue {
    var members: [JSONValue.Member] = [
      .init("name", .string(principal.name.string)), .init("role", .string(principal.role.name)),
    ]
    if case .component(let names) = principal.role {
      members.append(.init("components", .string(names.text)))
    }
    return .object(members)
  }
}
