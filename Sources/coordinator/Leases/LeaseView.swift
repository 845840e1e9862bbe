import Model

/// A lease, and the lack of one, for people.
enum LeaseView {
  static func sheet(
    _ response: ResourceResponse, _ asked: ResourceRequest, _ output: Output, secret: Bool
  ) -> Sheet {
    let moments = output.moments
    var sheet = Sheet()
    sheet.add("REQUEST", response.requestID.string)
    sheet.add("STATUS", response.status?.name ?? "UNKNOWN")
    sheet.add("COMPONENT", asked.component.string)
    if response.status == .granted {
      sheet.add("GRANTED", granted(response, asked))
      if !response.token.isEmpty { sheet.add("TOKEN", response.token.string) }
      if let fencing = response.fencing {
        sheet.add("FENCING", "\(fencing.epoch).\(fencing.counter)")
      }
      sheet.add("EXPIRES", moments.text(response.expiresAt))
    }
    if let place = response.queue {
      sheet.add("POSITION", "\(place.position) of \(place.length)")
      if let expected = place.forecast?.expected { sheet.add("EXPECTED", moments.text(expected)) }
      sheet.add("DEADLINE", moments.text(place.deadline))
    }
    if let rate = response.rate { sheet.add("REMAINING", "\(rate.remaining) of \(rate.limit)") }
    if secret { sheet.add("CLIENT SECRET", asked.clientSecret.string) }
    return sheet
  }

  private static func granted(_ response: ResourceResponse, _ asked: ResourceRequest) -> String {
    guard response.granted.isEmpty else { return amounts(response.granted) }
    let pool = response.pool.isEmpty ? asked.claims.first.pool.name : response.pool
    return amounts([
      PoolQuantity(pool: PoolReference(name: pool), quantity: response.grantedQuantity)
    ])
  }

  /// `gpu 8000 MB, cpu 4 cores`; units are known for the built-in pools.
  static func amounts(_ amounts: [PoolQuantity]) -> String {
    amounts.map { amount in
      let definition = PoolDefinition.builtIn.first {
        $0.name == amount.pool.name || (amount.pool.name.isEmpty && $0.number == amount.pool.number)
      }
      let name = definition?.name ?? amount.pool.name
      let shown = name.isEmpty ? "pool \(amount.pool.number)" : name.string
      return "\(shown) \(QuantityText.text(amount.quantity, unit: definition?.unit ?? .empty))"
    }.joined(separator: ", ")
  }

  /// Says on standard error why there is no lease, with every reason.
  static func tellWhyNot(_ response: ResourceResponse, _ asked: ResourceRequest) {
    let word =
      switch response.status {
      case .denied: "denied"
      case .expired: "not granted"
      case .released: "not granted: the lease of this request was given back"
      default: "not granted"
      }
    talk("\(word): \(printable(response.message))")
    guard let explanation = response.explanation else { return }
    for line in ExplanationView.reasons(
      explanation, moments: MomentText(now: MomentText.wallClock, isRelative: true))
    {
      talk(line)
    }
  }
}
