/// A number of equal processors, any of which can serve any job: what workload logs describe.
package struct UniformMachine: Machine, Hashable {
  package private(set) var freeProcessors: Int

  package init(freeProcessors: Int) {
    precondition(freeProcessors >= 0, "a machine has no negative number of processors")
    self.freeProcessors = freeProcessors
  }

  @inline(__always)
  package func placement(of request: Int) -> Int? { request <= freeProcessors ? request : nil }

  @inline(__always)
  package mutating func occupy(_ processors: Int) {
    precondition(processors <= freeProcessors, "a job was placed where it does not fit")
    freeProcessors -= processors
  }

  @inline(__always)
  package mutating func vacate(_ processors: Int) { freeProcessors += processors }

  @inline(__always)
  package mutating func restrict(to other: UniformMachine) {
    freeProcessors = min(freeProcessors, other.freeProcessors)
  }

  @inline(__always)
  package var room: Int { freeProcessors }

  @inline(__always)
  package static func bulk(of request: Int) -> Int { request }
}
