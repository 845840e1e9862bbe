/// A binary heap with its smallest element first. Inserting and removing cost O(log n).
struct MinimumHeap<Element: Comparable> {
  private var elements: [Element]

  /// O(n).
  init(_ elements: [Element]) {
    self.elements = elements
    for index in stride(from: elements.count / 2 - 1, through: 0, by: -1) {
      sink(index)
    }
  }

  var first: Element? { elements.first }

  mutating func replaceFirst(_ element: Element) {
    elements[0] = element
    sink(0)
  }

  mutating func removeFirst() {
    let last = elements.removeLast()
    if !elements.isEmpty {
      replaceFirst(last)
    }
  }

  private mutating func sink(_ start: Int) {
    var index = start
    while true {
      var smallest = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < elements.count && elements[child] < elements[smallest] {
        smallest = child
      }
      if smallest == index { return }
      elements.swapAt(index, smallest)
      index = smallest
    }
  }
}
