/// Every bound of the coordinator, by name. At a bound the answer is a refusal that names it.
package struct Limits: Hashable, Sendable {
  // Messages
  /// The largest frame, its four length bytes not counted.
  package var frameBytes = 1 << 20
  /// Memory that decoding one message may take: sixteen times ``frameBytes``, so that what fits a frame can be read. Short
  /// entries of a list need the most, about 220 bytes in memory for 20 of the frame.
  package var decodeArenaBytes: Int { 16 * frameBytes }
  package var requestIDBytes = 255
  package var componentBytes = 255
  package var metadataEntries = 64
  package var metadataBytes = 16_384
  package var poolsPerRequest = 16
  /// Pools of a lease that a service of the same process holds: the nodes of a large gang with their devices.
  package var poolsPerHold = 2048
  /// Details of one reply, blockers of one explanation.
  package var details = 32
  package var pageSizeDefault = 100
  package var pageSize = 1000
  /// Bytes of texts after which a page of the history ends, though more would fit ``pageSize``.
  package var pageBytes = 1 << 16

  // State
  package var pools = 16_384
  /// Leases, waiting requests and remembered requests together.
  package var records = 4_000_000
  package var components = 100_000
  package var queueLength = 10_000
  /// Ended requests that are remembered for replays of the same request_id.
  package var rememberedRequests = 65_536
  package var rememberedTime = TimeSpan.seconds(600)
  package var historyEvents = 16_384
  /// Leases looked at for one forecast or one choice of victims.
  package var forecastHolders = 4096
  /// Waiters played forward for one forecast; with more ahead there is none.
  package var forecastWaiters = 256
  /// Requests in the way that one reason names.
  package var othersNamed = 16
  package var quantity: Int64 = 1_000_000_000_000_000

  // Times
  package var leaseDefault = TimeSpan.seconds(3600)
  /// The longest a lease may be held, renewals counted.
  package var leaseHold = TimeSpan.seconds(7 * 86_400)
  package var leaseMinimum = TimeSpan.milliseconds(1)
  package var waitDefault = TimeSpan.seconds(60)
  package var waitMaximum = TimeSpan.seconds(7 * 86_400)
  /// How long a granted request may stay unclaimed before it is taken back.
  package var claim = TimeSpan.seconds(10)
  package var disconnectGrace = TimeSpan.seconds(10)
  /// How long a coordinator that lost its state waits for holders before it grants anything: the clients' usual lease,
  /// within which each of them renews three times.
  package var learning = TimeSpan.seconds(60)

  // Connections
  package var connections = 10_000
  package var callsPerConnection = 4096
  package var streams = 20_000
  /// Unsent bytes of one connection above which its calls are not read on.
  package var writeBufferBytes = 1 << 20
  /// Unsent bytes above which a connection is closed.
  package var writeBufferBytesClose = 8 << 20
  /// Records and answers that may wait for the disk before calls are not read on.
  package var journalBacklogBytes = 16 << 20
  /// Bytes of answers after which a connection's further calls wait until others had their turn.
  package var turnBytes = 1 << 18
  /// Waiting requests looked at for a connection's answers after which its further calls wait in the same way.
  package var turnWaiters = 4096
  package var writeStall = TimeSpan.seconds(30)
  /// How long a connection that was ended stays open for its peer to read the last answer.
  package var closeLinger = TimeSpan.seconds(2)
  package var idleConnection = TimeSpan.seconds(600)
  /// How long a peer may take to agree on TLS, on both ports.
  package var handshake = TimeSpan.seconds(10)
  /// How long the rest of a begun frame may take.
  package var frameArrival = TimeSpan.seconds(30)
  package var callTimeoutDefault = TimeSpan.seconds(30)
  /// For streams that name no timeout.
  package var streamTimeoutDefault = TimeSpan.seconds(86_400)
  /// Streams served before other work gets its turn.
  package var streamsPerSlice = 64
  /// Events sent to one stream before others get their turn.
  package var eventsPerSlice = 128
  package var statusStreamInterval = TimeSpan.milliseconds(100)
  package var statusStreamHeartbeat = TimeSpan.seconds(5)
  package var drain = TimeSpan.seconds(20)

  // The log of slow calls
  /// How long a call may take from its arrival to its answer before the log tells of it; zero = it never does.
  package var slowCall = TimeSpan.milliseconds(500)
  /// Slow calls that are told each second; of the others only their number.
  package var slowCallLines = 10
  /// Calls whose answers are waited for at a time; those beyond are not watched.
  package var watchedCalls = 4096

  // HTTP
  package var httpConnections = 512
  /// All header fields of one HTTP request.
  package var httpHeaderBytes = 16_384
  /// How long an HTTP connection may stand without a request, or with half a one.
  package var httpIdle = TimeSpan.seconds(60)
  /// Browsers that follow the state.
  package var pageStreams = 128
  /// The shortest time between two states sent to browsers.
  package var pageInterval = TimeSpan.milliseconds(500)
  /// The longest one: a state is sent again although nothing changed, so that its age shows.
  package var pageHeartbeat = TimeSpan.seconds(5)

  package init() {}
}
