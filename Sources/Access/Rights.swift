package import Model

/// What a call needs its caller to be.
package enum Right: Hashable, Sendable {
  /// Everybody who is known may.
  case reading
  /// A component may for itself.
  case using
  /// An admin may.
  case administering
}

extension Model.Method {
  package var right: Right {
    switch self {
    case .getResourceStatus, .healthCheck, .streamResourceStatus, .hello, .explain, .listHistory,
      .watchEvents, .getMode:
      .reading
    case .requestResource, .releaseResource, .renewLease, .cancelRequest, .awaitGrant,
      .requestResources:
      .using
    case .setMode, .setCapacity, .drain:
      .administering
    }
  }
}

extension RequestMessage {
  /// The component that the call is made for; nil where it is made for none.
  package var component: Text? {
    switch self {
    case .request(let request): request.component
    case .release(let request): request.component
    case .renew(let request): request.component
    case .cancel(let key), .awaitGrant(let key): key.component
    case .status, .healthCheck, .streamStatus, .hello, .explain, .history, .watch, .getMode,
      .setMode, .setCapacity, .drain:
      nil
    }
  }
}

extension Principal {
  /// Throws why the principal may not make a call.
  package func check(_ method: Model.Method, for component: Text?) throws(CallError) {
    switch (role, method.right) {
    case (.admin, _), (.viewer, .reading), (.component, .reading):
      return
    case (.component(let names), .using):
      guard let component, names.cover(component) else {
        throw CallError(
          .componentNotAllowed,
          "\(name) may act for \(names.text) and not for \(component ?? "nobody")",
          field: "component")
      }
    case (.viewer, .using), (.viewer, .administering), (.component, .administering):
      throw CallError(
        .roleNotAllowed, "\(name) is a \(role.name), which may not call \(method.name)")
    }
  }
}

extension CallError {
  /// The refusal of a caller who did not say who they are.
  package static let tokenMissing = CallError(
    .unauthenticated, "the call has no token; send the metadata authorization: Bearer TOKEN",
    field: "authorization")
  /// The refusal of a caller who said something else. It repeats nothing of what was sent.
  package static let tokenUnknown = CallError(
    .unauthenticated, "the token is not known here", field: "authorization")
}
