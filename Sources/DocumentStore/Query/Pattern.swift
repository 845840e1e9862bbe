/// A regular expression of a filter.
///
/// The syntax is that of Swift's `Regex`, which has most of PCRE's; recursion, subroutine calls, `\K`, backtracking verbs and lookbehind are not there and refused. Characters are Unicode scalars. There is no bound on
/// the steps of one attempt, only on the lengths of the pattern and the text.
package struct Pattern {
  private let regex: Regex<AnyRegexOutput>

  /// - Parameter options: any of `i` (letters alike), `m` (anchors at lines), `s` (a dot takes line ends), `x` (blanks
  ///   in the pattern do not count) and `u` (nothing).
  package init(_ pattern: String, options: String) throws(DocumentError) {
    guard pattern.utf8.count <= DocumentLimits.patternBytesMax else {
      throw DocumentError(
        .tooLarge, "a pattern has at most \(DocumentLimits.patternBytesMax) bytes")
    }
    guard options.allSatisfy({ "imsxu".contains($0) }) else {
      throw DocumentError(.badValue, "`\(options)`: the options are i, m, s, x and u")
    }
    let flags = options.filter { $0 != "u" }
    do {
      regex = try Regex(flags.isEmpty ? pattern : "(?\(flags))\(pattern)")
        .matchingSemantics(.unicodeScalar)
    } catch {
      throw DocumentError(.badValue, "`\(pattern)` is not a regular expression: \(error)")
    }
  }

  /// Whether the value is a text in which the expression occurs.
  func matches(_ value: DocumentValue?) -> Bool {
    guard let text = value?.stringValue, text.utf8.count <= DocumentLimits.patternSubjectBytesMax
    else { return false }
    return text.firstMatch(of: regex) != nil
  }
}
