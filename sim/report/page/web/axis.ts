// The horizontal axis, which the diagram and the curves share.

import { font, gutter, palette } from "./colors";
import type { State } from "./state";

export class Scale {
  constructor(readonly s: State, readonly width: number) {}

  x(u: number): number { return gutter + ((u - this.s.from) / (this.s.to - this.s.from)) * (this.width - gutter - 8); }

  u(x: number): number { return this.s.from + ((x - gutter) / (this.width - gutter - 8)) * (this.s.to - this.s.from); }

  row(i: number): number { return this.x(this.s.ofRow(i)); }

  time(at: number): number { return this.x(this.s.ofTime(at)); }
}

// niceStep is a round distance between marks, of at least so much.
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-9)));
  for (const m of [1, 2, 5, 10]) if (m * power >= least) return m * power;
  return 10 * power;
}

// ticks draws the marks of the axis and their labels along the top.
export function ticks(g: CanvasRenderingContext2D, scale: Scale, height: number, labels: boolean): void {
  const { s, width } = scale, p = palette();
  g.font = font;
  g.textAlign = "center";
  g.textBaseline = "middle";
  g.lineWidth = 1;
  const per = (s.to - s.from) / Math.max(width - gutter, 1);
  const step = s.axis === "time" ? niceStep(per * 95) : Math.max(1, niceStep(per * 110));
  const digits = s.axis === "time" ? Math.max(0, Math.min(6, 6 - Math.floor(Math.log10(step)))) : 0;
  for (let u = Math.ceil(s.from / step) * step; u <= s.to; u += step) {
    if (u < 0 || u > s.length) continue;
    const x = Math.round(scale.x(u)) + 0.5;
    if (x < gutter) continue;
    g.strokeStyle = p.rule;
    g.beginPath();
    g.moveTo(x, labels ? 18 : 0);
    g.lineTo(x, height);
    g.stroke();
    if (labels) {
      g.fillStyle = p.muted;
      const at = s.toTime(u) / 1e6;
      g.fillText(at.toFixed(s.axis === "time" ? digits : 6) + " s", x, 9);
    }
  }
}
