/// Finds the known names that a mistyped one may have meant.
package enum NearestName {
  /// Longer names are compared by their first bytes only, so that the work stays bounded.
  private static let comparedBytesMax = 64

  /// The best candidates for `name`, nearest first and, at equal distance, in the candidates' order; none where
  /// nothing is near enough to be a likely mistake.
  ///
  /// Takes time in proportion to the number of candidates times the lengths of both names.
  package static func candidates(
    for name: String, in known: some Sequence<String>, countMax: Int = 3
  ) -> [String] {
    let wanted = folded(name)
    guard !wanted.isEmpty, countMax > 0 else { return [] }
    var found: [(name: String, distance: Int)] = []
    for candidate in known {
      let other = folded(candidate)
      let edits = distance(wanted, other)
      let allowed = max(1, max(wanted.count, other.count) / 3)
      if edits <= allowed {
        found.append((candidate, edits))
      } else if wanted.count >= 3, other.starts(with: wanted) || wanted.starts(with: other) {
        // A name cut short, or one with something behind it, comes after every real near miss.
        found.append((candidate, comparedBytesMax + edits))
      }
    }
    // The standard library's sort keeps the order of equals, but does not promise to: sort by place too.
    let ordered = found.enumerated().sorted { left, right in
      (left.element.distance, left.offset) < (right.element.distance, right.offset)
    }
    // Beside a near name, one that is clearly further off only distracts.
    let furthest = (ordered.first?.element.distance ?? 0) + 1
    return ordered.prefix(countMax).filter { $0.element.distance <= furthest }.map(\.element.name)
  }

  /// The nearest candidate, or nil.
  package static func nearest(_ name: String, in known: some Sequence<String>) -> String? {
    candidates(for: name, in: known, countMax: 1).first
  }

  /// ` (did you mean NAME?)`, or nothing where no name is near; to be put behind a sentence.
  package static func question(for name: String, in known: some Sequence<String>) -> String {
    let names = candidates(for: name, in: known)
    return names.isEmpty ? "" : " (did you mean \(names.joined(separator: " or "))?)"
  }

  /// Lower case, with `-` and `_` alike.
  private static func folded(_ name: String) -> [UInt8] {
    name.utf8.prefix(comparedBytesMax).map { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 32
      case UInt8(ascii: "-"): UInt8(ascii: "_")
      default: byte
      }
    }
  }

  /// The number of bytes to insert, delete, replace or swap with a neighbour to make one name the other (optimal
  /// string alignment).
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
    var beforeLast = [Int](repeating: 0, count: right.count + 1)
    var last = Array(0...right.count)
    var row = last
    for i in 1...left.count {
      row[0] = i
      for j in 1...right.count {
        let replaced = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
        var best = min(replaced, last[j] + 1, row[j - 1] + 1)
        if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
          best = min(best, beforeLast[j - 2] + 1)
        }
        row[j] = best
      }
      (beforeLast, last, row) = (last, row, beforeLast)
    }
    return last[right.count]
  }
}
