/// A mark on a node that keeps tasks away which do not tolerate it.
package struct Taint: Hashable, Sendable {
  package enum Effect: String, Hashable, Sendable, CaseIterable {
    /// No new task comes.
    case noSchedule = "NoSchedule"
    /// New tasks come only where nothing else fits.
    case preferNoSchedule = "PreferNoSchedule"
    /// No new task comes, and those that run are to leave.
    case noExecute = "NoExecute"
  }

  package var key: String
  package var value: String
  package var effect: Effect

  package init(key: String, value: String = "", effect: Effect) {
    self.key = key
    self.value = value
    self.effect = effect
  }
}

/// What a task puts up with.
package struct Toleration: Hashable, Sendable {
  /// Which taints are meant; nil = of every key.
  package var key: String?
  /// The taint's value; nil = every value.
  package var value: String?
  /// The taint's effect; nil = every effect.
  package var effect: Taint.Effect?

  package init(key: String? = nil, value: String? = nil, effect: Taint.Effect? = nil) {
    self.key = key
    self.value = value
    self.effect = effect
  }

  package func tolerates(_ taint: Taint) -> Bool {
    (key == nil || key == taint.key) && (value == nil || value == taint.value)
      && (effect == nil || effect == taint.effect)
  }
}
