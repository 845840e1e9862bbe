import Model

// What readers of several sorts of bytes share.

extension ByteSource {
  mutating func optionalInstant() throws(Malformed) -> Instant? {
    try optional { source throws(Malformed) in try source.instant() }
  }

  mutating func optionalText() throws(Malformed) -> Text? {
    try optional { source throws(Malformed) in try source.text() }
  }

  /// A count of things of which each takes a byte or more.
  mutating func boundedCount() throws(Malformed) -> Int {
    let count = try count()
    guard count <= remaining else { throw malformed("\(count) entries") }
    return count
  }
}
