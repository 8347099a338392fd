// The page: unpacks the run and puts everything together.

import { forgetPalette } from "./colors";
import { Curves } from "./curves";
import { load, type Run } from "./data";
import { Diagram } from "./diagram";
import { append, button, el, replace } from "./dom";
import { count, plural } from "./format";
import { head } from "./head";
import { Inspector } from "./inspector";
import { keys, showStory } from "./keys";
import { Minimap } from "./minimap";
import { State } from "./state";

async function start(): Promise<void> {
  const app = document.getElementById("app")!;
  if (typeof DecompressionStream === "undefined") {
    replace(app, el("p", { class: "hint" }, "This browser is too old: it cannot unpack the data in the page (DecompressionStream)."));
    return;
  }
  try {
    build(app, await load());
    requestAnimationFrame(() => setTimeout(() => (document.documentElement.dataset.ready = "true")));
  } catch (e) {
    replace(app, el("p", { class: "hint bad" }, "The page's data cannot be read: " + String(e)));
    throw e;
  }
}

function build(app: HTMLElement, run: Run): void {
  const s = new State(run);
  const bench = el("main", { class: "bench" });
  const left = el("div", { class: "left" }), right = el("aside", { class: "inspector" });
  const show = (): void => {
    const box = bench.getBoundingClientRect();
    if (box.top > 120 || box.bottom < window.innerHeight * 0.6) bench.scrollIntoView({ block: "start" });
  };
  const bar = toolbar(s);
  append(bench, bar.root, left, right);
  append(app, head(s, show), bench);

  new Minimap(left, s);
  const stage = el("div", { class: "stage" }), legend = el("div", { class: "legend" });
  left.appendChild(stage);
  const diagram = new Diagram(stage, s);
  const plot = el("div", { class: "plot" });
  append(left, plot, legend);
  new Curves(plot, s, legend);
  new Inspector(right, s);

  const help = keys(s, { filter: bar.filter, theme, workbench: show });
  bar.help(() => help.toggle());

  const theme0 = window.matchMedia("(prefers-color-scheme: dark)");
  theme0.addEventListener("change", () => { forgetPalette(); s.changed("theme"); });
  new ResizeObserver(() => s.changed("size")).observe(left);

  function theme(): void {
    const dark = document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === "dark" : theme0.matches;
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    forgetPalette();
    s.changed("theme");
  }
  bar.theme(theme);

  first(s);
  // For tests, and for the curious at the console.
  Object.assign(window, { tidemark: { state: s, run, diagram } });
}

// first is what is shown when the page opens: the story of a violation, or all.
function first(s: State): void {
  const { head, collections } = s.run.doc;
  const weight = (i: number): number => collections[i].rows * (collections[i].kind === "table" ? 100 : 1);
  const busiest = collections.reduce((best, _, i) => (best < 0 || weight(i) > weight(best) ? i : best), -1);
  s.collection = busiest;
  if (head.focus >= 0) {
    const named = collections.findIndex((c) => new RegExp("\\b" + c.name + "\\b").test(head.violations[0].message));
    s.select(head.focus, false);
    if (named >= 0) s.collection = named;
    showStory(s);
  }
  s.changed("range");
}

interface Toolbar {
  root: HTMLElement;
  filter(): void;
  help(f: () => void): void;
  theme(f: () => void): void;
}

function toolbar(s: State): Toolbar {
  const input = el("input", { type: "search", placeholder: "Filter: u7, w1.4, unknown …  ( / )", spellcheck: "false", "aria-label": "Filter" });
  input.addEventListener("input", () => s.setFilter(input.value));
  const matches = el("span", { class: "matches" });
  const choice = el("select", { "aria-label": "Collection whose frontiers are drawn", title: "Collection whose frontiers are drawn" });
  append(choice, el("option", { value: "-1" }, "follow the event"),
    ...s.run.doc.collections.map((c, i) => el("option", { value: String(i) }, c.name + (c.kind === "" ? "" : " (" + c.kind + ")"))));
  choice.addEventListener("change", () => {
    const i = Number(choice.value);
    s.pinned = i >= 0;
    if (s.pinned) s.collection = i;
    else if (s.selected >= 0 && s.run.subject[s.selected] >= 0) s.collection = s.run.subject[s.selected];
    s.changed("filter");
  });
  const axis = button("by time", "How the axis is divided: by time, or evenly by the order of events (t)", () => s.setAxis(s.axis === "time" ? "order" : "time"));
  s.listen((what) => {
    axis.textContent = s.axis === "time" ? "by time" : "by order";
    if (what === "filter" && document.activeElement !== input) input.value = s.filter;
    matches.textContent = s.matches ? plural(s.matching, "event") : count(s.run.n) + " events";
  });
  const helpButton = button("?", "All keys (?)", () => undefined);
  const themeButton = button("◐", "Light or dark (d)", () => undefined);
  const root = el("div", { class: "toolbar" }, input, matches,
    el("span", { class: "group" }, button("−", "Zoom out (−)", () => s.zoom(1 / 0.6, (s.from + s.to) / 2)),
      button("+", "Zoom in (+)", () => s.zoom(0.6, (s.from + s.to) / 2)),
      button("all", "The whole run (f)", () => s.fit()),
      s.run.doc.head.story.length > 0 ? button("story", "The story of the violation (s)", () => showStory(s)) : null), axis,
    el("label", {}, "frontiers of ", choice), el("span", { class: "grow" }), themeButton, helpButton);
  return {
    root,
    filter: () => { input.focus(); input.select(); },
    help: (f) => { helpButton.onclick = f; },
    theme: (f) => { themeButton.onclick = f; },
  };
}

void start();
