/// Work that is spread over the processor's cores.
enum Parallel {
  /// The results of each element, in the elements' order; the first failure ends all.
  static func map<Element: Sendable, Result: Sendable>(
    _ elements: [Element], _ body: @escaping @Sendable (Element) async throws -> Result
  ) async throws -> [Result] {
    try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      for (place, element) in elements.enumerated() {
        group.addTask { (place, try await body(element)) }
      }
      var results: [Result?] = Array(repeating: nil, count: elements.count)
      for try await (place, result) in group { results[place] = result }
      return results.compactMap(\.self)
    }
  }
}
