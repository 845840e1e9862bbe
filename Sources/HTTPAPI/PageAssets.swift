import HTTPTypes
import Hummingbird
import NIOCore

/// The files of the web page, which are part of the program.
struct PageAssets: Sendable {
  struct Asset: Sendable {
    let body: ByteBuffer
    let type: String
    /// Changes with the content.
    let tag: String

    init(_ bytes: [UInt8], _ type: String) {
      // FNV-1a: any hash does, as long as other content gives another tag.
      let hash = bytes.reduce(into: 0xCBF2_9CE4_8422_2325 as UInt64) { hash, byte in
        hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
      }
      body = ByteBuffer(bytes: bytes)
      self.type = type
      tag = "\"\(String(hash, radix: 16))\""
    }
  }

  /// By path.
  let assets: [String: Asset] = [
    "/": Asset(PackageResources.index_html, "text/html; charset=utf-8"),
    "/page/style.css": Asset(PackageResources.style_css, "text/css; charset=utf-8"),
    "/page/main.js": Asset(PackageResources.main_js, script),
    "/page/connection.js": Asset(PackageResources.connection_js, script),
    "/page/format.js": Asset(PackageResources.format_js, script),
    "/page/token.js": Asset(PackageResources.token_js, script),
    "/page/view.js": Asset(PackageResources.view_js, script),
    "/page/icon.svg": Asset(PackageResources.icon_svg, "image/svg+xml"),
  ]

  private static let script = "text/javascript; charset=utf-8"

  /// The file, or only the word that the browser's copy of it is still good.
  static func response(to request: Request, asset: Asset) -> Response {
    let headers: HTTPFields = [
      .contentType: asset.type, .eTag: asset.tag, .cacheControl: "no-cache",
    ]
    guard request.headers[.ifNoneMatch] != asset.tag else {
      return Response(status: .notModified, headers: headers)
    }
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: asset.body))
  }
}
