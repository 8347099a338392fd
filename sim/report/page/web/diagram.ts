// The space-time diagram: one lane per node, what happens to it as marks, messages as
// lines between lanes, the life of each process as a bar.

import { Scale, ticks } from "./axis";
import { font, gutter, palette, Surface, type Palette } from "./colors";
import { Kind, Tone, type Lane, type Run, type Span } from "./data";
import { seconds } from "./format";
import type { State } from "./state";

const top = 20;
// From so many visible rows per pixel on, rows are drawn as a density.
const crowded = 1.6;

export class Diagram {
  private readonly surface: Surface;
  private y: number[] = [];
  // What each lane is called, and how many stand on the same line.
  private labels: { y: number; text: string; group: string; lanes: Set<number> }[] = [];
  // Kinds of client with many lanes share one until somebody wants to see them all.
  private unfolded = new Set<string>();
  private readonly faultRow = new Map<Span, number>();
  private readonly faultRows: number;
  private height = 0;
  private readonly tip: HTMLElement;
  // drawn is how many rows and links the latest picture has; for tests.
  drawn = { rows: 0, links: 0, dense: false };

  constructor(parent: HTMLElement, private readonly s: State) {
    this.surface = new Surface(parent, "diagram");
    this.tip = document.createElement("div");
    this.tip.className = "tip";
    parent.appendChild(this.tip);
    this.faultRows = this.stackFaults();
    this.layout();
    this.pointer();
    s.listen(() => this.draw());
  }

  private get run(): Run { return this.s.run; }

  // layout gives every lane its place; controllers get more room than others.
  private layout(): void {
    const lanes = this.run.doc.lanes, families = new Map<string, number>();
    for (const l of lanes) families.set(family(l.name), (families.get(family(l.name)) ?? 0) + 1);
    const folded = (l: Lane): boolean => l.group === "clients" && families.get(family(l.name))! > 4 && !this.unfolded.has(family(l.name));
    const lines = new Set(lanes.map((l) => (folded(l) ? family(l.name) : l.name))).size, many = lines > 14;
    let y = top + 4, group = "";
    this.y = [];
    this.labels = [];
    lanes.forEach((lane, i) => {
      const last = this.labels[this.labels.length - 1], kind = family(lane.name);
      if (folded(lane) && last && last.group === lane.group && last.text.startsWith(kind + "s ")) {
        last.lanes.add(i);
        this.y.push(last.y);
        return;
      }
      if (group !== "" && lane.group !== group) y += many ? 5 : 12;
      group = lane.group;
      const h = lane.group === "world" ? 16 + this.faultRows * 13
        : lane.group === "clients" ? (many ? 18 : 28) : (many ? 33 : 50);
      this.y.push(lane.group === "world" ? y + 10 : y + h / 2);
      const text = folded(lane) ? `${kind}s (${families.get(kind)}) ▸` : lane.name;
      this.labels.push({ y: this.y[i], text, group: lane.group, lanes: new Set([i]) });
      y += h;
    });
    this.height = y + 14;
    this.surface.canvas.style.height = this.height + "px";
  }

  // unfold shows the lanes of a kind of client one by one, or together again.
  private unfold(y: number): void {
    const l = this.labels.find((l) => Math.abs(l.y - y) < 10);
    if (!l || l.group !== "clients") return;
    const kind = family(this.run.doc.lanes[[...l.lanes][0]].name);
    if (this.unfolded.has(kind)) this.unfolded.delete(kind);
    else if (l.lanes.size > 1) this.unfolded.add(kind);
    else return;
    this.layout();
    this.s.changed("size");
  }

  // stackFaults puts faults that overlap under each other.
  private stackFaults(): number {
    const ends: number[] = [];
    for (const f of this.run.doc.spans.filter((f) => f.state === "fault").sort((a, b) => a.from - b.from)) {
      let row = ends.findIndex((end) => end <= f.from);
      if (row < 0) row = Math.min(ends.length, 4);
      ends[row] = f.to;
      this.faultRow.set(f, row);
    }
    return Math.min(ends.length, 5);
  }

  draw(): void {
    const g = this.surface.begin(), s = this.s, p = palette();
    const scale = new Scale(s, this.surface.width);
    this.drawn = { rows: 0, links: 0, dense: false };
    this.lanes(g, scale, p);
    ticks(g, scale, this.surface.height, true);
    g.save();
    g.beginPath();
    g.rect(gutter, 0, scale.width - gutter, this.surface.height);
    g.clip();
    this.healed(g, scale, p);
    this.spans(g, scale, p);
    const [lo, hi] = this.range();
    this.drawn.dense = hi - lo > crowded * (scale.width - gutter);
    if (this.drawn.dense) {
      this.density(g, scale, p, lo, hi);
    } else {
      this.links(g, scale, p, lo, hi);
      for (let i = lo; i < hi; i++) this.mark(g, scale, p, i);
    }
    this.story(g, scale, p);
    this.chosen(g, scale, p);
    g.restore();
  }

  // range is the rows that are in view.
  private range(): [number, number] {
    const { s, run } = this;
    if (s.axis === "order") return [Math.max(0, Math.floor(s.from)), Math.min(run.n, Math.ceil(s.to) + 1)];
    return [run.after(s.from), run.after(s.to + 1)];
  }

  private lanes(g: CanvasRenderingContext2D, scale: Scale, p: Palette): void {
    g.font = font;
    g.textBaseline = "middle";
    g.textAlign = "right";
    this.labels.forEach(({ y, text, group, lanes }) => {
      g.fillStyle = this.s.selected >= 0 && lanes.has(this.run.lane[this.s.selected]) ? p.ink : p.muted;
      g.fillText(text, gutter - 12, y, gutter - 16);
      if (group === "world") return;
      g.strokeStyle = p.rule;
      g.lineWidth = 1;
      g.beginPath();
      g.moveTo(gutter, Math.round(y) + 0.5);
      g.lineTo(scale.width, Math.round(y) + 0.5);
      g.stroke();
    });
  }

  private healed(g: CanvasRenderingContext2D, scale: Scale, p: Palette): void {
    const at = this.run.doc.head.healed_us;
    if (at <= 0) return;
    const x = scale.time(at);
    g.fillStyle = p.stripe;
    g.fillRect(x, top, scale.width - x, this.surface.height);
    g.fillStyle = p.muted;
    g.font = font;
    g.textAlign = "left";
    if (x < scale.width - 80) g.fillText("calm", x + 4, this.surface.height - 8);
  }

  private spans(g: CanvasRenderingContext2D, scale: Scale, p: Palette): void {
    g.font = font;
    g.textBaseline = "middle";
    g.textAlign = "left";
    for (const f of this.run.doc.spans) {
      const x0 = Math.max(scale.time(f.from), gutter), x1 = Math.min(scale.time(f.to), scale.width);
      if (x1 < gutter || x0 > scale.width || x1 < x0) continue;
      const w = Math.max(x1 - x0, 1.5), y = this.y[f.lane];
      if (f.state === "fault") {
        const fy = y + 8 + (this.faultRow.get(f) ?? 0) * 13;
        g.fillStyle = p.fault;
        round(g, x0, fy, w, 11, 3);
        label(g, f.label, x0, fy + 6, w, p.ink);
        continue;
      }
      this.life(g, p, f, x0, w, y);
    }
  }

  private life(g: CanvasRenderingContext2D, p: Palette, f: Span, x: number, w: number, y: number): void {
    if (f.state === "down") {
      g.strokeStyle = p.faint;
      g.setLineDash([3, 4]);
      line(g, x, y, x + w, y);
      g.setLineDash([]);
      label(g, "down", x, y - 9, w, p.muted);
      return;
    }
    const h = 14;
    g.fillStyle = f.state === "running" ? p["life-running"] : f.state === "deposed" ? p["life-deposed"]
      : f.state === "halted" ? p["life-halted"] : f.state === "paused" ? p["life-paused"] : p["life-boot"];
    round(g, x, y - h / 2, w, h, 4);
    if (f.state === "paused") hatch(g, x, y - h / 2, w, h, p.muted);
    const text = f.state === "running" ? f.label : f.label === "" ? f.state : f.state + " " + f.label;
    label(g, text, x, y - h / 2 - 7, w, p.muted);
  }

  private colour(p: Palette, i: number): string {
    switch (this.run.tone[i]) {
      case Tone.unknown: return p.warn;
      case Tone.refused: return this.run.kind[i] === Kind.fault ? p.bad : p.violet;
      case Tone.dire: return p.bad;
      case Tone.quiet: return p.faint;
    }
    return p.accent;
  }

  private links(g: CanvasRenderingContext2D, scale: Scale, p: Palette, lo: number, hi: number): void {
    const { run } = this, few = hi - lo < 700;
    g.lineWidth = few ? 1 : 0.7;
    const draw = (i: number): void => {
      const c = run.source(i);
      if (c < 0 || run.lane[c] === run.lane[i]) return;
      this.drawn.links++;
      const ends = [scale.row(c), this.y[run.lane[c]], scale.row(i), this.y[run.lane[i]]] as const;
      const through = ends[0] < gutter && ends[2] > scale.width;
      g.globalAlpha = !this.s.visible(i) && !this.s.visible(c) ? 0.07 : through ? 0.15 : few ? 0.65 : 0.4;
      g.strokeStyle = g.fillStyle = this.colour(p, i);
      line(g, ...ends);
      if (few) arrow(g, ...ends);
    };
    for (let i = lo; i < hi; i++) {
      draw(i);
      const kids = run.led(i);
      for (let k = 0; k < kids.length; k++) if (kids[k] >= hi && run.source(kids[k]) === i) draw(kids[k]);
      if (few && run.took[i] === 0) this.lost(g, scale, p, i);
    }
    for (const i of run.long) if (i >= hi && run.source(i) < lo) draw(i);
    g.globalAlpha = 1;
  }

  // lost is the stump of a message that never arrives.
  private lost(g: CanvasRenderingContext2D, scale: Scale, p: Palette, i: number): void {
    const { run } = this, k = run.kind[i];
    if (k !== Kind.send && k !== Kind.call && k !== Kind.answer || run.led(i).some((c) => run.kind[c] === Kind.unheard && k === Kind.send && run.tone[c] === Tone.refused)) return;
    const x = scale.row(i), y = this.y[run.lane[i]], d = k === Kind.answer ? -1 : 1;
    g.globalAlpha = this.s.visible(i) ? 0.9 : 0.1;
    g.strokeStyle = k === Kind.answer ? p.muted : p.bad;
    line(g, x, y, x + 5, y + 20 * d);
    cross(g, x + 5.5, y + 22 * d, 3);
    g.globalAlpha = 1;
  }

  private mark(g: CanvasRenderingContext2D, scale: Scale, p: Palette, i: number): void {
    const { run } = this, x = scale.row(i), y = this.y[run.lane[i]];
    this.drawn.rows++;
    g.globalAlpha = this.s.visible(i) ? 1 : 0.12;
    g.fillStyle = g.strokeStyle = this.colour(p, i);
    g.lineWidth = 1.5;
    switch (run.kind[i]) {
      case Kind.input:
        disc(g, x, y, run.tone[i] === Tone.quiet ? 2.5 : 4);
        break;
      case Kind.call: case Kind.answer:
        triangle(g, x, y + (run.kind[i] === Kind.call ? 8 : -8), run.kind[i] === Kind.call ? 3.5 : -3.5);
        break;
      case Kind.apply:
        diamond(g, x, y, 4.5);
        break;
      case Kind.fault:
        cross(g, x, y, 4);
        break;
      case Kind.life:
        if (run.tone[i] === Tone.dire) cross(g, x, y, 5);
        else disc(g, x, y, 4);
        break;
      case Kind.operation:
        g.fillRect(x - 3, y - 3, 6, 6);
        break;
      case Kind.unheard:
        ring(g, x, y, 3.5);
        break;
      default:
        disc(g, x, y, 3);
    }
    g.globalAlpha = 1;
  }

  // density draws how much happens where, when there is too much to draw each.
  private density(g: CanvasRenderingContext2D, scale: Scale, p: Palette, lo: number, hi: number): void {
    const { run } = this, w = Math.ceil(scale.width - gutter), lanes = run.doc.lanes.length;
    const all = new Uint32Array(w * lanes), odd = new Uint32Array(w * lanes);
    for (let i = lo; i < hi; i++) {
      if (!this.s.visible(i)) continue;
      const x = Math.floor(scale.row(i) - gutter);
      if (x < 0 || x >= w) continue;
      const at = run.lane[i] * w + x;
      all[at]++;
      if (run.tone[i] === Tone.unknown || run.tone[i] === Tone.refused || run.tone[i] === Tone.dire) odd[at]++;
    }
    for (let lane = 0; lane < lanes; lane++) {
      for (let x = 0; x < w; x++) {
        const n = all[lane * w + x];
        if (n === 0) continue;
        const h = Math.min(22, 4 + 3 * Math.log2(n)), bad = odd[lane * w + x];
        g.fillStyle = p.accent;
        g.globalAlpha = 0.75;
        g.fillRect(gutter + x, this.y[lane] - h / 2, 1, h);
        if (bad > 0) {
          g.fillStyle = p.warn;
          g.globalAlpha = 1;
          const b = Math.max(2, (h * bad) / n);
          g.fillRect(gutter + x, this.y[lane] + h / 2 - b, 1, b);
        }
      }
    }
    g.globalAlpha = 1;
  }

  // story draws the chain of causes of a violation over everything else.
  private story(g: CanvasRenderingContext2D, scale: Scale, p: Palette): void {
    const { run } = this, links = run.doc.head.story;
    const causal = (i: number): boolean => {
      const k = run.story.get(i);
      return k !== undefined && links[k].role !== "meanwhile";
    };
    g.strokeStyle = g.fillStyle = p.story;
    g.lineWidth = 2;
    const colour = (i: number): string => (links[run.story.get(i)!].role === "evidence" ? p.accent : p.story);
    for (const i of run.story.keys()) {
      if (!causal(i)) continue;
      g.strokeStyle = g.fillStyle = colour(i);
      for (const c of [run.cause[i], run.via[i]]) if (c >= 0 && causal(c)) this.connect(g, scale, c, i);
    }
    g.lineWidth = 2;
    for (const i of run.story.keys()) {
      g.strokeStyle = causal(i) ? colour(i) : p.story;
      if (causal(i) && i !== run.doc.head.focus) ring(g, scale.row(i), this.y[run.lane[i]] + offset(run.kind[i]), 6);
    }
    const focus = run.doc.head.focus;
    if (focus >= 0) this.violation(g, scale, p, focus);
  }

  private violation(g: CanvasRenderingContext2D, scale: Scale, p: Palette, i: number): void {
    const x = scale.row(i), y = this.y[this.run.lane[i]] + offset(this.run.kind[i]);
    g.strokeStyle = p.bad;
    g.globalAlpha = 0.5;
    g.setLineDash([2, 3]);
    line(g, x, top, x, this.surface.height);
    g.setLineDash([]);
    g.globalAlpha = 1;
    g.lineWidth = 2.5;
    ring(g, x, y, 8);
    ring(g, x, y, 3);
    const v = this.run.doc.head.violations[0];
    g.font = "bold " + font;
    const text = v.name + " violated", w = g.measureText(text).width + 10;
    const left = x + w + 6 > scale.width ? x - w - 2 : x + 2;
    g.fillStyle = p.bad;
    round(g, left, this.surface.height - 16, w, 15, 3);
    g.fillStyle = p.panel;
    g.textAlign = "left";
    g.textBaseline = "middle";
    g.fillText(text, left + 5, this.surface.height - 8);
  }

  // chosen marks the chosen row, where it came from and where it led.
  private chosen(g: CanvasRenderingContext2D, scale: Scale, p: Palette): void {
    const { run, s } = this;
    for (const [i, strong] of [[s.hovered, false], [s.selected, true]] as const) {
      if (i < 0) continue;
      const x = scale.row(i), y = this.y[run.lane[i]] + offset(run.kind[i]);
      g.strokeStyle = g.fillStyle = p.ink;
      if (strong) {
        g.lineWidth = 1.8;
        for (const c of [run.cause[i], run.via[i]]) if (c >= 0) this.connect(g, scale, c, i);
        for (const c of run.led(i)) this.connect(g, scale, i, c);
        g.globalAlpha = 0.35;
        g.lineWidth = 1;
        line(g, x, top, x, this.surface.height);
        g.globalAlpha = 1;
      }
      g.lineWidth = strong ? 2.5 : 1.5;
      ring(g, x, y, 7.5);
    }
  }

  private connect(g: CanvasRenderingContext2D, scale: Scale, from: number, to: number): void {
    const { run } = this;
    const x0 = scale.row(from), x1 = scale.row(to);
    const y0 = this.y[run.lane[from]] + offset(run.kind[from]), y1 = this.y[run.lane[to]] + offset(run.kind[to]);
    if (Math.max(x0, x1) < gutter - 4000 || Math.min(x0, x1) > scale.width + 4000) return;
    this.drawn.links++;
    if (run.lane[from] === run.lane[to] && Math.abs(x1 - x0) > 12) {
      const lift = Math.min(20, Math.abs(x1 - x0) / 4);
      g.beginPath();
      g.moveTo(x0, y0);
      g.bezierCurveTo(x0 + (x1 - x0) / 4, y0 + lift, x1 - (x1 - x0) / 4, y1 + lift, x1, y1);
      g.stroke();
      return;
    }
    line(g, x0, y0, x1, y1);
    arrow(g, x0, y0, x1, y1);
  }

  // The pointer: drag to move, wheel to zoom, click to choose.
  private pointer(): void {
    const c = this.surface.canvas, s = this.s;
    let start: { x: number; from: number; to: number; moved: boolean } | null = null;
    c.addEventListener("pointerdown", (e) => {
      start = { x: e.offsetX, from: s.from, to: s.to, moved: false };
      c.setPointerCapture(e.pointerId);
    });
    c.addEventListener("pointermove", (e) => {
      if (start) {
        const d = e.offsetX - start.x;
        if (Math.abs(d) > 3) start.moved = true;
        const per = (start.to - start.from) / (this.surface.width - gutter - 8);
        if (start.moved) s.show(start.from - d * per, start.to - d * per);
        return;
      }
      this.hover(e.offsetX, e.offsetY);
    });
    c.addEventListener("pointerup", (e) => {
      if (start && !start.moved) {
        const i = this.at(e.offsetX, e.offsetY);
        if (e.offsetX < gutter) this.unfold(e.offsetY);
        else if (i >= 0) s.select(i, false);
      }
      start = null;
    });
    c.addEventListener("pointerleave", () => this.hover(-1, -1));
    c.addEventListener("wheel", (e) => {
      if (e.ctrlKey || e.metaKey || e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) {
        e.preventDefault();
        const scale = new Scale(s, this.surface.width);
        if (Math.abs(e.deltaX) > Math.abs(e.deltaY)) {
          const d = (e.deltaX / this.surface.width) * (s.to - s.from);
          s.show(s.from + d, s.to + d);
        } else {
          s.zoom(Math.exp(e.deltaY * 0.003), scale.u(e.offsetX));
        }
      }
    }, { passive: false });
    c.addEventListener("dblclick", (e) => s.zoom(0.3, new Scale(s, this.surface.width).u(e.offsetX)));
  }

  // at is the row that is drawn closest to a place, or -1.
  at(x: number, y: number): number {
    const { run, s } = this, scale = new Scale(s, this.surface.width);
    const lo = Math.max(0, s.axis === "order" ? Math.floor(scale.u(x - 9)) : run.after(scale.u(x - 9)));
    const hi = Math.min(run.n, s.axis === "order" ? Math.ceil(scale.u(x + 9)) + 1 : run.after(scale.u(x + 9)));
    let best = -1, least = 18 * 18;
    for (let i = lo; i < hi; i++) {
      if (!s.visible(i)) continue;
      const dx = scale.row(i) - x, dy = this.y[run.lane[i]] + offset(run.kind[i]) - y, d = dx * dx + dy * dy;
      if (d < least) {
        least = d;
        best = i;
      }
    }
    return best;
  }

  private hover(x: number, y: number): void {
    const i = x < gutter ? -1 : this.at(x, y);
    this.tip.style.display = i < 0 ? "none" : "block";
    if (i >= 0) {
      this.tip.textContent = seconds(this.run.at[i]) + "  " + this.run.laneOf(i).name + ": " + this.run.texts[i];
      this.tip.style.left = Math.min(x + 14, Math.max(this.surface.width - 340, 0)) + "px";
      this.tip.style.top = y + 16 + "px";
    }
    if (i !== this.s.hovered) {
      this.s.hovered = i;
      this.s.changed("hover");
    }
  }
}

// family is what a lane is called without its number.
function family(name: string): string { return name.replace(/ \d+$/, ""); }

// offset is how far from its lane's line a kind of row is drawn.
function offset(kind: number): number { return kind === Kind.call ? 8 : kind === Kind.answer ? -8 : 0; }

function line(g: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  g.beginPath();
  g.moveTo(x0, y0);
  g.lineTo(x1, y1);
  g.stroke();
}

function arrow(g: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  const d = Math.hypot(x1 - x0, y1 - y0);
  if (d < 16) return;
  const ux = (x1 - x0) / d, uy = (y1 - y0) / d, bx = x1 - ux * 5, by = y1 - uy * 5;
  g.beginPath();
  g.moveTo(bx, by);
  g.lineTo(bx - ux * 6 - uy * 3, by - uy * 6 + ux * 3);
  g.lineTo(bx - ux * 6 + uy * 3, by - uy * 6 - ux * 3);
  g.fill();
}

function disc(g: CanvasRenderingContext2D, x: number, y: number, r: number): void {
  g.beginPath();
  g.arc(x, y, r, 0, 7);
  g.fill();
}

function ring(g: CanvasRenderingContext2D, x: number, y: number, r: number): void {
  g.beginPath();
  g.arc(x, y, r, 0, 7);
  g.stroke();
}

function diamond(g: CanvasRenderingContext2D, x: number, y: number, r: number): void {
  g.beginPath();
  g.moveTo(x, y - r);
  g.lineTo(x + r, y);
  g.lineTo(x, y + r);
  g.lineTo(x - r, y);
  g.fill();
}

function triangle(g: CanvasRenderingContext2D, x: number, y: number, r: number): void {
  g.beginPath();
  g.moveTo(x - 3.5, y - r);
  g.lineTo(x + 3.5, y - r);
  g.lineTo(x, y + r);
  g.fill();
}

function cross(g: CanvasRenderingContext2D, x: number, y: number, r: number): void {
  g.lineWidth = 2;
  line(g, x - r, y - r, x + r, y + r);
  line(g, x - r, y + r, x + r, y - r);
}

function round(g: CanvasRenderingContext2D, x: number, y: number, w: number, h: number, r: number): void {
  g.beginPath();
  g.roundRect(x, y, w, h, Math.min(r, w / 2));
  g.fill();
}

function hatch(g: CanvasRenderingContext2D, x: number, y: number, w: number, h: number, colour: string): void {
  g.save();
  g.beginPath();
  g.rect(x, y, w, h);
  g.clip();
  g.strokeStyle = colour;
  g.lineWidth = 1;
  g.globalAlpha = 0.6;
  for (let d = -h; d < Math.min(w, 4000); d += 6) line(g, x + d, y + h, x + d + h, y);
  g.restore();
}

// label writes a text if there is room for a good part of it.
function label(g: CanvasRenderingContext2D, text: string, x: number, y: number, w: number, colour: string): void {
  if (w < 40 || text === "") return;
  g.fillStyle = colour;
  let t = text;
  while (t.length > 3 && g.measureText(t).width > w - 6) t = t.slice(0, Math.max(3, Math.floor(t.length * 0.8)));
  if (t.length < Math.min(text.length, 4)) return;
  g.fillText(t === text ? t : t + "…", x + 4, y);
}
