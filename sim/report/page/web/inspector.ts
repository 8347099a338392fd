// What is known about the chosen row: what was given, what followed, what changed.

import { append, el, replace } from "./dom";
import { Kind, type Detail } from "./data";
import { count, indented, plural, seconds, span } from "./format";
import type { State } from "./state";

export class Inspector {
  private shown = -1;

  constructor(private readonly root: HTMLElement, private readonly s: State) {
    s.listen((what) => {
      if (what === "selection") void this.show();
    });
    this.empty();
  }

  private empty(): void {
    replace(this.root, el("p", { class: "hint" },
      "Click an event, or press ", el("kbd", {}, "j"), " and ", el("kbd", {}, "k"), " to step through them. ",
      el("kbd", {}, "?"), " lists all keys."));
  }

  private async show(): Promise<void> {
    const { s } = this, { run } = s, i = s.selected;
    if (i < 0 || i === this.shown) return;
    this.shown = i;
    replace(this.root, ...this.above(i));
    const rest = el("div");
    append(this.root, rest, ...this.links(i));
    const detail = await run.detail(i);
    const outcome = run.kind[i] === Kind.input ? await this.effects(i) : [];
    if (this.shown === i) append(rest, ...this.below(i, detail), ...outcome);
  }

  private above(i: number): HTMLElement[] {
    const { run } = this.s, story = run.story.get(i);
    const parts: HTMLElement[] = [
      el("div", { class: "where" }, seconds(run.at[i]), el("span", {}, run.laneOf(i).name), el("span", {}, run.doc.kinds[run.kind[i]])),
      el("h3", {}, run.texts[i]),
    ];
    if (story !== undefined) {
      const l = run.doc.head.story[story];
      parts.push(el("div", { class: "in-story " + l.role },
        `Step ${story + 1} of ${run.doc.head.story.length} of the story. `, l.note ? capital(l.note) + "." : ""));
    }
    if (i === run.doc.head.focus) {
      const v = run.doc.head.violations[0];
      parts.push(el("div", { class: "broken" }, el("b", {}, v.name + " is violated here. "), v.message));
    }
    return parts;
  }

  private below(i: number, d: Detail): HTMLElement[] {
    const parts: HTMLElement[] = [];
    const { run } = this.s;
    const changes = d.c ?? [];
    if (changes.length > 0) {
      parts.push(el("h4", {}, "What changed"));
      const table = el("table", { class: "changes" });
      for (const [what, was, is] of changes) {
        append(table, el("tr", {}, el("th", {}, what), el("td", { class: "was" }, was === "" ? "–" : was), el("td", {}, "→"), el("td", { class: "is" }, is)));
      }
      parts.push(table);
    } else if (run.kind[i] === Kind.input && run.laneOf(i).group === "controllers") {
      parts.push(el("p", { class: "hint" }, "Nothing changed that can be seen from outside."));
    }
    if (d.f && d.f.length > 0) {
      parts.push(el("h4", {}, "In full"));
      for (const line of d.f) parts.push(el("pre", {}, indented(line)));
    }
    return parts;
  }

  // effects are the rows that an input led to within its step, one under the other.
  private async effects(i: number): Promise<HTMLElement[]> {
    const { run } = this.s;
    const own = [...run.led(i)].filter((k) => run.at[k] === run.at[i] && run.lane[k] === run.lane[i] && run.cause[k] === i && run.kind[k] !== Kind.input);
    if (own.length === 0) return [];
    const list = el("ol", { class: "effects" });
    for (const k of own.slice(0, 60)) list.appendChild(el("li", {}, this.link(k, false)));
    return [el("h4", {}, plural(own.length, "effect")), list];
  }

  private links(i: number): HTMLElement[] {
    const { run } = this.s, parts: HTMLElement[] = [];
    const causes = [run.cause[i], run.via[i]].filter((c) => c >= 0);
    if (causes.length > 0) {
      parts.push(el("h4", {}, "Because of"));
      for (const c of causes) parts.push(this.link(c, true));
    }
    const led = [...new Set(run.led(i))].filter((k) => run.at[k] !== run.at[i] || run.lane[k] !== run.lane[i] || run.kind[i] !== Kind.input);
    if (led.length > 0) {
      parts.push(el("h4", {}, "Led to"));
      for (const k of led.slice(0, 40)) parts.push(this.link(k, true));
      if (led.length > 40) parts.push(el("p", { class: "hint" }, "and " + count(led.length - 40) + " more"));
    } else if (run.took[i] === 0 && (run.kind[i] === Kind.send || run.kind[i] === Kind.call)) {
      parts.push(el("p", { class: "hint bad" }, run.kind[i] === Kind.call ? "By the end of the run it had neither taken effect nor been answered." : "By the end of the run it had not arrived."));
    }
    return parts;
  }

  private link(k: number, time: boolean): HTMLElement {
    const { run } = this.s, d = run.at[k] - run.at[this.s.selected];
    const b = el("button", { type: "button", class: "row-link tone-" + run.tone[k] },
      time ? el("span", { class: "when" }, (d < 0 ? "−" : "+") + span(Math.abs(d))) : null,
      time ? el("span", { class: "who" }, run.laneOf(k).name) : null,
      el("span", {}, run.texts[k]));
    b.addEventListener("click", () => this.s.select(k));
    return b;
  }
}

function capital(s: string): string { return s.slice(0, 1).toUpperCase() + s.slice(1); }

