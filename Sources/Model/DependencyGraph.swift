/// Who waits for whom, and who waits in a circle.
///
/// Jobs that all wait for each other are a strong component. They are found in one pass, and for each one circle is kept that
/// names the trouble: the shortest through its smallest number. Cost: jobs + dependencies. Source: Tarjan, "Depth-first search
/// and linear graph algorithms", SIAM J. Computing 1972, doi:10.1137/0201010.
package struct DependencyGraph: Sendable {
  /// By job: the jobs that it waits for.
  package private(set) var waitsFor: [[Int]]
  /// Circles, each from a job to the one that waits for it; the first does not come again at the end.
  private var circles: [[Int]] = []
  /// By job: the circle of its component; nil where it is in none.
  private var circleOfJob: [Int?]

  package init(_ waitsFor: [[Int]]) {
    self.waitsFor = waitsFor
    circleOfJob = Array(repeating: nil, count: waitsFor.count)
    for component in components() {
      guard let first = component.min(), let circle = circle(through: first, in: Set(component))
      else { continue }
      for job in component { circleOfJob[job] = circles.count }
      circles.append(circle)
    }
  }

  /// Adds a job that waits for no other, with the next number.
  package mutating func append() {
    waitsFor.append([])
    circleOfJob.append(nil)
  }

  /// A circle of jobs that wait for each other and that keep a job waiting: from it on where it is part of it, else from its
  /// smallest number on. Nil where the job belongs to none; jobs that only wait for such jobs do not.
  package func circle(of job: Int) -> [Int]? {
    guard let number = circleOfJob[job] else { return nil }
    let circle = circles[number]
    guard let place = circle.firstIndex(of: job) else { return circle }
    return Array(circle[place...] + circle[..<place])
  }

  /// The shortest way from a job back to itself within a component; nil where there is none.
  private func circle(through first: Int, in component: Set<Int>) -> [Int]? {
    var before: [Int: Int] = [:]
    var open = [first]
    var next = 0
    while next < open.count {
      let job = open[next]
      next += 1
      for other in waitsFor[job] where component.contains(other) {
        if other == first {
          var circle = [job]
          while let last = circle.last, last != first, let previous = before[last] {
            circle.append(previous)
          }
          return circle.reversed()
        }
        if before.updateValue(before[other] ?? job, forKey: other) == nil { open.append(other) }
      }
    }
    return nil
  }

  // MARK: Components

  /// The state of the depth-first search, with a stack of its own: chains are as long as there are jobs.
  private struct Search {
    var index: [Int?]
    var low: [Int]
    var isOnStack: [Bool]
    var stack: [Int] = []
    /// Jobs whose dependencies are being looked at, and how many were.
    var path: [(job: Int, next: Int)] = []
    var count = 0

    init(_ jobs: Int) {
      index = Array(repeating: nil, count: jobs)
      low = Array(repeating: 0, count: jobs)
      isOnStack = Array(repeating: false, count: jobs)
    }

    mutating func enter(_ job: Int) {
      index[job] = count
      low[job] = count
      count += 1
      stack.append(job)
      isOnStack[job] = true
      path.append((job, 0))
    }

    /// Takes a component off the stack: all above its first job, and that.
    mutating func leave(_ job: Int) -> [Int] {
      var component: [Int] = []
      while let member = stack.popLast() {
        isOnStack[member] = false
        component.append(member)
        if member == job { break }
      }
      return component
    }
  }

  private func components() -> [[Int]] {
    var search = Search(waitsFor.count)
    var components: [[Int]] = []
    for start in waitsFor.indices where search.index[start] == nil {
      search.enter(start)
      while let (job, next) = search.path.last {
        guard next < waitsFor[job].count else {
          search.path.removeLast()
          if let caller = search.path.last?.job {
            search.low[caller] = min(search.low[caller], search.low[job])
          }
          if search.low[job] == search.index[job] { components.append(search.leave(job)) }
          continue
        }
        search.path[search.path.count - 1].next += 1
        let other = waitsFor[job][next]
        if let index = search.index[other] {
          if search.isOnStack[other] { search.low[job] = min(search.low[job], index) }
        } else {
          search.enter(other)
        }
      }
    }
    return components
  }
}
