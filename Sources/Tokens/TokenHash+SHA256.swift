package import Access
import Crypto

extension TokenHash {
  /// The SHA-256 of a token.
  package init(of token: String) {
    self.init(bytes: Array(SHA256.hash(data: Array(token.utf8))))
  }
}

extension AccessControl {
  /// Asks for tokens of a table, by their SHA-256.
  package init(tokens: TokenTable) {
    self.init(tokens: tokens, hash: { TokenHash(of: $0) })
  }
}

/// New tokens.
package enum TokenMaker {
  /// A token of 256 random bits, in letters that need no quoting anywhere. The beginning lets scanners for secrets that
  /// slipped into a repository know it.
  package static func make() -> String {
    var generator = SystemRandomNumberGenerator()
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    return "rct_" + String((0..<43).map { _ in letters[Int(generator.next() & 63)] })
  }
}
