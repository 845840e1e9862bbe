// The token, where the coordinator asks callers who they are: typed in once, kept for this tab alone, sent as a header.

const place = "coordinator-token";

/** The token of this tab, or null. */
export function token() {
  return sessionStorage.getItem(place);
}

/** Keeps a token for this tab, or forgets it. */
export function setToken(text) {
  if (text) sessionStorage.setItem(place, text);
  else sessionStorage.removeItem(place);
}

/** Headers of a request: with the token, if there is one. */
export function headers(accept) {
  const known = token();
  return known === null ? { accept } : { accept, authorization: `Bearer ${known}` };
}

/**
 * The event stream with a token, which the browser's own EventSource cannot send. Has of it what the page uses, and like
 * it is closed for good once it is refused or ends.
 */
export class TokenStream {
  readyState = EventSource.CONNECTING;
  #onState;
  #end = new AbortController();

  constructor(path, onState) {
    this.#onState = onState;
    this.#read(path).catch(() => {}).finally(() => this.close());
  }

  close() {
    this.readyState = EventSource.CLOSED;
    this.#end.abort();
  }

  async #read(path) {
    const response = await fetch(path, { headers: headers("text/event-stream"), signal: this.#end.signal });
    if (!response.ok) return;
    this.readyState = EventSource.OPEN;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        this.#take(text.slice(0, end).split("\n"));
        text = text.slice(end + 2);
      }
    }
  }

  #take(lines) {
    if (!lines.includes("event: state")) return;
    const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6));
    this.#onState(data.join("\n"));
  }
}
