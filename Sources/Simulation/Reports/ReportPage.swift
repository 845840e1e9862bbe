/// The frame of a self-contained HTML page: no script, nothing fetched, light and dark, fit for print.
enum ReportPage {
  /// How many colours tell lines and runs apart.
  static let colourCount = 8

  static func html(title: String, subtitle: String, body: String) -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(ReportText.escaped(title))</title>
    <style>\(style)</style>
    </head>
    <body>
    <header><h1>\(ReportText.escaped(title))</h1><p>\(ReportText.escaped(subtitle))</p></header>
    <main>
    \(body)</main>
    </body>
    </html>

    """
  }

  /// An `svg` element as a file of its own, with its colours in it.
  static func picture(_ svg: String) -> String {
    svg.replacingFirst("<svg ", with: "<svg xmlns=\"http://www.w3.org/2000/svg\" ")
      .replacingFirst(">\n", with: ">\n<style>\(style)</style>\n")
  }

  /// A titled part of the page.
  static func section(_ title: String, _ explanation: String, _ content: String) -> String {
    "<section>\n<h2>\(ReportText.escaped(title))</h2>\n"
      + "<p class=\"note\">\(ReportText.escaped(explanation))</p>\n\(content)</section>\n"
  }

  /// Which colour means what, in the order of the colours.
  static func legend(_ names: [String]) -> String {
    let entries = names.enumerated().map { index, name in
      "<li><span class=\"swatch c\(index % colourCount)\"></span>\(ReportText.escaped(name))</li>"
    }
    return "<ul class=\"legend\">\(entries.joined())</ul>\n"
  }

  /// Colours that stay apart for colour-blind readers (Okabe and Ito, 2008), darkened or lightened for their ground.
  private static let style = """

    :root { color-scheme: light dark; --ground: #f3f5f8; --surface: #fff; --line: #dbe1e9; --text: #18212d;
      --muted: #556274; --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b8862b; --c4: #a3477f; --c5: #3a93c9;
      --c6: #6b6b6b; --c7: #7a5cc0; }
    @media (prefers-color-scheme: dark) { :root { --ground: #0e131a; --surface: #161d27; --line: #2a3543;
      --text: #e7ecf3; --muted: #9dabbd; --c0: #56b4e9; --c1: #ff8a3d; --c2: #2fcf9f; --c3: #e8c15a; --c4: #e38fc2;
      --c5: #8ad0ff; --c6: #b5b5b5; --c7: #b39cf0; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--ground); color: var(--text);
      font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
    header, main { max-width: 1040px; margin: 0 auto; padding: 0 24px; }
    header { padding-top: 32px; }
    h1 { font-size: 26px; margin: 0; } h2 { font-size: 17px; margin: 0; }
    header p, .note { color: var(--muted); margin: 4px 0 12px; }
    section { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 20px 24px;
      margin: 20px 0; break-inside: avoid; }
    svg { display: block; width: 100%; height: auto; }
    .grid { stroke: var(--line); } .axis { stroke: var(--muted); }
    text { fill: var(--muted); font-size: 12px; } .middle { text-anchor: middle; } .end { text-anchor: end; }
    .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
    .run { stroke: var(--surface); stroke-width: .3; } .warm { opacity: .45; }
    .reference { fill: none; stroke: var(--muted); stroke-width: 1.4; stroke-dasharray: 6 4; }
    .dot { fill: var(--c); stroke: var(--surface); stroke-width: 1.5; } .mark { stroke: var(--c); stroke-width: 1.5; }
    .wait { stroke: var(--muted); stroke-width: .8; opacity: .7; } .lost { stroke: var(--text); stroke-width: 1.6; }
    .c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
    .c4 { --c: var(--c4); } .c5 { --c: var(--c5); } .c6 { --c: var(--c6); } .c7 { --c: var(--c7); }
    .line { stroke: var(--c); } .run { fill: var(--c); } .swatch, .bar { background: var(--c); }
    .legend { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; margin: 0 0 8px; padding: 0; }
    .swatch { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; }
    .scroll { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
    th, td { text-align: right; padding: 6px 0 6px 14px; border-bottom: 1px solid var(--line); white-space: nowrap; }
    th { color: var(--muted); font-weight: 600; } th:first-child, td:first-child { text-align: left; padding-left: 0; }
    td.best { font-weight: 700; }
    .bar { display: block; height: 10px; border-radius: 3px; min-width: 1px; }
    .bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: 6px 12px; align-items: center; }
    @media (max-width: 640px) { header, main { padding: 0 12px; } section { overflow-x: auto; padding: 16px; }
      svg { min-width: 600px; } }
    @media print { :root { color-scheme: light; } body { background: #fff; } section { border: 0; padding: 8px 0; }
      .bar, .swatch, .run { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }

    """
}

extension String {
  fileprivate func replacingFirst(_ part: String, with other: String) -> String {
    guard let range = firstRange(of: part) else { return self }
    return self[..<range.lowerBound] + other + self[range.upperBound...]
  }
}
