import CResourceCoordinator

// Each generated struct with its init; they say nothing else.

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

extension COtherRequest: CMessage {
  static var type: MessageType { .otherRequest }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__other_request__init(message)
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

extension CHeldLease: CMessage {
  static var type: MessageType { .heldLease }
  static func initialise(_ message: UnsafeMutablePointer<Self>) {
    resource_coordinator__held_lease__init(message)
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
