// The state on the page. Everything that comes from outside goes through textContent: never through markup.

import * as format from "./format.js";

const byID = (id) => document.getElementById(id);

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function element(name, attributes = {}, ...children) {
  const created = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, value);
  created.append(...children);
  return created;
}

// Health

export function showHealth(state) {
  const { health } = state;
  const badge = byID("badge");
  setText(badge, health.healthy ? "HEALTHY" : "UNHEALTHY");
  badge.dataset.level = health.healthy ? "ok" : "danger";
  setText(byID("version"), health.version);
  setText(byID("uptime"), state.reachable ? minutes(health.uptime_seconds) : "–");
  byID("uptime").title = state.reachable ? format.span(health.uptime_seconds) : "";
  const facts = health.metadata ?? {};
  setText(byID("mode"), facts.mode ?? "–");
  setText(byID("leases"), count(facts.allocations));
  setText(byID("waiting"), count(facts.queued));
  setText(byID("requests"), count(facts.requests_processed));
  const notice = byID("notice");
  notice.hidden = state.reachable;
  setText(notice, state.reachable ? "" : `Cannot reach the coordinator: ${facts.error ?? state.status.error ?? "no answer"}`);
}

/** Asks for a token, or asks no longer. */
export function showAsking(isAsking, wasWrong = false) {
  const form = byID("asking");
  if (isAsking) setText(byID("asking-why"), wasWrong ? "This token is not known here." : "The coordinator asks who you are.");
  if (form.hidden !== isAsking) return;
  form.hidden = !isAsking;
  if (isAsking) byID("token").focus();
}

function minutes(seconds) {
  const whole = Math.floor(seconds / 60);
  return whole === 1 ? "1 minute" : `${format.number(whole)} minutes`;
}

function count(text) {
  return text === undefined || Number.isNaN(Number(text)) ? "–" : format.number(Number(text));
}

// Usage

const cards = new Map();

export function showPools(pools) {
  const list = byID("pools");
  const shown = pools.map((pool) => {
    const key = pool.pool || pool.resource;
    if (!cards.has(key)) cards.set(key, makeCard());
    const card = cards.get(key);
    fillCard(card, pool);
    return card.root;
  });
  if (shown.length === 0) shown.push(element("p", { class: "empty card" }, "No pools to show"));
  const isSame = list.children.length === shown.length && shown.every((node, index) => list.children[index] === node);
  if (!isSame) list.replaceChildren(...shown);
}

function makeCard() {
  const card = {
    title: element("h3"), word: element("span", { class: "word" }), percent: element("span", { class: "percent" }),
    fill: element("span", { class: "fill" }), excess: element("span", { class: "excess" }),
    used: element("dd"), total: element("dd"), available: element("dd"), note: element("p", { class: "note" }),
  };
  card.bar = element("div", { class: "bar", role: "progressbar", "aria-valuemin": "0" }, card.fill, card.excess);
  card.root = element(
    "article", { class: "card pool" },
    element("div", { class: "pool-head" }, card.title, card.word),
    card.percent, card.bar,
    element(
      "dl", { class: "amounts" },
      element("div", {}, element("dt", {}, "Used"), card.used),
      element("div", {}, element("dt", {}, "Total"), card.total),
      element("div", {}, element("dt", {}, "Available"), card.available)),
    card.note);
  return card;
}

function fillCard(card, pool) {
  const { allocated, total_capacity: total, unit } = pool;
  const share = format.percent(allocated, total);
  const { name, word } = format.level(allocated, total);
  card.root.dataset.level = name;
  setText(card.title, format.poolTitle(pool));
  setText(card.word, word);
  setText(card.percent, format.percentText(share));
  setAmount(card.used, allocated, unit);
  setAmount(card.total, total, unit);
  setAmount(card.available, pool.available, unit);
  // Beyond its capacity the bar stands for what is held; the mark shows where the capacity ends.
  const scale = Math.max(total, allocated, 1);
  card.fill.style.inlineSize = `${(Math.min(allocated, total) / scale) * 100}%`;
  card.excess.style.inlineSize = `${(Math.max(0, allocated - total) / scale) * 100}%`;
  card.bar.setAttribute("aria-label", `${format.poolTitle(pool)} used`);
  card.bar.setAttribute("aria-valuemax", String(scale));
  card.bar.setAttribute("aria-valuenow", String(allocated));
  card.bar.setAttribute(
    "aria-valuetext", `${format.quantity(allocated, unit)} of ${format.quantity(total, unit)}, ${format.percentText(share)}, ${word}`);
  const notes = [];
  if (pool.over_committed > 0) notes.push(`${format.quantity(pool.over_committed, unit)} over the capacity`);
  if (pool.queued > 0) notes.push(`${format.number(pool.queued)} waiting`);
  setText(card.note, notes.join(" · "));
}

function setAmount(target, value, unit) {
  setText(target, format.quantity(value, unit));
  const exact = `${format.number(value)} ${unit}`;
  target.title = exact === target.textContent ? "" : exact;
}

// Allocations

let shownRows = "";

export function showAllocations(pools, now) {
  const rows = pools.flatMap((pool) => pool.allocations.map((allocation) => ({ pool, allocation })));
  const total = pools.reduce((sum, pool) => sum + (pool.allocations_total ?? pool.allocations.length), 0);
  setText(byID("allocation-count"), total === 1 ? "1 allocation" : `${format.number(total)} allocations`);
  const cut = pools.filter((pool) => (pool.allocations_total ?? 0) > pool.allocations.length);
  byID("cut").hidden = cut.length === 0;
  setText(byID("cut"), cut.map(cutText).join(" "));
  byID("no-allocations").hidden = rows.length > 0;
  const signature = JSON.stringify(rows.map(({ pool, allocation }) => [pool.pool, pool.unit, allocation]));
  if (signature === shownRows) return;
  shownRows = signature;
  byID("allocations").replaceChildren(...rows.map(({ pool, allocation }) => makeRow(pool, allocation, now)));
}

function cutText(pool) {
  return `${format.poolTitle(pool)}: the first ${format.number(pool.allocations.length)} of ${format.number(pool.allocations_total)} are shown.`;
}

function makeRow(pool, allocation, now) {
  const component = cell("Component", allocation.component);
  component.title = `Request ${allocation.request_id}`;
  component.className = "component";
  const amount = cell("Quantity", "");
  amount.className = "number";
  setAmount(amount, allocation.quantity, pool.unit);
  return element(
    "tr", { role: "row" }, component, cell("Resource", format.poolTitle(pool)), amount,
    timeCell("Allocated At", allocation.allocated_at, now), timeCell("Expires At", allocation.expires_at, now, true));
}

function cell(label, content) {
  return element("td", { role: "cell", "data-label": label }, content);
}

function timeCell(label, text, now, counts = false) {
  const date = text ? new Date(text) : null;
  if (!date || Number.isNaN(date.getTime())) return cell(label, "–");
  const value = element("span", {}, element("time", { datetime: text, title: text }, format.time(date, now)));
  if (counts) value.append(" ", element("span", { class: "left", "data-until": text }));
  return cell(label, value);
}

/** Moves the texts that tell how long something lasts yet. */
export function showTimeLeft(now) {
  for (const left of document.querySelectorAll("[data-until]")) {
    const seconds = (new Date(left.dataset.until) - now) / 1000;
    setText(left, seconds > 0 ? `in ${format.span(seconds)}` : "now");
  }
}

// Connection

export function showConnection(state, text) {
  byID("chip").dataset.state = state;
  setText(byID("chip-text"), text);
}

export function showUpdated(date) {
  setText(byID("updated"), `Last updated: ${format.time(date, new Date())}`);
}

/** One sentence for screen readers; only changes are spoken. */
export function speak(sentence) {
  setText(byID("spoken"), sentence);
}
