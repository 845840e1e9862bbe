import Testing

@testable import coordinator

@Suite struct FixedTextTests {
  @Test(arguments: [
    (-0.04, 1, "0.0"), (-1e-14, 1, "0.0"), (-0.0, 0, "0"), (-0.06, 1, "-0.1"), (-10, 0, "-10"),
    (2.346, 2, "2.35"), (0, 3, "0.000"),
  ])
  func `bug: what was rounded to zero had a sign`(value: Double, digits: Int, text: String) {
    #expect(FixedText.text(value, digits) == text)
  }
}
