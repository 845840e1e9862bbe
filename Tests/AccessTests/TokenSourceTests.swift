import Access
import Foundation
import Logging
import Model
import Testing
import Tokens

/// The token file on disk.
@Suite struct TokenSourceTests {
  private func withFile(_ text: String, mode: Int = 0o600, _ body: (String) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "tokens-\(UUID().uuidString)"
    ).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try write(text, to: path, mode: mode)
    try body(path)
  }

  private func write(_ text: String, to path: String, mode: Int = 0o600) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
  }

  private func line(_ token: String, _ rest: String) -> String {
    "sha256:\(TokenHash(of: token).hexadecimal) \(rest)\n"
  }

  @Test(arguments: [0o644, 0o640, 0o604, 0o660, 0o601])
  func `a file that others may read is refused with the way to mend it`(mode: Int) throws {
    try withFile(line("secret", "ops admin"), mode: mode) { path in
      let error = #expect(throws: SecretError.self) {
        try TokenSource(path: path, logger: Logger(label: "test"))
      }
      #expect(error?.description.contains("chmod 600 \(path)") == true)
    }
  }

  @Test func `a link is judged by the file behind it`() throws {
    try withFile(line("secret", "ops admin")) { path in
      let link = path + ".link"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
      defer { try? FileManager.default.removeItem(atPath: link) }
      #expect(try TokenSource.read(link).identities.count == 1)
    }
  }

  @Test func `a changed file is taken, a bad one leaves the tokens of before`() throws {
    try withFile(line("old", "ops admin")) { path in
      let source = try TokenSource(path: path, logger: Logger(label: "test"))
      #expect(source.refresh() == nil, "nothing changed")
      try write(line("old", "ops admin") + line("new", "grafana viewer"), to: path)
      #expect(source.refresh()?.identities.count == 2)
      try write("nonsense", to: path)
      #expect(source.refresh() == nil)
      #expect(source.tokens.identities.count == 2)
      #expect(source.refresh() == nil, "a bad file is told of once")
      try FileManager.default.removeItem(atPath: path)
      #expect(source.refresh() == nil)
      #expect(source.tokens.identities.count == 2)
      try write(line("new", "grafana viewer"), to: path)
      #expect(source.refresh()?.identities.map(\.principal.name) == ["grafana"])
      #expect(source.refresh(always: true)?.identities.count == 1)
    }
  }

  @Test func `a missing file is named`() {
    let error = #expect(throws: SecretError.self) { try TokenSource.read("/nowhere/tokens") }
    #expect(error?.description == "there is no file /nowhere/tokens")
  }
}
