import Model

/// What a request asks for and how.
struct Terms: Sendable {
  var amounts: [Amount]
  var priority = Priority.normal
  var wait = WaitPolicy.fail
  var duration: Duration?
  var metadata: [String: String] = [:]
  var allowPartial = false
  var requestID: String?
  var cancelOnDisconnect = false

  /// The request as it is sent, the same in every attempt; throws for what cannot be sent at all.
  func request(
    component: String, secret: Text
  ) throws(CoordinatorError) -> ResourceRequest {
    let id = requestID ?? CoordinatorClient.makeID()
    guard let first = amounts.first else {
      throw CoordinatorError(
        .invalidArgument, .invalidField, "a request asks for at least one amount", requestID: id)
    }
    let isTooLong = metadata.contains {
      $0.key.utf8.count > Metadata.textBytesMax || $0.value.utf8.count > Metadata.textBytesMax
    }
    guard !isTooLong else {
      throw CoordinatorError(
        .invalidArgument, .invalidField,
        "a key or value of the metadata is longer than \(Metadata.textBytesMax) bytes",
        requestID: id)
    }
    if let duration, duration <= .zero {
      throw CoordinatorError(
        .invalidArgument, .invalidField, "the duration of a lease is above zero", requestID: id)
    }
    return ResourceRequest(
      requestID: Text(id), component: Text(component),
      claims: Claims(first.claim, rest: amounts.dropFirst().map(\.claim)),
      priority: priority.number, timeout: wait.limit, duration: duration.map { TimeSpan($0) },
      metadata: Metadata(metadata), wait: wait.limit != nil, allowPartial: allowPartial,
      clientSecret: secret, cancelOnDisconnect: cancelOnDisconnect,
      isMultiple: amounts.count > 1)
  }
}
