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

function time(f) {
  return cell(timeText(f), "number", isTime(f) ? f.time : "");
}

function lag(upper, clock) {
  if (!isTime(upper)) return cell("–", "number");
  if (Number(upper.time) < firstDate) return cell("–", "number");
  return cell(span(clock - Number(upper.time)), "number");
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
  if (!isTime(c.since) || !isTime(c.upper) || Number(c.upper.time) < firstDate) return td;
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

function collectionRow(c, clock, longest) {
  const held = c.heldBy.join(", ");
  return row([
    cell(c.id), cell(c.kind + (c.host ? " on " + c.host : "")), time(c.since), time(c.upper), lag(c.upper, clock),
    readable(c, clock, longest), cell(held || "nothing", "wrap"), cell(policy(c.policy)),
    cell(c.shard, c.shard === "failed" ? "bad" : ""), cell(c.queuedAppends, "number"),
  ], c.dropped);
}

function spanOf(c, clock) {
  if (!isTime(c.since) || !isTime(c.upper) || Number(c.since.time) < firstDate) return 0;
  return clock - Number(c.since.time);
}

function show(status, all) {
  const clock = Number(all.clock);
  const wanted = document.getElementById("filter").value.toLowerCase();
  const listed = all.collections.filter((c) => (c.id + " " + c.kind + " " + c.heldBy.join(" ")).toLowerCase().includes(wanted));
  const longest = Math.max(1000, ...listed.map((c) => spanOf(c, clock)));
  fill("collections", listed.map((c) => collectionRow(c, clock, longest)));
  fill("exports", all.exports.map((e) => row([
    cell(e.id), cell(e.from), time(e.upper), lag(e.upper, clock), time(e.hold), cell(e.host || "waits for one")], e.dropped)));
  fill("hosts", all.hosts.map((h) => row([
    cell(h.name), cell(h.connected ? "open" : h.trouble || "none", h.connected ? "" : "bad wrap"), cell(h.live, "number"), cell(h.ending, "number")])));
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
      show(status, await call("Frontiers"));
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
