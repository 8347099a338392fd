// What is looked at: the range of the axis, the chosen row, the filter.

import type { Run } from "./data";

export type Axis = "time" | "order";

// State is shared by everything that draws; changed tells all of it to draw again.
export class State {
  axis: Axis = "time";
  // The visible range, in the axis' own unit: microseconds or rows.
  from = 0;
  to = 1;
  selected = -1;
  hovered = -1;
  // Which collection's curves are shown, and whether the user chose it.
  collection = -1;
  pinned = false;
  filter = "";
  matches: Uint8Array | null = null;
  matching = 0;

  private listeners: ((what: Change) => void)[] = [];
  private pending: Set<Change> = new Set();

  constructor(readonly run: Run) {
    this.fit();
  }

  listen(f: (what: Change) => void): void { this.listeners.push(f); }

  // changed has everybody draw again, once per frame.
  changed(what: Change): void {
    if (this.pending.size === 0) {
      requestAnimationFrame(() => {
        const all = [...this.pending];
        this.pending.clear();
        for (const w of all) for (const f of this.listeners) f(w);
      });
    }
    this.pending.add(what);
  }

  get length(): number { return this.axis === "time" ? this.run.end : Math.max(this.run.n - 1, 1); }

  // Where a row and a time are on the axis.
  ofRow(i: number): number { return this.axis === "time" ? this.run.at[i] : i; }

  ofTime(at: number): number {
    if (this.axis === "time") return at;
    const i = this.run.after(at);
    if (i === 0) return 0;
    if (i >= this.run.n) return this.run.n - 1;
    const gap = this.run.at[i] - this.run.at[i - 1];
    return i - 1 + (gap > 0 ? (at - this.run.at[i - 1]) / gap : 1);
  }

  toTime(u: number): number {
    if (this.axis === "time") return u;
    const i = Math.max(0, Math.min(this.run.n - 1, Math.floor(u))), j = Math.min(i + 1, this.run.n - 1);
    return this.run.at[i] + (this.run.at[j] - this.run.at[i]) * Math.max(0, Math.min(1, u - i));
  }

  show(from: number, to: number): void {
    const least = this.axis === "time" ? 20 : 3;
    const all = this.length, room = all * 0.02;
    let width = Math.max(least, Math.min(to - from, all + 2 * room));
    from = Math.max(-room, Math.min(from, all + room - width));
    this.from = from;
    this.to = from + width;
    this.changed("range");
  }

  fit(): void { this.show(-this.length * 0.01, this.length * 1.01); }

  zoom(factor: number, around: number): void {
    this.show(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }

  setAxis(axis: Axis): void {
    if (axis === this.axis) return;
    const from = this.toTime(this.from), to = this.toTime(this.to);
    this.axis = axis;
    this.show(this.ofTime(from), this.ofTime(to));
    if (this.selected >= 0) this.reveal(this.selected);
    this.changed("axis");
  }

  // select chooses a row and brings it into view.
  select(i: number, reveal = true): void {
    if (i < 0 || i >= this.run.n) return;
    this.selected = i;
    if (!this.pinned && this.run.subject[i] >= 0) this.collection = this.run.subject[i];
    if (reveal) this.reveal(i);
    this.changed("selection");
  }

  reveal(i: number): void {
    const u = this.ofRow(i), width = this.to - this.from;
    if (u < this.from + width * 0.06 || u > this.to - width * 0.06) this.show(u - width / 2, u + width / 2);
  }

  visible(i: number): boolean { return this.matches === null || this.matches[i] === 1; }

  // setFilter shows only rows that have every word: a collection, a request, or
  // anything that is written in them.
  setFilter(text: string): void {
    this.filter = text.trim();
    const words = this.filter.toLowerCase().split(/\s+/).filter((w) => w !== "");
    const run = this.run;
    if (words.length === 0) {
      this.matches = null;
      this.matching = 0;
    } else {
      const found = new Uint8Array(run.n);
      const tests = words.map((w) => ({
        subject: run.doc.collections.findIndex((c) => c.name === w),
        text: new RegExp("(^|[^a-z0-9.])" + w.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i"),
        exact: /^[ust]\d+$/.test(w),
      }));
      const ends = (t: string, w: string): boolean => new RegExp("(^|[^a-z0-9])" + w + "($|[^0-9])").test(t);
      this.matching = 0;
      for (let i = 0; i < run.n; i++) {
        let all = 1;
        for (let k = 0; k < tests.length && all; k++) {
          const t = tests[k];
          const hit = t.exact
            ? (t.subject >= 0 && run.subject[i] === t.subject) || ends(run.texts[i], words[k])
            : t.text.test(run.texts[i]) || run.laneOf(i).name.includes(words[k]);
          if (!hit) all = 0;
        }
        found[i] = all;
        this.matching += all;
      }
      this.matches = found;
    }
    this.changed("filter");
  }

  // next is the closest matching row before or after one, in its lane or in all.
  next(direction: 1 | -1, inLane: boolean): number {
    const { run } = this;
    let i = this.selected;
    if (i < 0) i = direction > 0 ? run.after(this.toTime(Math.max(this.from, 0))) - 1 : run.n;
    const lane = this.selected >= 0 ? run.lane[this.selected] : -1;
    for (i += direction; i >= 0 && i < run.n; i += direction) {
      if (this.visible(i) && (!inLane || lane < 0 || run.lane[i] === lane)) return i;
    }
    return this.selected;
  }

  // beside is the row closest in time in the lane above or below.
  beside(direction: 1 | -1): number {
    const { run } = this;
    if (this.selected < 0) return this.next(1, false);
    const at = run.at[this.selected];
    for (let lane = run.lane[this.selected] + direction; lane >= 0 && lane < run.doc.lanes.length; lane += direction) {
      let best = -1;
      for (let d = 1; d < 20000; d++) {
        const before = this.selected - d, after = this.selected + d;
        for (const i of [after, before]) {
          if (i < 0 || i >= run.n || run.lane[i] !== lane || !this.visible(i)) continue;
          if (best < 0 || Math.abs(run.at[i] - at) < Math.abs(run.at[best] - at)) best = i;
        }
        if (best >= 0) return best;
      }
    }
    return this.selected;
  }
}

export type Change = "range" | "selection" | "filter" | "axis" | "theme" | "size" | "hover";
