import Model

/// How fast usage is forgotten: by half every half-life.
package struct UsageDecay: Hashable, Sendable {
  /// In nanoseconds, above 0; infinite where nothing is forgotten.
  package let halfLifeNanoseconds: Double

  /// - Parameter halfLife: above 0.
  package init(halfLife: TimeSpan) {
    precondition(halfLife > .zero, "a half-life is above 0")
    halfLifeNanoseconds = Double(halfLife.nanoseconds)
  }

  /// Usage is multiplied by `factor` for each `window` that passes, smoothly in between.
  ///
  /// - Parameters:
  ///   - window: above 0; the scheduler's configuration calls it `fair_share.window_hours`, 168 by
  ///     default.
  ///   - factor: above 0 and at most 1, which forgets nothing; `fair_share.decay_factor`, 0.5 by
  ///     default.
  package init(window: TimeSpan, factor: Double) {
    precondition(window > .zero, "a window is above 0")
    precondition(factor > 0 && factor <= 1, "a decay factor is above 0 and at most 1")
    let halvings = -ExactMath.log2(factor)
    halfLifeNanoseconds = halvings > 0 ? Double(window.nanoseconds) / halvings : .infinity
  }

  /// One week, halved.
  package static let standard = UsageDecay(window: .seconds(168 * 3600), factor: 0.5)

  /// The part that is left of a usage after `time`, in 0…1.
  package func remainder(after time: TimeSpan) -> Double {
    BinaryMath.power(-Double(time.nanoseconds) / halfLifeNanoseconds)
  }
}

/// What each user has used, the recent more than the distant: a charge `a` made `Δ` ago counts `a ·
/// 0.5^(Δ/h)`.
///
/// A charge is kept as what it would weigh at a fixed landmark in time, `a · 2^((t − landmark)/h)`,
/// so nothing is decayed step by step: the result does not depend on when or how often one looks,
/// charges may come at uneven times and in any order, and the order of two users changes only by a
/// charge. Source: Cormode, Shkapenyuk, Srivastava and Xu, "Forward decay: a practical time decay
/// model for streaming systems", ICDE 2009, doi:10.1109/ICDE.2009.65.
///
/// Amounts are milli-units times seconds, as ``Billing`` counts units. Parts of a unit add up;
/// nothing is rounded away.
package struct UsageHistory: Hashable, Sendable {
  package let decay: UsageDecay
  /// When counting began; the landmark is a whole number of half-lives after it.
  package let start: Instant
  private var landmarkHalfLives = 0.0
  private var weighted: [Double]
  private var penalties: [Int64]

  /// Half-lives after which the landmark moves on, so that the weights stay far from infinity.
  static let halfLivesPerLandmark = 512.0

  package init(users: Int, decay: UsageDecay, start: Instant) {
    precondition(users >= 0, "a number of users is at least 0")
    self.decay = decay
    self.start = start
    weighted = Array(repeating: 0, count: users)
    penalties = Array(repeating: 0, count: users)
  }

  package var userCount: Int { weighted.count }

  /// One more user without usage; its index is ``userCount`` before the call.
  package mutating func addUser() {
    weighted.append(0)
    penalties.append(0)
  }

  /// Charges an amount at one instant.
  ///
  /// - Parameter amount: milli-unit-seconds, at least 0 and finite.
  package mutating func charge(_ user: Int, amount: Double, at instant: Instant) {
    precondition(amount >= 0 && amount.isFinite, "a charge is at least 0 and finite")
    weighted[user] += amount * weight(at: instant)
  }

  /// Charges what a job blocked over a span of time, each moment decayed by its own age.
  ///
  /// Charging a span in pieces gives the same as charging it at once (but for rounding in the last
  /// digits).
  ///
  /// - Parameters:
  ///   - milliUnits: what is blocked all the time, at least 0.
  ///   - end: not before `begin`.
  package mutating func charge(
    _ user: Int, milliUnits: Int64, from begin: Instant, to end: Instant
  ) {
    precondition(milliUnits >= 0, "a rate of charge is at least 0")
    precondition(begin <= end, "a span that is charged ends after it began")
    let nanoseconds = Double((end - begin).nanoseconds)
    let halfLives = nanoseconds / decay.halfLifeNanoseconds
    let decayed =
      halfLives > 0
      ? decay.halfLifeNanoseconds / BinaryMath.naturalLogarithmOfTwo
        * -BinaryMath.powerMinusOne(-halfLives) : nanoseconds
    weighted[user] += Double(milliUnits) * decayed / 1e9 * weight(at: end)
  }

  /// Charges a job's expected usage the moment it is admitted, so that a hundred jobs submitted
  /// together cannot all be admitted before the first of them has used anything. It does not decay.
  ///
  /// - Parameter penalty: milli-unit-seconds, at least 0.
  package mutating func addPenalty(_ user: Int, _ penalty: Int64) {
    precondition(penalty >= 0, "a penalty is at least 0")
    penalties[user] = penalties[user].addingSaturated(penalty)
  }

  /// Takes a penalty back, once what the job really used is charged. Takes at most what is
  /// outstanding.
  package mutating func settlePenalty(_ user: Int, _ penalty: Int64) {
    precondition(penalty >= 0, "a penalty is at least 0")
    penalties[user] = max(0, penalties[user] - penalty)
  }

  /// Milli-unit-seconds that count for a user at `now`, its outstanding penalties included.
  ///
  /// - Parameter now: not before the user's last charge.
  package func usage(of user: Int, at now: Instant) -> Double {
    weighted[user] * BinaryMath.power(-halfLives(at: now)) + Double(penalties[user])
  }

  /// ``usage(of:at:)`` of every user.
  package func usages(at now: Instant) -> [Double] {
    let scale = BinaryMath.power(-halfLives(at: now))
    return weighted.indices.map { weighted[$0] * scale + Double(penalties[$0]) }
  }

  /// Half-lives from the landmark to an instant.
  private func halfLives(at instant: Instant) -> Double {
    Double((instant - start).nanoseconds) / decay.halfLifeNanoseconds - landmarkHalfLives
  }

  /// What one unit of charge at `instant` weighs at the landmark, which moves on by whole
  /// half-lives where it is too far back.
  private mutating func weight(at instant: Instant) -> Double {
    let distance = halfLives(at: instant)
    guard distance > Self.halfLivesPerLandmark else { return BinaryMath.power(distance) }
    let moved = Double(Int64(min(distance, 0x1p62)))
    let scale = BinaryMath.power(-moved)
    for user in weighted.indices {
      weighted[user] *= scale
    }
    landmarkHalfLives += moved
    return BinaryMath.power(distance - moved)
  }
}
