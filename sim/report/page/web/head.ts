// What stands above the diagram: the verdict, what it means, the story, the cast, the
// faults, what to type, and the plan.

import { append, copyable, el, type Child } from "./dom";
import type { Count, Head, Link } from "./data";
import { count, plural, seconds } from "./format";
import type { State } from "./state";

export function head(s: State, show: () => void): HTMLElement {
  const h = s.run.doc.head;
  const root = el("header", { class: "head" });
  append(root, verdict(h), el("div", { class: "columns" },
    el("div", { class: "left" }, h.story.length > 0 ? story(s, show) : null, h.violations.length > 1 ? others(h) : null,
      h.story.length === 0 ? faults(s, show) : null, h.story.length === 0 ? oracles(h, true) : null),
    el("div", { class: "right" }, commands(h), section("The cast", list(h.cast)),
      h.story.length > 0 ? faults(s, show) : null,
      h.rates.length > 0 ? section("Any call may meet", el("p", { class: "chips" }, ...h.rates.map((r) => el("span", {}, r)))) : null)));
  append(root, el("div", { class: "folds" },
    fold("What happened, in numbers", counts("Faults that struck", h.happened), counts("What clients did", h.clients)),
    h.story.length > 0 ? fold("How often each invariant was checked", oracles(h, false)) : null,
    fold("The plan", el("pre", { class: "plan" }, h.plan)),
    fold("How to read this page", guide())));
  return root;
}

function verdict(h: Head): HTMLElement {
  const v = h.violations[0];
  const run = el("p", { class: "run" },
    `Seed ${h.seed} of profile ${h.profile}: ${count(h.events)} events in ${seconds(h.end_us, 1)} of simulated time.`,
    el("span", { class: "hashes" }, "plan " + h.plan_hash.slice(0, 12) + " · trace " + h.trace_hash.slice(0, 12)));
  if (!v) {
    const met = h.oracles.filter((o) => o.met > 0).length;
    return el("div", { class: "verdict " + h.verdict },
      el("p", { class: "eyebrow" }, "Tidemark · one simulated run"),
      el("h1", {}, h.verdict === "clean" ? "Nothing was found" : "Interrupted; nothing was found so far"),
      el("p", { class: "message" }, `${plural(h.oracles.length, "invariant")} were judged at every step, and ${met} of them met the very case they guard against.`), run);
  }
  return el("div", { class: "verdict violated" },
    el("p", { class: "eyebrow" }, "Tidemark · one simulated run · an invariant is violated"),
    el("h1", {}, el("span", { class: "tag" }, v.name), v.title),
    el("p", { class: "message" }, v.message),
    el("dl", {},
      el("dt", {}, "What it means"), el("dd", { class: "meaning" }, v.meaning),
      el("dt", {}, "What must hold"), el("dd", {}, v.statement),
      el("dt", {}, "Where"), el("dd", {}, `${seconds(v.at_us)} of simulated time, step ${count(v.step)}, ${v.where}`)),
    run);
}

function section(title: string, ...body: Child[]): HTMLElement {
  return el("section", {}, el("h2", {}, title), ...body);
}

function list(items: string[]): HTMLElement { return el("ul", {}, ...items.map((i) => el("li", {}, i))); }

// story is the chain of causes as sentences.
function story(s: State, show: () => void): HTMLElement {
  const ol = el("ol", { class: "story" });
  s.run.doc.head.story.forEach((l: Link) => {
    const b = el("button", { type: "button" },
      el("time", {}, seconds(s.run.at[l.row])), el("span", { class: "says" }, l.says),
      l.note ? el("em", {}, l.note) : null,
      ...(l.changes ?? []).map(([what, was, is]) => el("code", {}, what + " " + (was === "" ? "" : was + " → ") + is)));
    b.addEventListener("click", () => {
      s.select(l.row);
      show();
    });
    ol.appendChild(el("li", { class: l.role + " tone-" + s.run.tone[l.row] }, b));
  });
  s.listen((what) => {
    if (what !== "selection") return;
    const chosen = s.run.story.get(s.selected);
    [...ol.children].forEach((li, i) => li.classList.toggle("chosen", i === chosen));
  });
  return section("How it came to this", el("p", { class: "hint" },
    "From the violation back to what caused it (orange), what it stands on (blue), and what became of the controllers meanwhile. Click a line to see it in the diagram."), ol);
}

function others(h: Head): HTMLElement {
  return section("Also violated", list(h.violations.slice(1, 7).map((v) => `${v.name} ${v.title}: ${v.message}`)),
    h.violations.length > 7 ? el("p", { class: "hint" }, plural(h.violations.length - 7, "violation") + " more") : null);
}

function commands(h: Head): HTMLElement | null {
  if (!h.commands || h.commands.length === 0) return null;
  return section("Try it", ...h.commands.map((c) => el("div", {}, el("label", {}, c.label), copyable(c.line))));
}

function faults(s: State, show: () => void): HTMLElement {
  const { head } = s.run.doc;
  if (head.faults.length === 0) return section("Planned faults", el("p", { class: "hint" }, "None."));
  const ul = el("ul", { class: "faults" });
  for (const f of head.faults) {
    const b = el("button", { type: "button" }, el("time", {}, seconds(f.at_us, 3)), el("span", { class: "says" }, f.text),
      f.row < 0 ? el("em", {}, f.at_us > head.end_us ? "the run ended before it" : "found nothing to befall") : null);
    b.disabled = f.row < 0;
    b.addEventListener("click", () => {
      s.select(f.row);
      show();
    });
    ul.appendChild(el("li", {}, b));
  }
  return section("Planned faults", ul);
}

function counts(title: string, all: Count[]): HTMLElement {
  return section(title, all.length === 0 ? el("p", { class: "hint" }, "Nothing.") : el("p", { class: "chips" },
    ...all.map((c) => el("span", {}, c.Name + " ", el("b", {}, count(c.N))))));
}

function oracles(h: Head, titled: boolean): HTMLElement {
  const table = el("table", { class: "oracles" },
    el("tr", {}, el("th", {}, ""), el("th", {}, "invariant"), el("th", {}, "checked"), el("th", {}, "its case met"), el("th", {}, "")));
  for (const o of h.oracles) {
    append(table, el("tr", { class: o.met === 0 ? "unmet" : "" }, el("td", {}, o.name), el("td", {}, o.title),
      el("td", { class: "n" }, count(o.checked)), el("td", { class: "n" }, count(o.met)), el("td", { class: "case" }, o.case)));
  }
  return titled ? section("What was judged", table) : table;
}

function fold(title: string, ...body: Child[]): HTMLElement {
  return el("details", {}, el("summary", {}, title), ...body);
}

function guide(): HTMLElement {
  const items: [string, string][] = [
    ["Lanes", "Each line of the diagram is somebody to whom things happen. Clients stand on top, controllers in the middle, the stash (the metadata store) and the shards (the durable data) below. Time goes to the right."],
    ["Messages", "A line goes from where something is sent to where it arrives: from a client's request to the controller's input, from a controller's call to where it takes effect, from there to the controller that is told. A red stump is a message or a call that never arrives."],
    ["Colours", "Blue went well. Amber has an outcome that nobody knows. Violet was refused. Red is what ends a process. Grey is a timer."],
    ["Life", "The bar of a controller says how its process lives: taking over and loading, running, deposed (a newer epoch exists and it may not know), paused, halted, down."],
    ["Curves", "A collection can be read from its since to its upper. Thick lines are what is durable in its shard; dashed ones what each controller's process has in mind. A violet bar is a hold: as long as it lives, the since must not pass it."],
    ["The story", "Orange rings and lines are the chain of causes of a violation, blue ones what it stands on."],
  ];
  return el("dl", { class: "guide" }, ...items.flatMap(([t, d]) => [el("dt", {}, t), el("dd", {}, d)]));
}
