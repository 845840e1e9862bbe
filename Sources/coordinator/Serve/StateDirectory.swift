import Foundation

/// The folder in which a coordinator keeps its journal where none is named.
enum StateDirectory {
  /// The folder that is named, or `resource-coordinator` in the user's state directory, as the XDG base directory
  /// specification says: below `$XDG_STATE_HOME`, or `~/.local/state`.
  static func path(_ named: String?) throws(Failure) -> String {
    if let named { return named }
    let environment = ProcessInfo.processInfo.environment
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
      return state + "/resource-coordinator"
    }
    guard let home = environment["HOME"], home.hasPrefix("/") else {
      throw Failure(
        .usage,
        "there is no home directory to keep the leases in; name a folder with --data-dir, or keep "
          + "nothing with --ephemeral")
    }
    return home + "/.local/state/resource-coordinator"
  }
}
