/// One key of a repeated block: of a pool or of a component's limits.
package struct SettingField: Sendable {
  package let name: String
  package let expected: String
  /// The JSON Schema of a value, as JSON text.
  package let schema: String
  package let summary: String

  /// The keys of an entry of `pools`.
  package static let pool: [SettingField] = [
    SettingField(
      name: "name", expected: "letters, digits and `_ . : / -`, at most 63",
      schema: #"{"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,62}$"}"#,
      summary: "Name in requests. A built-in pool's name changes that pool. Required."),
    SettingField(
      name: "number", expected: "a whole number from 0 to 2147483647",
      schema: #"{"type": "integer", "minimum": 0, "maximum": 2147483647}"#,
      summary:
        "Number in the protocol's enum, so that clients compiled with one reach the pool; 0 = none."
    ),
    SettingField(
      name: "kind", expected: "`capacity`, `hold` or `rate`",
      schema: #"{"enum": ["capacity", "hold", "rate"]}"#,
      summary: "Held while the lease lives; permits held likewise; or spent and refilled by time."),
    SettingField(
      name: "limit", expected: "a whole number from 0 to 1000000000000000",
      schema: #"{"type": "integer", "minimum": 0, "maximum": 1000000000000000}"#,
      summary: "Units there are; of a rate pool, units per period. Required for a new pool."),
    SettingField(
      name: "unit", expected: "text of at most 32 bytes",
      schema: #"{"type": "string", "maxLength": 32}"#, summary: "What a unit is called."),
    SettingField(
      name: "algorithm", expected: "`gcra` or `calendar`",
      schema: #"{"enum": ["gcra", "calendar"]}"#,
      summary:
        "Rate pools: one unit every period_seconds / limit (the default), or all at the start of each UTC window."
    ),
    SettingField(
      name: "period_seconds", expected: "seconds from 0.000000001 to 316224000",
      schema: #"{"type": "number", "exclusiveMinimum": 0, "maximum": 316224000}"#,
      summary: "Rate pools: the period of the limit. Required there."),
    SettingField(
      name: "burst", expected: "a whole number from 0 to 1000000000000000",
      schema: #"{"type": "integer", "minimum": 0, "maximum": 1000000000000000}"#,
      summary: "gcra: units above one that may be spent at once; limit - 1 where not given."),
    SettingField(
      name: "safe_limit", expected: "a whole number from 0 to 1000000000000000",
      schema: #"{"type": "integer", "minimum": 0, "maximum": 1000000000000000}"#,
      summary: "Units that clients may use while they cannot reach the coordinator; at most limit."),
    SettingField(
      name: "lock_delay_seconds", expected: "seconds from 0 to 3600",
      schema: #"{"type": "number", "minimum": 0, "maximum": 3600}"#,
      summary: "lease.lock_delay_seconds for this pool."),
    SettingField(
      name: "always_respects_limits", expected: "true or false", schema: #"{"type": "boolean"}"#,
      summary: "Whether the pool never grants more than there is, in every response mode."),
  ]

  /// The keys of `component_limits.NAME`.
  package static let component: [SettingField] = [
    SettingField(
      name: "leases", expected: "a whole number from 0 to 1000000000",
      schema: #"{"type": "integer", "minimum": 0, "maximum": 1000000000}"#,
      summary: "Live leases at once."),
    SettingField(
      name: "queue_places", expected: "a whole number from 0 to 1000000000",
      schema: #"{"type": "integer", "minimum": 0, "maximum": 1000000000}"#,
      summary: "Waiting requests at once."),
    SettingField(
      name: "pool_share", expected: "a number from 0 to 1",
      schema: #"{"type": "number", "minimum": 0, "maximum": 1}"#,
      summary: "Part of each pool that may be held at once."),
    SettingField(
      name: "calls_per_second", expected: "a whole number from 1 to 1000000000",
      schema: #"{"type": "integer", "minimum": 1, "maximum": 1000000000}"#,
      summary: "Calls per second."),
    SettingField(
      name: "max_priority", expected: "`LOW`, `NORMAL`, `HIGH` or `CRITICAL`",
      schema: #"{"enum": ["LOW", "NORMAL", "HIGH", "CRITICAL"]}"#,
      summary: "Highest priority that may be asked for."),
  ]
}
