import CResourceCoordinator

/// Every message of the protocol, and the two well-known ones that it uses. Raw values index the tables of `Schema`.
package enum MessageType: Int, CaseIterable, Hashable, Sendable {
  case metadataEntry
  case call
  case reply
  case detail
  case otherRequest
  case fencingToken
  case resourceRequest
  case multiResourceRequest
  case poolQuantity
  case resourceResponse
  case queuePlace
  case forecast
  case rateStatus
  case releaseRequest
  case releaseResponse
  case renewRequest
  case heldLease
  case renewResponse
  case cancelRequest
  case cancelResponse
  case awaitGrantRequest
  case grantUpdate
  case explainRequest
  case explanation
  case change
  case resourceStatusRequest
  case resourceStatus
  case allocationInfo
  case resourceStatusResponse
  case healthCheckRequest
  case healthCheckResponse
  case helloRequest
  case helloResponse
  case event
  case historyRequest
  case historyResponse
  case eventCount
  case watchEventsRequest
  case getModeRequest
  case setModeRequest
  case contentionSettings
  case modeStatus
  case setCapacityRequest
  case drainRequest
  case drainResponse
  case duration
  case timestamp

  /// The message's table; static memory, valid for ever.
  var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
    switch self {
    case .metadataEntry: CMetadataEntry.descriptor
    case .call: CCall.descriptor
    case .reply: CReply.descriptor
    case .detail: CDetail.descriptor
    case .otherRequest: COtherRequest.descriptor
    case .fencingToken: CFencingToken.descriptor
    case .resourceRequest: CResourceRequest.descriptor
    case .multiResourceRequest: CMultiResourceRequest.descriptor
    case .poolQuantity: CPoolQuantity.descriptor
    case .resourceResponse: CResourceResponse.descriptor
    case .queuePlace: CQueuePlace.descriptor
    case .forecast: CForecast.descriptor
    case .rateStatus: CRateStatus.descriptor
    case .releaseRequest: CReleaseRequest.descriptor
    case .releaseResponse: CReleaseResponse.descriptor
    case .renewRequest: CRenewRequest.descriptor
    case .heldLease: CHeldLease.descriptor
    case .renewResponse: CRenewResponse.descriptor
    case .cancelRequest: CCancelRequest.descriptor
    case .cancelResponse: CCancelResponse.descriptor
    case .awaitGrantRequest: CAwaitGrantRequest.descriptor
    case .grantUpdate: CGrantUpdate.descriptor
    case .explainRequest: CExplainRequest.descriptor
    case .explanation: CExplanation.descriptor
    case .change: CChange.descriptor
    case .resourceStatusRequest: CResourceStatusRequest.descriptor
    case .resourceStatus: CResourceStatus.descriptor
    case .allocationInfo: CAllocationInfo.descriptor
    case .resourceStatusResponse: CResourceStatusResponse.descriptor
    case .healthCheckRequest: CHealthCheckRequest.descriptor
    case .healthCheckResponse: CHealthCheckResponse.descriptor
    case .helloRequest: CHelloRequest.descriptor
    case .helloResponse: CHelloResponse.descriptor
    case .event: CEvent.descriptor
    case .historyRequest: CHistoryRequest.descriptor
    case .historyResponse: CHistoryResponse.descriptor
    case .eventCount: CEventCount.descriptor
    case .watchEventsRequest: CWatchEventsRequest.descriptor
    case .getModeRequest: CGetModeRequest.descriptor
    case .setModeRequest: CSetModeRequest.descriptor
    case .contentionSettings: CContentionSettings.descriptor
    case .modeStatus: CModeStatus.descriptor
    case .setCapacityRequest: CSetCapacityRequest.descriptor
    case .drainRequest: CDrainRequest.descriptor
    case .drainResponse: CDrainResponse.descriptor
    case .duration: CDuration.descriptor
    case .timestamp: CTimestamp.descriptor
    }
  }
}
