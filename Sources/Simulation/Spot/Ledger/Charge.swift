/// Money and hours at the edge of the spot simulation, whose inside counts nanoseconds and
/// nano-dollars.
package enum SpotUnits {
  package static let nanosecondsPerHour: Int64 = 3_600_000_000_000
  package static let nanodollarsPerDollar: Int64 = 1_000_000_000
  /// The longest time that is simulated, and the largest hourly price: their product fits 128 bits
  /// with room for as many instances as memory holds.
  package static let hoursMax = 1_000_000.0
  package static let dollarsPerHourMax = 1_000_000.0

  /// Hours as nanoseconds, rounded; the hours are within ``hoursMax``.
  package static func nanoseconds(hours: Double) -> Int64 {
    precondition(hours.magnitude <= hoursMax, "hours are checked where they come in")
    return Int64((hours * Double(nanosecondsPerHour)).rounded())
  }

  package static func hours(_ nanoseconds: Int64) -> Double {
    Double(nanoseconds) / Double(nanosecondsPerHour)
  }

  /// Dollars as nano-dollars, rounded; within ``dollarsPerHourMax``.
  package static func nanodollars(_ dollars: Double) -> Int64 {
    precondition(dollars.magnitude <= dollarsPerHourMax, "prices are checked where they come in")
    return Int64((dollars * Double(nanodollarsPerDollar)).rounded())
  }

  package static func dollars(_ nanodollars: Int64) -> Double {
    Double(nanodollars) / Double(nanodollarsPerDollar)
  }
}

/// An exact sum of money: nano-dollars an hour × nanoseconds. It is divided once, when it is shown.
public struct Charge: Hashable, Comparable, Sendable {
  package var units: Int128

  package init(units: Int128) {
    self.units = units
  }

  package init(nanodollarsPerHour: Int64, nanoseconds: Int64) {
    units = Int128(nanodollarsPerHour) * Int128(nanoseconds)
  }

  package init(nanodollars: Int64) {
    units = Int128(nanodollars) * Int128(SpotUnits.nanosecondsPerHour)
  }

  public static let zero = Charge(units: 0)

  public static func < (left: Charge, right: Charge) -> Bool { left.units < right.units }
  public static func + (left: Charge, right: Charge) -> Charge {
    Charge(units: left.units + right.units)
  }
  public static func - (left: Charge, right: Charge) -> Charge {
    Charge(units: left.units - right.units)
  }
  public static func += (left: inout Charge, right: Charge) { left = left + right }

  /// Rounded to the nearest nano-dollar, half away from 0.
  package var nanodollars: Int128 {
    let divisor = UInt128(SpotUnits.nanosecondsPerHour)
    let rounded = Int128((units.magnitude + divisor / 2) / divisor)
    return units < 0 ? -rounded : rounded
  }

  public var dollars: Double { Double(nanodollars) / Double(SpotUnits.nanodollarsPerDollar) }

  /// Dollars with at most nine digits after the point, exact to the nano-dollar.
  package var decimal: String { Seconds.decimal(nanodollars) }
}
