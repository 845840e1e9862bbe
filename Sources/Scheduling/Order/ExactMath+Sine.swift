extension ExactMath {
  /// sin(2π × turns), for cycles whose length is known; within two units in the last place of 1.
  ///
  /// The turn is reduced to an eighth before it is multiplied by 2π, which is exact, and the series
  /// of sine or cosine does the rest.
  package static func sine(turns: Double) -> Double {
    let fraction = turns - turns.rounded(.down)
    let quarters = (fraction * 4).rounded(.toNearestOrEven)
    let angle = (fraction - quarters / 4) * 6.283185307179586
    let square = angle * angle
    switch Int(quarters) % 4 {
    case 0: return angle * series(square, first: 2)
    case 1: return series(square, first: 1)
    case 2: return -angle * series(square, first: 2)
    default: return -series(square, first: 1)
    }
  }

  /// 1 - x / (first × (first + 1)) × (1 - x / ((first + 2) × (first + 3)) × …), ten terms.
  private static func series(_ square: Double, first: Double) -> Double {
    var sum = 1.0
    var term = 9.0
    while term >= 0 {
      let lower = first + 2 * term
      sum = 1 - square / (lower * (lower + 1)) * sum
      term -= 1
    }
    return sum
  }
}
