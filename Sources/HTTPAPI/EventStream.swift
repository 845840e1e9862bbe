import HTTPTypes
import Hummingbird
import NIOCore

/// `/api/v1/events`: the state as server-sent events.
struct EventStream {
  let hub: StatusHub

  /// Tells the browser to come back two seconds after a loss.
  private static let opening = ByteBuffer(string: "retry: 2000\n\n")

  func response(to request: Request, context: PageContext) async throws -> Response {
    let headers: HTTPFields = [
      .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store",
    ]
    guard request.method == .get else { return Response(status: .ok, headers: headers) }
    let channel = context.channel
    let mayStillRead = context.mayStillRead
    let states = try await hub.follow(lastEventID: request.headers[.lastEventID]) {
      channel.close(promise: nil)
    }
    let body = ResponseBody { writer in
      try await writer.write(EventStream.opening)
      try await request.body.consumeWithCancellationOnInboundClose { _ in
        for await state in states {
          // A token that is taken away ends what it opened.
          guard mayStillRead() else { break }
          try await writer.write(state)
        }
      }
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: headers, body: body)
  }
}
