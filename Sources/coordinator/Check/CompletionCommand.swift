import ArgumentParser
import Model

/// `coordinator completion`: scripts for shells.
struct CompletionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion",
    abstract: "Print the completion script of a shell.",
    discussion: """
      Examples:
        source <(coordinator completion bash)
        coordinator completion fish > ~/.config/fish/completions/coordinator.fish
      """)

  enum Shell: String, CaseIterable {
    case bash, zsh, fish
  }

  @Argument(
    help: "bash, zsh or fish.", completion: .list(Shell.allCases.map(\.rawValue)),
    transform: { try Choice.read($0, Shell.self) })
  var shell: Shell

  func run() throws {
    let kind: CompletionShell =
      switch shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    print(CoordinatorCommand.completionScript(for: kind))
  }
}
