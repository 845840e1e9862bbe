package import Model

extension Method {
  /// The message that a call of this method carries.
  package var requestType: MessageType {
    switch self {
    case .requestResource: .resourceRequest
    case .releaseResource: .releaseRequest
    case .getResourceStatus, .streamResourceStatus: .resourceStatusRequest
    case .healthCheck: .healthCheckRequest
    case .hello: .helloRequest
    case .renewLease: .renewRequest
    case .cancelRequest: .cancelRequest
    case .awaitGrant: .awaitGrantRequest
    case .requestResources: .multiResourceRequest
    case .explain: .explainRequest
    case .listHistory: .historyRequest
    case .watchEvents: .watchEventsRequest
    case .getMode: .getModeRequest
    case .setMode: .setModeRequest
    case .setCapacity: .setCapacityRequest
    case .drain: .drainRequest
    }
  }

  /// The message that a reply to this method carries; of a stream, each reply.
  package var responseType: MessageType {
    switch self {
    case .requestResource, .requestResources: .resourceResponse
    case .releaseResource: .releaseResponse
    case .getResourceStatus: .resourceStatusResponse
    case .streamResourceStatus, .setCapacity: .resourceStatus
    case .healthCheck: .healthCheckResponse
    case .hello: .helloResponse
    case .renewLease: .renewResponse
    case .cancelRequest: .cancelResponse
    case .awaitGrant: .grantUpdate
    case .explain: .explanation
    case .listHistory: .historyResponse
    case .watchEvents: .event
    case .getMode, .setMode: .modeStatus
    case .drain: .drainResponse
    }
  }
}

extension ResponseMessage {
  /// The message that this value is encoded as.
  package var type: MessageType {
    switch self {
    case .resource: .resourceResponse
    case .release: .releaseResponse
    case .status: .resourceStatusResponse
    case .poolStatus: .resourceStatus
    case .health: .healthCheckResponse
    case .hello: .helloResponse
    case .renew: .renewResponse
    case .cancel: .cancelResponse
    case .grantUpdate: .grantUpdate
    case .explanation: .explanation
    case .history: .historyResponse
    case .event: .event
    case .mode: .modeStatus
    case .drain: .drainResponse
    }
  }
}
