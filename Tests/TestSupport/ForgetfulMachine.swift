package import Scheduling

/// A machine that says nothing of kinds, nor of what may fit since something was given back: backfill tries each request
/// anew on it, and must decide the same.
package struct ForgetfulMachine<Base: Machine>: Machine {
  private var base: Base

  package init(_ base: Base) { self.base = base }

  package func placement(of request: Base.Request) -> Base.Placement? {
    base.placement(of: request)
  }

  package func placement(
    of request: Base.Request, sparing other: ForgetfulMachine
  ) -> Base.Placement? {
    base.placement(of: request, sparing: other.base)
  }

  package mutating func occupy(_ placement: Base.Placement) { base.occupy(placement) }
  package mutating func vacate(_ placement: Base.Placement) { base.vacate(placement) }
  package mutating func restrict(to other: ForgetfulMachine) { base.restrict(to: other.base) }
  package var room: Int { base.room }
  package static func bulk(of request: Base.Request) -> Int { Base.bulk(of: request) }
}
