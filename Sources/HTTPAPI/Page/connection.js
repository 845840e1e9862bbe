// Keeps the page's state up to date: by the event stream, and by polling while that is silent.

import { TokenStream, headers, token } from "./token.js";

/** How often the page asks while there is no stream. */
const pollInterval = 5000;
/** The stream repeats the state every 5 s; longer silence means that it is lost. */
const silenceMax = 8000;
/** How often a stream that the server refused is tried again. */
const retryInterval = 15000;

export class Connection {
  #onState;
  #onLoss;
  #onUnknown;
  #source = null;
  #sourceOpenedAt = 0;
  #streamHeardAt = 0;
  #isPolling = false;
  #polledAt = 0;

  /**
   * @param {(state: object, isLive: boolean) => void} onState takes each new state
   * @param {() => void} onLoss is told when this page's own server does not answer
   * @param {() => void} onUnknown is told when it asks who is there, and the token is none that it knows
   */
  constructor(onState, onLoss, onUnknown) {
    this.#onState = onState;
    this.#onLoss = onLoss;
    this.#onUnknown = onUnknown;
  }

  start() {
    this.#open();
    setInterval(() => this.#check(), 1000);
    // A browser opens few connections to one server: a hidden page leaves them to the others.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.#close();
      else this.#open();
    });
  }

  #open() {
    this.#close();
    const take = (data) => {
      this.#streamHeardAt = Date.now();
      this.#onState(JSON.parse(data), true);
    };
    if (token() === null) {
      this.#source = new EventSource("/api/v1/events");
      this.#source.addEventListener("state", (event) => take(event.data));
    } else {
      this.#source = new TokenStream("/api/v1/events", take);
    }
    this.#sourceOpenedAt = Date.now();
  }

  /** Begins anew, with the token of now. */
  async restart() {
    this.#open();
    await this.poll();
  }

  #close() {
    this.#source?.close();
    this.#source = null;
  }

  #check() {
    if (document.hidden) return;
    const now = Date.now();
    const isRefused = this.#source?.readyState === EventSource.CLOSED;
    if (isRefused && now - this.#sourceOpenedAt > retryInterval) this.#open();
    const isSilent = now - Math.max(this.#streamHeardAt, this.#sourceOpenedAt) > silenceMax;
    if ((isSilent || isRefused) && now - this.#polledAt >= pollInterval) this.poll();
  }

  /** Asks once, whatever the stream does. */
  async poll() {
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#polledAt = Date.now();
    try {
      const [health, status] = await Promise.all([ask("/api/health"), ask("/api/status")]);
      if (health.isUnknown || status.isUnknown) {
        this.#onUnknown();
        return;
      }
      const reachable = health.isOK && status.isOK;
      const isLive = Date.now() - this.#streamHeardAt <= silenceMax;
      this.#onState({ reachable, health: health.body, status: status.body }, isLive);
    } catch {
      this.#onLoss();
    } finally {
      this.#isPolling = false;
    }
  }
}

/** The document at a path; an unreachable coordinator is an answer too. */
async function ask(path) {
  const response = await fetch(path, {
    headers: headers("application/json"), signal: AbortSignal.timeout(pollInterval),
  });
  return { isOK: response.ok, isUnknown: response.status === 401, body: await response.json() };
}
