import CResourceCoordinator

// Each generated struct with its init; they say nothing else.

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
