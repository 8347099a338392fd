// Since and upper of one collection over time: durable in its shard, as each
// controller's incarnation has them, and the holds that keep the since back.

import { niceStep, Scale, ticks } from "./axis";
import { font, gutter, palette, Surface, type Palette } from "./colors";
import { beyond, closed, type Collection, type Curve } from "./data";
import { count } from "./format";
import type { State } from "./state";

const topPad = 28, bottomPad = 8;

export class Curves {
  private readonly surface: Surface;
  private low = 0;
  private high = 1;

  constructor(parent: HTMLElement, private readonly s: State, private readonly legend: HTMLElement) {
    this.surface = new Surface(parent, "curves");
    s.listen(() => this.draw());
  }

  draw(): void {
    const g = this.surface.begin(), s = this.s, p = palette();
    const scale = new Scale(s, this.surface.width), h = this.surface.height;
    const c = s.run.doc.collections[s.collection];
    ticks(g, scale, h, false);
    this.legend.textContent = "";
    if (!c || c.curves.length === 0) {
      g.fillStyle = p.muted;
      g.font = font;
      g.textAlign = "center";
      g.fillText(c ? c.name + " has no frontiers to draw" : "choose a collection to see its frontiers", scale.width / 2, h / 2);
      return;
    }
    this.fit(c);
    this.frame(g, scale, p, h, c);
    g.save();
    g.beginPath();
    g.rect(gutter, 0, scale.width - gutter, h);
    g.clip();
    this.readable(g, scale, p, c);
    this.holds(g, scale, p, c);
    for (const v of c.curves) this.curve(g, scale, p, v);
    this.numbers(g, scale, p, c);
    this.cursor(g, scale, p, h);
    g.restore();
    this.explain(c, p);
  }

  // fit makes the vertical axis fit what is in view.
  private fit(c: Collection): void {
    const { s } = this, from = s.toTime(s.from), to = s.toTime(s.to);
    const seen = new Set<number>();
    const take = (v: number): void => { if (v > 0 && seen.size < 20000) seen.add(v); };
    for (const v of c.curves) {
      const a = Math.max(0, before(v.at, from)), b = before(v.at, to);
      if (v.inc !== 0 && v.at[v.at.length - 1] < from) continue;
      for (let i = a; i <= b; i++) take(v.to[i]);
    }
    for (const h of c.holds) if (h.from <= to && h.to >= from) take(h.at);
    const { head } = s.run.doc, focus = head.focus >= 0 ? s.run.at[head.focus] : -1;
    if (focus >= from && focus <= to) for (const n of named(c, s)) take(n);
    const [low, high] = bulk([...seen].sort((a, b) => a - b));
    const pad = Math.max((high - low) * 0.08, 4);
    this.low = Math.max(0, low - pad);
    this.high = high + pad;
  }

  private y(v: number): number {
    const h = this.surface.height;
    if (v === closed || v === beyond) return topPad - 9;
    const f = (v - this.low) / (this.high - this.low);
    return h - bottomPad - Math.max(-0.05, Math.min(1.05, f)) * (h - topPad - bottomPad);
  }

  private frame(g: CanvasRenderingContext2D, scale: Scale, p: Palette, h: number, c: Collection): void {
    g.font = font;
    g.textAlign = "right";
    g.textBaseline = "middle";
    const step = Math.max(1, niceStep(((this.high - this.low) / h) * 32));
    for (let v = Math.ceil(this.low / step) * step; v <= this.high; v += step) {
      const y = Math.round(this.y(v)) + 0.5;
      g.strokeStyle = p.rule;
      g.lineWidth = 1;
      g.beginPath();
      g.moveTo(gutter, y);
      g.lineTo(scale.width, y);
      g.stroke();
      g.fillStyle = p.muted;
      g.fillText(count(v), gutter - 8, y);
    }
    g.textAlign = "left";
    g.fillStyle = p.ink;
    g.font = "bold " + font;
    g.fillText("since and upper of " + c.name + (c.kind === "" ? "" : ", " + c.kind), gutter + 6, 8);
  }

  // readable fills what lies between the durable since and upper.
  private readable(g: CanvasRenderingContext2D, scale: Scale, p: Palette, c: Collection): void {
    const since = c.curves.find((v) => v.inc === 0 && v.what === "since");
    const upper = c.curves.find((v) => v.inc === 0 && v.what === "upper");
    if (!since || !upper) return;
    g.beginPath();
    const first = Math.max(since.at[0], upper.at[0]);
    this.path(g, scale, upper, first, true);
    this.path(g, scale, since, first, false);
    g.closePath();
    g.fillStyle = p.good;
    g.globalAlpha = 0.09;
    g.fill();
    g.globalAlpha = 1;
  }

  // path follows a curve's steps, forwards or backwards, within the view.
  private path(g: CanvasRenderingContext2D, scale: Scale, v: Curve, first: number, forwards: boolean): void {
    const points: [number, number][] = [];
    const from = Math.max(this.s.toTime(this.s.from), first), to = Math.min(this.s.toTime(this.s.to), this.s.run.end);
    let i = Math.max(0, before(v.at, from));
    points.push([scale.time(Math.max(from, v.at[i])), this.y(v.to[i])]);
    for (i++; i < v.at.length && v.at[i] <= to; i++) {
      const x = scale.time(v.at[i]);
      points.push([x, this.y(v.to[i - 1])], [x, this.y(v.to[i])]);
    }
    points.push([scale.time(to), this.y(v.to[i - 1])]);
    if (!forwards) points.reverse();
    for (const [x, y] of points) g.lineTo(x, y);
  }

  private curve(g: CanvasRenderingContext2D, scale: Scale, p: Palette, v: Curve): void {
    const from = this.s.toTime(this.s.from), to = this.s.toTime(this.s.to), n = v.at.length;
    const end = v.inc === 0 ? this.s.run.end : v.at[n - 1];
    if (v.at[0] > to || end < from) return;
    g.beginPath();
    g.setLineDash(v.what === "implied" ? [2, 3] : v.inc === 0 ? [] : [6, 2]);
    g.lineWidth = v.inc === 0 ? 2.4 : v.what === "implied" ? 1 : 1.5;
    g.strokeStyle = this.colour(p, v);
    let i = Math.max(0, before(v.at, from));
    g.moveTo(scale.time(Math.max(from, v.at[i])), this.y(v.to[i]));
    let last = -Infinity;
    for (i++; i < n && v.at[i] <= to; i++) {
      const x = scale.time(v.at[i]);
      if (x - last < 0.5 && i < n - 1) continue;
      last = x;
      g.lineTo(x, this.y(v.to[i - 1]));
      g.lineTo(x, this.y(v.to[i]));
    }
    g.lineTo(scale.time(Math.min(to, Math.max(end, v.at[i - 1]))), this.y(v.to[i - 1]));
    g.stroke();
    g.setLineDash([]);
  }

  private colour(p: Palette, v: Curve): string {
    if (v.inc === 0) return v.what === "since" ? p.good : p.accent;
    return p.series[(v.inc - 1) % p.series.length];
  }

  private holds(g: CanvasRenderingContext2D, scale: Scale, p: Palette, c: Collection): void {
    const from = this.s.toTime(this.s.from), to = this.s.toTime(this.s.to);
    g.font = font;
    g.textAlign = "left";
    const written: [number, number, number][] = [];
    for (const h of c.holds) {
      if (h.from > to || h.to < from) continue;
      const x0 = Math.max(scale.time(h.from), gutter), x1 = Math.min(scale.time(h.to), scale.width), y = this.y(h.at);
      g.fillStyle = p.violet;
      g.globalAlpha = 0.3;
      g.fillRect(x0, y - 2.5, Math.max(x1 - x0, 2), 5);
      g.globalAlpha = 1;
      const w = g.measureText(h.text).width + 8;
      if (x1 - x0 < w || written.some(([a, b, at]) => x0 < b && x0 + w > a && Math.abs(at - y) < 12)) continue;
      g.fillText(h.text, x0 + 4, y + 9);
      written.push([x0, x0 + w, y]);
    }
  }

  // numbers marks the values that a violation's message names.
  private numbers(g: CanvasRenderingContext2D, scale: Scale, p: Palette, c: Collection): void {
    g.font = font;
    g.textAlign = "right";
    for (const n of named(c, this.s)) {
      if (n < this.low || n > this.high) continue;
      const y = Math.round(this.y(n)) + 0.5;
      g.strokeStyle = g.fillStyle = p.bad;
      g.lineWidth = 1;
      g.setLineDash([1, 3]);
      g.beginPath();
      g.moveTo(gutter, y);
      g.lineTo(scale.width, y);
      g.stroke();
      g.setLineDash([]);
      g.fillText(count(n), scale.width - 6, y - 7);
    }
  }

  private cursor(g: CanvasRenderingContext2D, scale: Scale, p: Palette, h: number): void {
    const { head } = this.s.run.doc;
    const mark = (i: number, colour: string, dash: number[]): void => {
      if (i < 0) return;
      g.strokeStyle = colour;
      g.globalAlpha = 0.5;
      g.setLineDash(dash);
      g.beginPath();
      g.moveTo(scale.row(i), 0);
      g.lineTo(scale.row(i), h);
      g.stroke();
      g.setLineDash([]);
      g.globalAlpha = 1;
    };
    mark(head.focus, p.bad, [2, 3]);
    mark(this.s.selected, p.ink, []);
  }

  // explain writes the legend, with the values at the chosen row.
  private explain(c: Collection, p: Palette): void {
    const i = this.s.selected >= 0 ? this.s.selected : this.s.run.doc.head.focus;
    const at = i >= 0 ? this.s.run.at[i] : this.s.run.end;
    const add = (colour: string, dash: boolean, text: string, value: string): void => {
      const item = document.createElement("span");
      const key = document.createElement("i");
      key.style.borderTop = (dash ? "2px dashed " : "3px solid ") + colour;
      item.append(key, text + " ");
      const b = document.createElement("b");
      b.textContent = value;
      item.append(b);
      this.legend.append(item);
    };
    for (const v of c.curves) {
      const k = before(v.at, at), gone = v.inc !== 0 && k >= 0 && k === v.at.length - 1 && at > v.at[k];
      if (v.what === "implied" || k < 0 || gone && c.curves.length > 7) continue;
      add(this.colour(p, v), v.inc !== 0, v.who + " " + v.what, text(v.to[k]));
    }
    const held = c.holds.filter((h) => h.from <= at && h.to > at);
    if (held.length > 0) add(p.violet, false, "held by", held.slice(0, 3).map((h) => h.text).join("; ") + (held.length > 3 ? " …" : ""));
  }
}

// bulk is the range of sorted values, without those that lie so far below the others
// that nothing else could be told apart.
function bulk(values: number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const high = values[values.length - 1];
  let low = values[0], gap = 0, at = 0;
  for (let i = 1; i < values.length; i++) {
    if (values[i] - values[i - 1] > gap) {
      gap = values[i] - values[i - 1];
      at = i;
    }
  }
  if (gap > 0.8 * (high - low) && values.length - at > 1) low = values[at];
  return [low, high];
}

// named is the data times that a violation's message has for a collection.
function named(c: Collection, s: State): number[] {
  const v = s.run.doc.head.violations[0];
  if (!v || !new RegExp("\\b" + c.name + "\\b").test(v.message)) return [];
  return [...new Set((v.message.match(/\[\d{4,}\]|\bat \d{4,}\b/g) ?? []).map((w) => Number(w.replace(/\D/g, ""))))];
}

function text(v: number): string { return v === closed ? "[] closed" : v === beyond ? "[max]" : "[" + v + "]"; }

// before is the last position at or before a time, or -1.
function before(list: number[], at: number): number {
  let lo = 0, hi = list.length;
  while (lo < hi) {
    const mid = (lo + hi) >> 1;
    if (list[mid] <= at) lo = mid + 1;
    else hi = mid;
  }
  return lo - 1;
}
