extension Reason {
  package var entry: Entry {
    switch self {
    case .insufficientCapacity:
      Entry(
        code: .ok, meaning: "The pool has less free than was asked.",
        remedy: "Ask for at most `available`, set `wait`, or come back at `until`.")
    case .aheadInQueue:
      Entry(
        code: .ok, meaning: "A request that comes first waits for the same pool.",
        remedy: "Wait, or ask with a higher priority.")
    case .canNeverFit:
      Entry(
        code: .ok, meaning: "More was asked than the pool has in total.",
        remedy: "Ask for at most `limit`, or raise the pool's capacity.")
    case .overCommitted:
      Entry(
        code: .ok, meaning: "More is held than the capacity, after a shrink or a change of mode.",
        remedy: "Wait until leases end; nothing is granted before the pool is back under.")
    case .rateLimited:
      Entry(
        code: .ok, meaning: "The rate pool's allowance is spent.",
        remedy: "Ask again after `retry_after`, or set `wait`.")
    case .simulatedContention:
      Entry(
        code: .ok, meaning: "The mode simulate_contention drew this outcome.",
        remedy: "Nothing is short: test how your program copes.")
    case .queueFull:
      Entry(
        code: .ok, meaning: "As many requests wait as may wait.",
        remedy: "Come back later; the limit is `queueLength`.")
    case .componentLeaseLimit:
      Entry(
        code: .ok, meaning: "The component holds as many leases as it may.",
        remedy: "Release one first.")
    case .componentQueueLimit:
      Entry(
        code: .ok, meaning: "The component has as many requests waiting as it may.",
        remedy: "Cancel one first, or wait for one to be granted.")
    case .componentShareLimit:
      Entry(
        code: .ok, meaning: "The component would hold more than its share of the pool.",
        remedy: "Ask for less, or release some first.")
    case .lockDelay:
      Entry(
        code: .ok, meaning: "Capacity of a lease that was lost stays closed for the lock delay.",
        remedy: "Wait until `until`.")
    case .preemptionPending:
      Entry(
        code: .ok, meaning: "Leases of lower priority have been told to end for this request.",
        remedy: "Wait until `until`.")
    case .fits:
      Entry(code: .ok, meaning: "This pool is not in the way.", remedy: "Nothing to do.")
    case .leaseReleased:
      Entry(
        code: .ok, meaning: "The lease of this request was released.",
        remedy: "Ask with a new request_id for a new lease.")
    case .leaseExpired:
      Entry(
        code: .ok, meaning: "The lease of this request came to its end.",
        remedy: "Ask with a new request_id, and renew in time.")
    case .leasePreempted:
      Entry(
        code: .ok, meaning: "The lease was taken for a request of higher priority.",
        remedy: "Ask again with `wait`.")
    case .claimLapsed:
      Entry(
        code: .ok, meaning: "The grant was not fetched in time and was taken back.",
        remedy: "Keep AwaitGrant open, or ask again sooner.")
    case .queueTimeout:
      Entry(
        code: .ok, meaning: "The request waited as long as its timeout allows.",
        remedy: "Ask again with a longer `timeout`.")
    case .requestCancelled:
      Entry(code: .ok, meaning: "The waiting request was cancelled.", remedy: "Nothing to do.")
    case .ownerDisconnected:
      Entry(
        code: .ok, meaning: "The connection was lost and the request asked to be cancelled then.",
        remedy: "Ask again.")
    case .invalidField:
      Entry(
        code: .invalidArgument, meaning: "A field's value is not valid.",
        remedy: "Correct the field named in `field`.")
    case .unknownPool:
      Entry(
        code: .invalidArgument, meaning: "There is no such pool.",
        remedy: "Use a pool that the status lists, or add it to the configuration.")
    case .malformedMessage:
      Entry(
        code: .invalidArgument, meaning: "The bytes are not a valid message of the call.",
        remedy: "Check the client's .proto and the payload.")
    case .unknownMethod:
      Entry(
        code: .unimplemented, meaning: "The server does not know the call.",
        remedy: "Check the server's version with Hello.")
    case .requestIDReused:
      Entry(
        code: .alreadyExists, meaning: "The request_id was used for a request with other content.",
        remedy: "Take a new request_id for a new request.")
    case .requestNotFound:
      Entry(
        code: .notFound, meaning: "No request with this id is known, or it is long over.",
        remedy: "Check the id.")
    case .invalidToken:
      Entry(
        code: .permissionDenied, meaning: "The token is not the lease's token.",
        remedy: "Use the token and the component of the grant.")
    case .notTheOwner:
      Entry(
        code: .permissionDenied,
        meaning: "The request belongs to another principal, component or secret.",
        remedy: "Use the token, the component and the client_secret of the request.")
    case .unauthenticated:
      Entry(
        code: .unauthenticated,
        meaning: "Tokens are asked for, and the call has none that is known.",
        remedy: "Send the metadata `authorization: Bearer TOKEN`; Docs/ACCESS.md makes a token.")
    case .roleNotAllowed:
      Entry(
        code: .permissionDenied, meaning: "The token's role may not make this call.",
        remedy: "Use a token of the role `component` or `admin`.")
    case .componentNotAllowed:
      Entry(
        code: .permissionDenied, meaning: "The token may not act for this component.",
        remedy: "Use the component's own token, or add the name to the token's line.")
    case .leaseEnded:
      Entry(
        code: .failedPrecondition, meaning: "The lease has ended; nothing was changed.",
        remedy: "Stop using the resource and ask for a new lease.")
    case .leaseNotAdopted:
      Entry(
        code: .failedPrecondition,
        meaning:
          "The coordinator lost its state, and what the lease needs was announced by others before.",
        remedy: "Stop using the resource and ask for a new lease; the details name the holders.")
    case .priorityNotAllowed:
      Entry(
        code: .permissionDenied, meaning: "The component may not ask with this priority.",
        remedy: "Ask with at most the priority in `limit` points.")
    case .callRateExceeded:
      Entry(
        code: .resourceExhausted, meaning: "The component makes more calls a second than it may.",
        remedy: "Slow down; ask again after `retry_after`.")
    case .tooManyCalls:
      Entry(
        code: .resourceExhausted, meaning: "The connection has as many calls open as it may.",
        remedy: "Wait for answers before sending more.")
    case .tooManyStreams:
      Entry(
        code: .resourceExhausted, meaning: "The server has as many streams open as it may.",
        remedy: "Close streams that are not needed.")
    case .tooManyRecords:
      Entry(
        code: .resourceExhausted,
        meaning: "The server holds as many leases and requests as it may.",
        remedy: "Release leases, or raise the limit.")
    case .quantityOverflow:
      Entry(
        code: .resourceExhausted, meaning: "The sum of what is held would no longer be a number.",
        remedy: "Release leases first.")
    case .callIDInUse:
      Entry(
        code: .alreadyExists, meaning: "The connection has a call open with this call_id.",
        remedy: "Give every call in flight its own call_id.")
    case .callCancelled:
      Entry(code: .cancelled, meaning: "The client cancelled the call.", remedy: "Nothing to do.")
    case .deadlineExceeded:
      Entry(
        code: .deadlineExceeded, meaning: "The call's timeout passed before its end.",
        remedy: "Ask again with the same request_id, or allow more time.")
    case .draining:
      Entry(
        code: .unavailable, meaning: "The server is draining and takes no new requests.",
        remedy: "Try again soon; leases live on and can be renewed and released.")
    case .recovering:
      Entry(
        code: .unavailable,
        meaning: "The server has just started and reads its journal; nothing is decided yet.",
        remedy: "Try again soon, with the same request_id; `/readyz` tells when it is over.")
    case .learning:
      Entry(
        code: .unavailable,
        meaning:
          "The server lost its state and learns from the holders of leases what is in use; it grants nothing yet.",
        remedy: "Set `wait`, or ask again after `retry_after`; held leases are renewed as always.")
    case .revisionCompacted:
      Entry(
        code: .outOfRange,
        meaning:
          "Events after that revision are no longer kept, or it is another coordinator's, from before a restart.",
        remedy: "Read the status anew and watch from `limit`.")
    case .slowReader:
      Entry(
        code: .resourceExhausted, meaning: "The client reads more slowly than it is written to.",
        remedy: "Read replies as they come, or watch less.")
    case .frameTooLarge:
      Entry(
        code: .invalidArgument, meaning: "The frame's length is 0 or above the limit.",
        remedy: "Send frames of 1 to `limit` bytes.")
    case .idleConnection:
      Entry(
        code: .unavailable, meaning: "Nothing came on the connection for the idle time.",
        remedy: "Reconnect when there is something to ask, or send HealthCheck.")
    case .notThisProtocol:
      Entry(
        code: .invalidArgument, meaning: "The connection speaks HTTP or TLS, not this protocol.",
        remedy: "See Proto/PROTOCOL.md; the web page is on the HTTP port.")
    case .tooManyConnections:
      Entry(
        code: .resourceExhausted, meaning: "As many connections are open as may be.",
        remedy: "Share connections: calls are multiplexed.")
    case .cannotConnect:
      Entry(
        code: .unavailable, meaning: "The coordinator could not be reached.",
        remedy: "Check that it runs, and the host and port.")
    case .connectionLost:
      Entry(
        code: .unavailable, meaning: "The connection broke before the answer came.",
        remedy: "Ask again with the same request_id.")
    case .leaseLost:
      Entry(
        code: .aborted, meaning: "The lease ended while it was being used.",
        remedy: "Stop using the resource; work done since may overlap another holder's.")
    case .clientClosed:
      Entry(
        code: .cancelled, meaning: "The client was closed.", remedy: "Make calls inside its scope.")
    }
  }
}
