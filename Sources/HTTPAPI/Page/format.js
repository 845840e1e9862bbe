// Numbers, units and times as people read them. Pure functions.

const byteUnits = ["B", "KB", "MB", "GB", "TB"];

/** Long names of units, as they are shown. */
const shortUnits = { "requests/hour": "req/hr" };

const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

export function number(value) {
  return plain.format(value);
}

/** A quantity in its pool's unit; sizes in the unit in which they are shortest, in steps of 1024. */
export function quantity(value, unit) {
  let step = byteUnits.indexOf(unit);
  if (step < 0) return unit ? `${number(value)} ${shortUnits[unit] ?? unit}` : number(value);
  let size = value;
  while (Math.abs(size) >= 1024 && step < byteUnits.length - 1) {
    size /= 1024;
    step += 1;
  }
  while (size !== 0 && Math.abs(size) < 1 && step > 0) {
    size *= 1024;
    step -= 1;
  }
  return `${number(size)} ${byteUnits[step]}`;
}

/** Used in percent of the capacity; null where there is no capacity to compare with. */
export function percent(used, total) {
  return total > 0 ? (used / total) * 100 : null;
}

export function percentText(value) {
  if (value === null) return "–";
  return `${value.toFixed(value > 0 && value < 10 ? 1 : 0)} %`;
}

/** How full a pool is, in a word for the reader and one for the style sheet. */
export function level(used, total) {
  const share = percent(used, total);
  if (used > total) return { name: "over", word: "Over-committed" };
  if (share === null) return { name: "idle", word: "No capacity" };
  if (share >= 90) return { name: "danger", word: share >= 100 ? "Full" : "Nearly full" };
  if (share >= 70) return { name: "warning", word: "Busy" };
  return { name: "ok", word: used > 0 ? "Normal" : "Idle" };
}

const poolTitles = {
  RESOURCE_TYPE_GPU: "GPU memory",
  RESOURCE_TYPE_CLAUDE_API: "Claude API",
  RESOURCE_TYPE_MEMORY: "Memory",
  RESOURCE_TYPE_CPU: "CPU",
};

/** What a pool is called on the page. */
export function poolTitle(pool) {
  return poolTitles[pool.resource] ?? (pool.pool || pool.resource);
}

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const dayAndClock = new Intl.DateTimeFormat("en-GB", {
  day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
});

/** A time of day, with the date where it is not today. */
export function time(date, now) {
  return date.toDateString() === now.toDateString() ? clock.format(date) : dayAndClock.format(date);
}

/** A length of time in its largest one or two units. */
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole < 600 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}
