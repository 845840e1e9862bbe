package import Model

/// A pattern of image names: `*` stands for any run of bytes without `/`, `**` for any run, all else for itself.
///
/// So `python:*` lets every tag of one image through and no image of another registry. An image is allowed
/// if the whole of its name matches.
package struct ImagePattern: Hashable, Sendable {
  package let text: Text

  /// Nil for an empty pattern, or one above ``TenancyLimits/textBytesMax``.
  package init?(_ text: Text) {
    guard !text.isEmpty, text.utf8Count <= TenancyLimits.textBytesMax, !text.hasControlCharacters
    else { return nil }
    self.text = text
  }

  private enum Step: Hashable {
    case byte(UInt8)
    case anyInFolder
    case any
  }

  private var steps: [Step] {
    var steps: [Step] = []
    for byte in text.utf8Bytes {
      if byte != UInt8(ascii: "*") {
        steps.append(.byte(byte))
      } else if let last = steps.last, last == .anyInFolder || last == .any {
        steps[steps.count - 1] = .any
      } else {
        steps.append(.anyInFolder)
      }
    }
    return steps
  }

  /// Walks all places of the pattern at once (Thompson, "Regular expression search algorithm", CACM 1968), so that no
  /// pattern takes more than pattern × name steps.
  package func matches(_ name: Text) -> Bool {
    let steps = steps
    var places = [Bool](repeating: false, count: steps.count + 1)
    places[0] = true
    skipStars(steps, &places)
    for byte in name.utf8Bytes {
      var next = [Bool](repeating: false, count: steps.count + 1)
      for (place, step) in steps.enumerated() where places[place] {
        switch step {
        case .byte(byte): next[place + 1] = true
        case .any: next[place] = true
        case .anyInFolder: next[place] = next[place] || byte != UInt8(ascii: "/")
        case .byte: break
        }
      }
      skipStars(steps, &next)
      places = next
    }
    return places[steps.count]
  }

  /// A star may stand for nothing.
  private func skipStars(_ steps: [Step], _ places: inout [Bool]) {
    for (place, step) in steps.enumerated() where places[place] {
      if step == .any || step == .anyInFolder { places[place + 1] = true }
    }
  }
}
