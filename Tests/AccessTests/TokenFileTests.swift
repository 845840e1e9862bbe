import Access
import Model
import Testing
import Tokens

/// The token file's lines.
@Suite struct TokenFileTests {
  private let one = String(repeating: "0a", count: 32)
  private let two = String(repeating: "0b", count: 32)

  private func problems(_ text: String) -> [TokenFile.Problem] {
    do throws(TokenFile.Problems) {
      _ = try TokenFile.read(text)
      return []
    } catch {
      return error.all
    }
  }

  @Test func `a file of all roles is read, and its lines written the same`() throws {
    let text = """
      # who          may

      sha256:\(one)  trainer  component  trainer,eval-*
      \tsha256:\(two.uppercased()) \t ops admin\r
      sha256:\(String(repeating: "0c", count: 32))  grafana  viewer
      """
    let table = try TokenFile.read(text)
    #expect(table.identities.map(\.principal.name) == ["trainer", "ops", "grafana"])
    #expect(table.identities.map(\.principal.role.name) == ["component", "admin", "viewer"])
    #expect(table.identities[1].hash.hexadecimal == two)
    let written = table.identities.map(TokenFile.line).joined(separator: "\n")
    let again = try TokenFile.read(written)
    #expect(again.identities.map(\.principal) == table.identities.map(\.principal))
    #expect(again.identities.map(\.hash) == table.identities.map(\.hash))
  }

  @Test func `each bad line is named with what to do`() {
    let cases: [(line: String, says: String)] = [
      ("trainer component x", "coordinator token create"),
      ("sha256:\(one)0 ops admin", "64 hexadecimal digits"),
      ("sha256:\(one.dropLast())g ops admin", "64 hexadecimal digits"),
      ("sha256:\(one) ops", "expected the hash, a name, a role"),
      ("sha256:\(one) ops root", "viewer, component or admin"),
      ("sha256:\(one) ops admin trainer", "takes no component names"),
      ("sha256:\(one) t component", "needs the names"),
      ("sha256:\(one) t component a,,b", "commas between them"),
      ("sha256:\(one) t component a*b", "one * at its end"),
      ("sha256:\(one) t component a b", "expected the hash"),
      ("sha256:\(one) \(String(repeating: "n", count: 129)) admin", "128 bytes"),
    ]
    for (line, says) in cases {
      let found = problems("# head\n\n" + line)
      #expect(found.map(\.line) == [3], "\(line)")
      #expect(found.first?.message.contains(says) == true, "\(line): \(found)")
      #expect(found.first.map { "\($0)" }?.contains(one) == false, "a hash stays in the file")
    }
  }

  @Test func `all wrong lines are told at once`() {
    #expect(problems("x\nsha256:\(one) ops admin\ny z\n").map(\.line) == [1, 3])
  }

  @Test func `a token stands once and a name has one role`() {
    let twice = problems("sha256:\(one) a admin\nsha256:\(one.uppercased()) b admin")
    #expect(twice.map(\.message) == ["the token stands in line 1 already; remove one"])
    let other = problems("sha256:\(one) a admin\nsha256:\(two) a viewer")
    #expect(other.first?.message.contains("another role") == true)
    #expect(problems("sha256:\(one) a admin\nsha256:\(two) a admin").isEmpty)
  }

  @Test func `a token is found by its hash alone`() throws {
    let token = TokenMaker.make()
    let hash = TokenHash(of: token)
    #expect(TokenHash(of: "abc").hexadecimal.hasPrefix("ba7816bf8f01cfea414140de5dae2223"))
    let access = AccessControl(
      tokens: try TokenFile.read("sha256:\(one) a admin\nsha256:\(hash.hexadecimal) b viewer"))
    for value in ["Bearer \(token)", "bearer \(token)", "BEARER \(token)"] {
      #expect(try access.identity(authorization: value).principal.name == "b")
    }
    for value in [token, "Basic \(token)", "Bearer", "Bearer \(token)x", "Bearer  \(token)", ""] {
      #expect(throws: CallError.self) { try access.identity(authorization: value) }
    }
    #expect(throws: CallError.tokenUnknown) {
      try access.identity(authorization: "Bearer " + String(repeating: "a", count: 600))
    }
  }

  @Test func `no two new tokens are the same`() {
    let tokens = Set((0..<100).map { _ in TokenMaker.make() })
    #expect(tokens.count == 100)
    #expect(tokens.allSatisfy { $0.utf8.count == 47 })
  }
}
