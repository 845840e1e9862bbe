import Foundation
import Model
import ResourceCoordinatorClient
import Subprocess
import SystemPackage
import UnixSignals

/// How the child of `run` ended.
enum ChildEnd: Sendable {
  case exited(Int32)
  case signalled(Int32)
  case notStarted(String)
  /// Says how; the child was stopped.
  case leaseLost(String)
}

/// One child process under a lease: signals are passed on to it, and it is stopped when the lease is lost.
struct ChildRun {
  let path: String
  let arguments: [String]
  let lease: HeldLease
  let killAfter: TimeSpan
  let address: CoordinatorAddress
  let output: Output

  private enum Finish: Sendable {
    case child(ChildEnd)
    case lost(String)
    case signalsEnded
  }

  func run() async -> ChildEnd {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup, .sigquit)
    let (identifiers, continuation) = AsyncStream.makeStream(
      of: Int32.self, bufferingPolicy: .bufferingNewest(1))
    return await withTaskGroup(of: Finish.self) { group in
      group.addTask {
        let end = await start { continuation.yield($0) }
        continuation.finish()
        return .child(end)
      }
      group.addTask { .lost(await lease.keepAlive(output)) }
      group.addTask {
        for await identifier in identifiers {
          for await signal in signals { pass(signal, to: identifier) }
        }
        return .signalsEnded
      }
      var loss: String?
      while let finish = await group.next() {
        switch finish {
        case .child(let end):
          group.cancelAll()
          return loss.map { .leaseLost($0) } ?? end
        case .lost(let message):
          guard loss == nil else { break }
          loss = message
          // The child's task is cancelled with the others, which stops the child: SIGTERM, then SIGKILL.
          group.cancelAll()
        case .signalsEnded: break
        }
      }
      return .leaseLost(loss ?? "unknown")
    }
  }

  /// Passes a signal on. Those of the terminal's keys have reached the child already: it is in the same group.
  private func pass(_ signal: UnixSignal, to identifier: Int32) {
    let isFromKeys = signal == .sigint || signal == .sigquit
    if isFromKeys, isatty(0) == 1, tcgetpgrp(0) == getpgrp() { return }
    kill(identifier, signal.number)
  }

  private func start(started: @escaping @Sendable (Int32) -> Void) async -> ChildEnd {
    var options = PlatformOptions()
    options.teardownSequence = [
      .gracefulShutDown(allowedDurationToNextStep: killAfter.duration)
    ]
    do {
      let result = try await Subprocess.run(
        .path(FilePath(path)), arguments: Arguments(arguments), environment: environment,
        platformOptions: options,
        input: .fileDescriptor(.standardInput, closeAfterSpawningProcess: false),
        output: .fileDescriptor(.standardOutput, closeAfterSpawningProcess: false),
        error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
      ) { execution in
        started(execution.processIdentifier.value)
      }
      switch result.terminationStatus {
      case .exited(let code): return .exited(code)
      case .signaled(let signal): return .signalled(signal)
      }
    } catch {
      return .notStarted("\(error)")
    }
  }

  private var environment: Subprocess.Environment {
    var values: [Subprocess.Environment.Key: String?] = [
      "COORDINATOR_LEASE_ID": lease.requestID.string,
      "COORDINATOR_LEASE_COMPONENT": lease.component.string,
      "COORDINATOR_ADDRESS": address.description,
    ]
    if let fencing = lease.fencing {
      values["COORDINATOR_LEASE_FENCING"] = "\(fencing.epoch).\(fencing.counter)"
    }
    return .inherit.updating(values)
  }
}
