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

typealias CMetadataEntry = ResourceCoordinator__MetadataEntry
typealias CCall = ResourceCoordinator__Call
typealias CReply = ResourceCoordinator__Reply
typealias CDetail = ResourceCoordinator__Detail
typealias COtherRequest = ResourceCoordinator__OtherRequest
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
typealias CHeldLease = ResourceCoordinator__HeldLease
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
