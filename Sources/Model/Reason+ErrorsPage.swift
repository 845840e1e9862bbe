extension Reason {
  /// The exit code of a command that ends for this reason.
  package var exitCode: Int32 {
    switch self {
    case .fits, .leaseReleased: 0
    case .invalidField, .unknownPool, .malformedMessage: 2
    case .cannotConnect: 4
    case .insufficientCapacity, .aheadInQueue, .canNeverFit, .overCommitted, .rateLimited,
      .simulatedContention, .queueFull, .componentLeaseLimit, .componentQueueLimit,
      .componentShareLimit, .lockDelay, .preemptionPending, .priorityNotAllowed:
      5
    case .queueTimeout: 6
    case .leaseExpired, .leasePreempted, .claimLapsed, .leaseEnded, .leaseNotAdopted, .leaseLost: 7
    case .requestCancelled, .ownerDisconnected, .unknownMethod, .requestIDReused, .requestNotFound,
      .invalidToken, .notTheOwner, .callRateExceeded, .tooManyCalls, .tooManyStreams,
      .tooManyRecords, .quantityOverflow, .callIDInUse, .callCancelled, .deadlineExceeded,
      .draining, .recovering, .learning, .revisionCompacted, .slowReader, .frameTooLarge,
      .idleConnection,
      .notThisProtocol, .tooManyConnections, .connectionLost, .clientClosed, .unauthenticated,
      .roleNotAllowed, .componentNotAllowed:
      1
    }
  }

  /// `Docs/ERRORS.md`, from the catalogue.
  package static var errorsPage: String {
    var page = """
      # Errors and reasons

      This page is generated from the catalogue in `Sources/Model/Reason.swift`; a test compares them.

      Every refusal, denial and wait names a reason, as `reason` in a reply's details. With code `OK` the call was decided
      and `ResourceResponse.status` tells how; with any other code nothing was decided or changed. The exit code is that of
      a `coordinator` command that ends for the reason.

      | reason | code | meaning | what to do | exit code |
      |---|---|---|---|---|

      """
    for reason in Reason.allCases {
      let entry = reason.entry
      page +=
        "| `\(reason.rawValue)` | `\(entry.code.name)` (\(entry.code.rawValue)) | \(entry.meaning) "
        + "| \(entry.remedy) | \(reason.exitCode) |\n"
    }
    page += """

      ## Exit codes

      | exit code | meaning |
      |---|---|
      | 0 | it worked |
      | 1 | it failed |
      | 2 | usage or bad input |
      | 3 | bad configuration |
      | 4 | the coordinator cannot be reached |
      | 5 | denied |
      | 6 | still queued at the deadline |
      | 7 | the lease was lost |

      `coordinator run` passes on the child's exit code; its own faults are 125, 126 and 127.

      """
    return page
  }
}
