"use strict";
// The status page: once a second it asks the API what there is and shows it. It keeps
// nothing and changes nothing.

const api = "tidemark.v1.Controller/";
const every = 1000;

async function call(name) {
  const response = await fetch(api + name, { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message || response.statusText);
  return answer;
}

// cell is a table cell; what it shows is text, never markup.
function cell(text, kind, title) {
  const td = document.createElement("td");
  td.textContent = text;
  if (kind) td.className = kind;
  if (title) td.title = title;
  return td;
}

const isTime = (f) => f && f.time !== undefined;

// span is a number of milliseconds as people say it.
function span(ms) {
  const n = Math.abs(ms), sign = ms < 0 ? "−" : "";
  if (n < 1000) return sign + Math.round(n) + " ms";
  if (n < 120e3) return sign + (n / 1000).toFixed(1) + " s";
  if (n < 7200e3) return sign + (n / 60e3).toFixed(1) + " min";
  if (n < 172800e3) return sign + (n / 3600e3).toFixed(1) + " h";
  return sign + (n / 86400e3).toFixed(1) + " d";
}

// Before this, a time is shown as the number that it is.
const firstDate = Date.UTC(2000, 0, 1);

function timeText(f) {
  if (!isTime(f)) return f && f.closed ? "closed" : "–";
  const t = Number(f.time);
  if (t < firstDate || t > 8e15) return f.time;
  return new Date(t).toISOString().replace("T", " ").replace("Z", "");
}

// time shows the date only if it is another day.
function time(f, clock) {
  const text = timeText(f), today = new Date(clock).toISOString().slice(0, 10) + " ";
  return cell(text.startsWith(today) ? text.slice(today.length) : text, "number", isTime(f) ? text + " (" + f.time + ")" : "");
}

const begun = (upper) => isTime(upper) && Number(upper.time) >= firstDate;

// From when on somebody should look, in milliseconds. A table lags if nobody writes it.
const late = 10e3, tooLate = 60e3;

const worry = (ms) => ms < late ? "" : ms < tooLate ? "late" : "bad";

// lag is how far the upper is behind the clock. What runs on a host is to keep up with
// goal, which for an export is where its input is.
function lag(upper, clock, goal) {
  if (!begun(upper)) return cell(goal && isTime(upper) ? "not begun" : "–", "number");
  const kind = goal ? worry(goal - Number(upper.time)) : "";
  return cell(span(clock - Number(upper.time)), "number " + kind);
}

// goals are where exports are to be: nowhere behind what they write.
function goals(all, clock) {
  const uppers = new Map(all.collections.map((c) => [c.id, c.upper]));
  return (e) => {
    const upper = uppers.get(e.from);
    return isTime(upper) ? Math.min(Number(upper.time), clock) : clock;
  };
}

// on names a host, with a mark that says whether it can be commanded.
function on(td, host, hosts) {
  if (!host) return td;
  const h = hosts.get(host), mark = document.createElement("span");
  mark.className = h && h.connected ? "host up" : "host down";
  mark.textContent = host;
  mark.title = h && h.connected ? "connected" : (h && h.trouble) || "not connected";
  td.append(mark);
  return td;
}

function policy(p) {
  if (!p) return "none";
  if (p.lag !== undefined) return "lag " + span(Number(p.lag));
  if (p.validFrom) return "valid from " + timeText(p.validFrom);
  if (p.multiple) return "earliest of: " + p.multiple.policies.map(policy).join("; ");
  return "none";
}

// readable draws from since to upper, on a scale that ends now and begins as long ago
// as the collection that can be read back furthest.
function readable(c, clock, longest) {
  const td = document.createElement("td");
  if (!isTime(c.since) || !begun(c.upper)) return td;
  const bar = document.createElement("span"), part = document.createElement("i");
  bar.className = "bar";
  const from = Math.max(Number(c.since.time), clock - longest), to = Math.min(Number(c.upper.time), clock);
  const left = Math.min(Math.max((from - (clock - longest)) / longest, 0), 1);
  const right = Math.min(Math.max((to - (clock - longest)) / longest, left), 1);
  part.style.left = 100 * left + "%";
  part.style.width = 100 * (right - left) + "%";
  bar.title = "readable over " + span(Number(c.upper.time) - Number(c.since.time));
  bar.append(part);
  td.append(bar);
  return td;
}

function fill(name, rows) {
  document.querySelector("#" + name + " tbody").replaceChildren(...rows);
  document.getElementById(name + "-count").textContent = rows.length || "";
  document.getElementById(name + "-empty").hidden = rows.length > 0;
  document.getElementById(name).hidden = rows.length === 0;
}

function row(cells, dropped) {
  const tr = document.createElement("tr");
  if (dropped) tr.className = "dropped";
  tr.append(...cells);
  return tr;
}

// held is what keeps the since where it is, and the policy if it is something else.
function held(c) {
  const td = cell(c.heldBy.join(", ") || "nothing", "wrap");
  if (!c.dropped && !c.heldBy.every((by) => by.startsWith("policy"))) {
    const wish = document.createElement("small");
    wish.textContent = " policy " + policy(c.policy);
    td.append(wish);
  }
  return td;
}

function collectionRow(c, clock, longest, hosts) {
  return row([
    cell(c.id, "id"), on(cell(c.kind + (c.host ? " on " : "")), c.host, hosts), time(c.since, clock), time(c.upper, clock),
    lag(c.upper, clock, c.host && clock), readable(c, clock, longest), held(c),
    cell(c.dropped ? "dropped" : c.shard, c.shard === "failed" ? "bad" : ""), cell(c.queuedAppends, "number"),
  ], c.dropped);
}

function exportRow(e, clock, goal, hosts) {
  return row([
    cell(e.id, "id"), cell(e.from), time(e.upper, clock), lag(e.upper, clock, goal(e)), time(e.hold, clock),
    e.host ? on(cell(""), e.host, hosts) : cell("waits for one", "late"),
  ], e.dropped);
}

function hostRow(h) {
  return row([
    on(cell(""), h.name, new Map([[h.name, h]])), cell(h.connected ? "open" : h.trouble || "none", h.connected ? "" : "bad wrap"),
    cell(h.live, "number"), cell(h.ending, "number"),
  ]);
}

// card is one number of the summary, and what is to be said of it.
function card(name, number, note, kind) {
  const li = document.createElement("li");
  for (const [tag, text] of [["span", name], ["strong", number], ["small", note]]) {
    const part = document.createElement(tag);
    part.textContent = text;
    li.append(part);
  }
  li.className = kind || "";
  return li;
}

function cards(all, clock, goal) {
  const live = (list) => list.filter((o) => !o.dropped), some = (list, what) => list.length ? list.length + " " + what : "";
  const waits = (list) => list.filter((o) => isTime(o.upper) && !begun(o.upper));
  const collections = live(all.collections), exports = live(all.exports), ingestions = collections.filter((c) => c.host);
  const failed = some(collections.filter((c) => c.shard === "failed"), "failed"), idle = some(waits(ingestions), "not begun");
  const notBegun = some(waits(exports), "not begun"), away = some(all.hosts.filter((h) => !h.connected), "not connected");
  let worst = { id: "", ms: 0 };
  for (const [list, to] of [[ingestions, () => clock], [exports, goal]]) {
    for (const o of list.filter((o) => begun(o.upper))) {
      const ms = to(o) - Number(o.upper.time);
      if (ms >= worst.ms) worst = { id: o.id, ms };
    }
  }
  document.getElementById("cards").replaceChildren(
    card("collections", collections.length, failed || idle || "all in order", failed ? "bad" : idle ? "late" : ""),
    card("exports", exports.length, notBegun || "all in order", notBegun ? "late" : ""),
    card("hosts", all.hosts.filter((h) => h.connected).length + " / " + all.hosts.length, away || "all connected", away ? "bad" : ""),
    card("furthest behind", worst.id ? span(worst.ms) : "–", worst.id || "nothing runs on a host", worry(worst.ms)),
  );
}

function spanOf(c, clock) {
  if (!isTime(c.since) || !isTime(c.upper) || Number(c.since.time) < firstDate) return 0;
  return clock - Number(c.since.time);
}

function show(all) {
  const clock = Number(all.clock);
  const wanted = document.getElementById("filter").value.toLowerCase();
  const listed = all.collections.filter((c) => (c.id + " " + c.kind + " " + c.heldBy.join(" ")).toLowerCase().includes(wanted));
  const longest = Math.max(1000, ...listed.map((c) => spanOf(c, clock)));
  const hosts = new Map(all.hosts.map((h) => [h.name, h]));
  const goal = goals(all, clock);
  cards(all, clock, goal);
  fill("collections", listed.map((c) => collectionRow(c, clock, longest, hosts)));
  fill("exports", all.exports.map((e) => exportRow(e, clock, goal, hosts)));
  fill("hosts", all.hosts.map(hostRow));
}

function facts(status) {
  const list = [
    ["epoch", status.epoch], ["phase", status.phase], ["up for", span(Number(status.uptimeMs))],
    ["open requests", status.openRequests], ["calls that are out", status.openEffects],
    ["control operations queued", status.queuedControl], ["stores", status.stores.join(" · ")], ["version", status.version],
  ];
  if (Number(status.graceMs) > 0) list.push(["nothing is compacted for another", span(Number(status.graceMs)) + ", because this controller took over lately"]);
  if (Number(status.clockAlarms) > 0) list.push(["clock alarms", status.clockAlarms + ": this machine's clock is ahead of the metadata store's"]);
  document.getElementById("controller").replaceChildren(...list.flatMap(([name, value]) => {
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = value;
    return [dt, dd];
  }));
}

function say(text, kind) {
  const state = document.getElementById("state");
  state.textContent = text;
  state.className = kind;
}

async function refresh() {
  try {
    const status = await call("Status");
    facts(status);
    if (status.halt) {
      say(status.phase + ": " + status.halt, "bad");
    } else {
      show(await call("Frontiers"));
      say(status.phase + ", epoch " + status.epoch, status.phase === "running" ? "good" : "");
    }
  } catch (problem) {
    say("no answer: " + problem.message, "bad");
  }
  document.documentElement.dataset.ready = "true";
  setTimeout(refresh, every);
}

document.getElementById("filter").addEventListener("input", () => { document.documentElement.dataset.ready = "filtering"; });
refresh();
