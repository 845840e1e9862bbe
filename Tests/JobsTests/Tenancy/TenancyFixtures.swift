import Jobs
import Model

/// An instant of 2026-11-27, which is a Friday, at hours, minutes and seconds UTC.
func friday(_ hours: Int64, _ minutes: Int64 = 0, _ seconds: Int64 = 0) -> Instant {
  Instant(nanoseconds: 1_795_737_600_000_000_000)
    + .seconds(hours * 3_600 + minutes * 60 + seconds)
}
