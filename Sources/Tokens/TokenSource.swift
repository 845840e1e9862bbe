package import Access
package import Logging
import NIOConcurrencyHelpers

/// The token file on disk, read again when it changes.
package final class TokenSource: Sendable {
  package static let fileBytesMax = 4 << 20

  private let path: String
  private let logger: Logger
  private struct State {
    var stamp: SecretFile.Stamp?
    var tokens: TokenTable
  }
  private let state: NIOLockedValueBox<State>

  /// The tokens in force.
  package var tokens: TokenTable { state.withLockedValue { $0.tokens } }

  /// Reads the file for the first time. Throws what is wrong with it.
  package init(path: String, logger: Logger) throws(SecretError) {
    self.path = path
    self.logger = logger
    let first = SecretFile.stamp(path)
    state = NIOLockedValueBox(State(stamp: first, tokens: try TokenSource.read(path)))
  }

  /// The tokens of a file. Throws everything that is wrong with it, by line.
  package static func read(_ path: String) throws(SecretError) -> TokenTable {
    let text = try SecretFile.read(path, bytesMax: fileBytesMax)
    do throws(TokenFile.Problems) {
      return try TokenFile.read(text)
    } catch {
      throw SecretError("\(path): \(error)")
    }
  }

  /// Reads the file again if it is another than last time, or if that is asked for. A file with a mistake is told of and
  /// changes nothing. Answers the new table, if there is one.
  package func refresh(always: Bool = false) -> TokenTable? {
    state.withLockedValue { state in
      let now = SecretFile.stamp(path)
      guard always || now != state.stamp else { return nil }
      state.stamp = now
      do throws(SecretError) {
        state.tokens = try TokenSource.read(path)
        logger.notice("tokens read anew", metadata: ["tokens": "\(state.tokens.identities.count)"])
        return state.tokens
      } catch {
        logger.error(
          "the token file cannot be used; the tokens of before stay",
          metadata: ["error": "\(error)"])
        return nil
      }
    }
  }
}
