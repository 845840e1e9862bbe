// Keeps the page's state up to date: by the event stream, and by polling while that is silent.

/** How often the page asks while there is no stream. */
const pollInterval = 5000;
/** The stream repeats the state every 5 s; longer silence means that it is lost. */
const silenceMax = 8000;
/** How often a stream that the server refused is tried again. */
const retryInterval = 15000;

export class Connection {
  #onState;
  #onLoss;
  #source = null;
  #sourceOpenedAt = 0;
  #streamHeardAt = 0;
  #isPolling = false;
  #polledAt = 0;

  /**
   * @param {(state: object, isLive: boolean) => void} onState takes each new state
   * @param {() => void} onLoss is told when this page's own server does not answer
   */
  constructor(onState, onLoss) {
    this.#onState = onState;
    this.#onLoss = onLoss;
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
    const source = new EventSource("/api/v1/events");
    source.addEventListener("state", (event) => {
      this.#streamHeardAt = Date.now();
      this.#onState(JSON.parse(event.data), true);
    });
    this.#source = source;
    this.#sourceOpenedAt = Date.now();
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
    headers: { accept: "application/json" }, signal: AbortSignal.timeout(pollInterval),
  });
  return { isOK: response.ok, body: await response.json() };
}
