import CResourceCoordinator

/// A generated C struct.
protocol CMessage {
  init()
  static var type: MessageType { get }
  /// Fills the memory with the empty message. It must be as large as the struct; nothing is kept of the pointer.
  static func initialise(_ message: UnsafeMutablePointer<Self>)
}

extension CMessage {
  /// The table that protobuf-c reads and writes the message by: static memory, valid for ever.
  static var descriptor: UnsafePointer<ProtobufCMessageDescriptor> {
    var message = Self()
    return withUnsafeMutablePointer(to: &message) { pointer in
      initialise(pointer)
      // Every generated struct begins with its `ProtobufCMessage`.
      let base = UnsafeRawPointer(pointer).loadUnaligned(as: ProtobufCMessage.self)
      guard let descriptor = base.descriptor else {
        preconditionFailure("every generated init sets the descriptor")
      }
      return descriptor
    }
  }
}

/// Every message of the protocol, and the two well-known ones that it uses. Raw values index the tables of `Schema`.
package enum MessageType: Int, CaseIterable, Hashable, Sendable {
  case metadataEntry
  case call
  case reply
  case detail
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

typealias CMetadataEntry = ResourceCoordinator__MetadataEntry
typealias CCall = ResourceCoordinator__Call
typealias CReply = ResourceCoordinator__Reply
typealias CDetail = ResourceCoordinator__Detail
typealias CFencingToken = ResourceCoordinator__FencingToken
typealias CResourceRequest = ResourceCoordinator__ResourceRequest
typealias CMultiResourceRequest = ResourceCoordinator__MultiResourceRequest
typealias CPoolQuantity = ResourceCoordinator__PoolQuantity
typealias CResourceResponse = ResourceCoordinator__ResourceResponse
typealias CQueuePlace = ResourceCoordinator__QueuePlace
typealias CForecast = ResourceCoordinator__Forecast
typealias CRateStatus = ResourceCoordinator__RateStatus
typealias CReleaseRequest = ResourceCoordinator__ReleaseRequest
typealias CReleaseResponse = ResourceCoordinator__ReleaseResponse
typealias CRenewRequest = ResourceCoordinator__RenewRequest
typealias CRenewResponse = ResourceCoordinator__RenewResponse
typealias CCancelRequest = ResourceCoordinator__CancelRequest
typealias CCancelResponse = ResourceCoordinator__CancelResponse
typealias CAwaitGrantRequest = ResourceCoordinator__AwaitGrantRequest
typealias CGrantUpdate = ResourceCoordinator__GrantUpdate
typealias CExplainRequest = ResourceCoordinator__ExplainRequest
typealias CExplanation = ResourceCoordinator__Explanation
typealias CChange = ResourceCoordinator__Change
typealias CResourceStatusRequest = ResourceCoordinator__ResourceStatusRequest
typealias CResourceStatus = ResourceCoordinator__ResourceStatus
typealias CAllocationInfo = ResourceCoordinator__AllocationInfo
typealias CResourceStatusResponse = ResourceCoordinator__ResourceStatusResponse
typealias CHealthCheckRequest = ResourceCoordinator__HealthCheckRequest
typealias CHealthCheckResponse = ResourceCoordinator__HealthCheckResponse
typealias CHelloRequest = ResourceCoordinator__HelloRequest
typealias CHelloResponse = ResourceCoordinator__HelloResponse
typealias CEvent = ResourceCoordinator__Event
typealias CHistoryRequest = ResourceCoordinator__HistoryRequest
typealias CHistoryResponse = ResourceCoordinator__HistoryResponse
typealias CEventCount = ResourceCoordinator__EventCount
typealias CWatchEventsRequest = ResourceCoordinator__WatchEventsRequest
typealias CGetModeRequest = ResourceCoordinator__GetModeRequest
typealias CSetModeRequest = ResourceCoordinator__SetModeRequest
typealias CContentionSettings = ResourceCoordinator__ContentionSettings
typealias CModeStatus = ResourceCoordinator__ModeStatus
typealias CSetCapacityRequest = ResourceCoordinator__SetCapacityRequest
typealias CDrainRequest = ResourceCoordinator__DrainRequest
typealias CDrainResponse = ResourceCoordinator__DrainResponse
typealias CResourceType = ResourceCoordinator__ResourceType
typealias CDuration = Google__Protobuf__Duration
typealias CTimestamp = Google__Protobuf__Timestamp

extension CMetadataEntry: CMessage {
  static var type: MessageType { .metadataEntry }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__metadata_entry__init(message)
  }
}

extension CCall: CMessage {
  static var type: MessageType { .call }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__call__init(message)
  }
}

extension CReply: CMessage {
  static var type: MessageType { .reply }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__reply__init(message)
  }
}

extension CDetail: CMessage {
  static var type: MessageType { .detail }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__detail__init(message)
  }
}

extension CFencingToken: CMessage {
  static var type: MessageType { .fencingToken }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__fencing_token__init(message)
  }
}

extension CResourceRequest: CMessage {
  static var type: MessageType { .resourceRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__resource_request__init(message)
  }
}

extension CMultiResourceRequest: CMessage {
  static var type: MessageType { .multiResourceRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__multi_resource_request__init(message)
  }
}

extension CPoolQuantity: CMessage {
  static var type: MessageType { .poolQuantity }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__pool_quantity__init(message)
  }
}

extension CResourceResponse: CMessage {
  static var type: MessageType { .resourceResponse }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__resource_response__init(message)
  }
}

extension CQueuePlace: CMessage {
  static var type: MessageType { .queuePlace }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__queue_place__init(message)
  }
}

extension CForecast: CMessage {
  static var type: MessageType { .forecast }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__forecast__init(message)
  }
}

extension CRateStatus: CMessage {
  static var type: MessageType { .rateStatus }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__rate_status__init(message)
  }
}

extension CReleaseRequest: CMessage {
  static var type: MessageType { .releaseRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__release_request__init(message)
  }
}

extension CReleaseResponse: CMessage {
  static var type: MessageType { .releaseResponse }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__release_response__init(message)
  }
}

extension CRenewRequest: CMessage {
  static var type: MessageType { .renewRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__renew_request__init(message)
  }
}

extension CRenewResponse: CMessage {
  static var type: MessageType { .renewResponse }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__renew_response__init(message)
  }
}

extension CCancelRequest: CMessage {
  static var type: MessageType { .cancelRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__cancel_request__init(message)
  }
}

extension CCancelResponse: CMessage {
  static var type: MessageType { .cancelResponse }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__cancel_response__init(message)
  }
}

extension CAwaitGrantRequest: CMessage {
  static var type: MessageType { .awaitGrantRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__await_grant_request__init(message)
  }
}

extension CGrantUpdate: CMessage {
  static var type: MessageType { .grantUpdate }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__grant_update__init(message)
  }
}

extension CExplainRequest: CMessage {
  static var type: MessageType { .explainRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__explain_request__init(message)
  }
}

extension CExplanation: CMessage {
  static var type: MessageType { .explanation }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__explanation__init(message)
  }
}

extension CChange: CMessage {
  static var type: MessageType { .change }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__change__init(message)
  }
}

extension CResourceStatusRequest: CMessage {
  static var type: MessageType { .resourceStatusRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__resource_status_request__init(message)
  }
}

extension CResourceStatus: CMessage {
  static var type: MessageType { .resourceStatus }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__resource_status__init(message)
  }
}

extension CAllocationInfo: CMessage {
  static var type: MessageType { .allocationInfo }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__allocation_info__init(message)
  }
}

extension CResourceStatusResponse: CMessage {
  static var type: MessageType { .resourceStatusResponse }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__resource_status_response__init(message)
  }
}

extension CHealthCheckRequest: CMessage {
  static var type: MessageType { .healthCheckRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__health_check_request__init(message)
  }
}

extension CHealthCheckResponse: CMessage {
  static var type: MessageType { .healthCheckResponse }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__health_check_response__init(message)
  }
}

extension CHelloRequest: CMessage {
  static var type: MessageType { .helloRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__hello_request__init(message)
  }
}

extension CHelloResponse: CMessage {
  static var type: MessageType { .helloResponse }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__hello_response__init(message)
  }
}

extension CEvent: CMessage {
  static var type: MessageType { .event }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__event__init(message)
  }
}

extension CHistoryRequest: CMessage {
  static var type: MessageType { .historyRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__history_request__init(message)
  }
}

extension CHistoryResponse: CMessage {
  static var type: MessageType { .historyResponse }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__history_response__init(message)
  }
}

extension CEventCount: CMessage {
  static var type: MessageType { .eventCount }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__event_count__init(message)
  }
}

extension CWatchEventsRequest: CMessage {
  static var type: MessageType { .watchEventsRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__watch_events_request__init(message)
  }
}

extension CGetModeRequest: CMessage {
  static var type: MessageType { .getModeRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__get_mode_request__init(message)
  }
}

extension CSetModeRequest: CMessage {
  static var type: MessageType { .setModeRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__set_mode_request__init(message)
  }
}

extension CContentionSettings: CMessage {
  static var type: MessageType { .contentionSettings }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__contention_settings__init(message)
  }
}

extension CModeStatus: CMessage {
  static var type: MessageType { .modeStatus }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__mode_status__init(message)
  }
}

extension CSetCapacityRequest: CMessage {
  static var type: MessageType { .setCapacityRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__set_capacity_request__init(message)
  }
}

extension CDrainRequest: CMessage {
  static var type: MessageType { .drainRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__drain_request__init(message)
  }
}

extension CDrainResponse: CMessage {
  static var type: MessageType { .drainResponse }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__drain_response__init(message)
  }
}

extension CDuration: CMessage {
  static var type: MessageType { .duration }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    google__protobuf__duration__init(message)
  }
}

extension CTimestamp: CMessage {
  static var type: MessageType { .timestamp }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    google__protobuf__timestamp__init(message)
  }
}
