import Hummingbird
import NIOCore

/// What comes with a request: its connection, so that a reader that has stalled can be cut off.
struct PageContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel
  /// Whether what let the request in is still good; for answers that go on.
  var mayStillRead: @Sendable () -> Bool = { true }

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  /// The response, after which the connection ends. What the client is still sending is not read on.
  func closing(after response: Response) -> Response {
    let body = response.body
    let channel = channel
    var response = response
    response.body = ResponseBody(contentLength: body.contentLength) { writer in
      try await body.write(writer)
      try await channel.close()
    }
    return response
  }
}
