// Wires the connection to the view.

import { Connection } from "./connection.js";
import * as format from "./format.js";
import { setToken, token } from "./token.js";
import * as view from "./view.js";

/** After this the data's age is shown instead of "live". */
const freshFor = 8000;

let updatedAt = null;
let isReachable = true;
let isLive = false;

const connection = new Connection(
  (state, live) => {
    view.showAsking(false);
    updatedAt = new Date();
    isReachable = state.reachable;
    isLive = live;
    view.showHealth(state);
    // What was last known stays in sight while the coordinator is away; the notice tells why.
    if (state.reachable) {
      view.showPools(state.status.statuses);
      view.showAllocations(state.status.statuses, updatedAt);
      view.showTimeLeft(updatedAt);
      view.showUpdated(updatedAt);
    }
    document.documentElement.dataset.stale = String(!state.reachable);
    view.speak(spoken(state));
    tick();
  },
  () => {
    isLive = false;
    tick();
  },
  () => {
    isLive = false;
    view.showAsking(true, token() !== null);
    tick();
  },
);

function spoken(state) {
  if (!state.reachable) return "The coordinator cannot be reached.";
  const full = state.status.statuses.filter((pool) => pool.allocated >= pool.total_capacity && pool.allocated > 0);
  const health = state.health.healthy ? "The coordinator is healthy." : "The coordinator is unhealthy.";
  return full.length ? `${health} Full: ${full.map(format.poolTitle).join(", ")}.` : health;
}

function tick() {
  const now = new Date();
  view.showTimeLeft(now);
  const age = updatedAt ? now - updatedAt : null;
  if (!isReachable) view.showConnection("lost", "cannot reach the coordinator");
  else if (age === null) view.showConnection("connecting", "connecting");
  else if (isLive && age <= freshFor) view.showConnection("live", "live");
  else view.showConnection("stale", `as of ${format.span(age / 1000)} ago`);
}

setInterval(tick, 1000);
connection.start();

const refresh = document.getElementById("refresh");
refresh.addEventListener("click", async () => {
  refresh.disabled = true;
  await connection.poll();
  refresh.disabled = false;
  refresh.focus();
});

document.getElementById("asking").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = document.getElementById("token");
  setToken(field.value.trim());
  field.value = "";
  await connection.restart();
});
