// The whole run in one strip, with the part that is in view.

import { palette, Surface } from "./colors";
import { Tone } from "./data";
import type { State } from "./state";

export class Minimap {
  private readonly surface: Surface;

  constructor(parent: HTMLElement, private readonly s: State) {
    this.surface = new Surface(parent, "minimap");
    s.listen(() => this.draw());
    this.pointer();
  }

  private x(u: number): number { return (u / this.s.length) * this.surface.width; }

  draw(): void {
    const g = this.surface.begin(), { s } = this, { run } = s, p = palette();
    const w = this.surface.width, h = this.surface.height;
    const all = new Uint32Array(w + 1), odd = new Uint32Array(w + 1);
    let most = 1;
    for (let i = 0; i < run.n; i++) {
      if (!s.visible(i)) continue;
      const x = Math.max(0, Math.min(w, Math.floor(this.x(s.ofRow(i)))));
      most = Math.max(most, ++all[x]);
      if (run.tone[i] === Tone.unknown || run.tone[i] === Tone.dire) odd[x]++;
    }
    for (const f of run.doc.spans) {
      if (f.state !== "fault" && f.state !== "paused") continue;
      g.fillStyle = p.fault;
      const x = this.x(s.ofTime(f.from));
      g.fillRect(x, 0, Math.max(1.5, this.x(s.ofTime(f.to)) - x), 5);
    }
    for (let x = 0; x <= w; x++) {
      if (all[x] === 0) continue;
      const y = (Math.log2(1 + all[x]) / Math.log2(1 + most)) * (h - 8);
      g.fillStyle = p.muted;
      g.fillRect(x, h - y, 1, y);
      if (odd[x] > 0) {
        g.fillStyle = p.warn;
        g.fillRect(x, h - Math.max(2, (y * odd[x]) / all[x]), 1, h);
      }
    }
    const focus = run.doc.head.focus;
    if (focus >= 0) {
      g.fillStyle = p.bad;
      g.fillRect(this.x(s.ofRow(focus)) - 1, 0, 2.5, h);
    }
    const x0 = this.x(s.from), x1 = this.x(s.to);
    g.fillStyle = p.ink;
    g.globalAlpha = 0.12;
    g.fillRect(0, 0, x0, h);
    g.fillRect(x1, 0, w - x1, h);
    g.globalAlpha = 1;
    g.strokeStyle = p.accent;
    g.lineWidth = 1.5;
    g.strokeRect(Math.max(x0, 0.75), 0.75, Math.max(Math.min(x1, w - 0.75) - Math.max(x0, 0.75), 3), h - 1.5);
  }

  private pointer(): void {
    const c = this.surface.canvas, { s } = this;
    let grip = 0, down = false, brush = -1;
    const at = (e: PointerEvent): number => (e.offsetX / this.surface.width) * s.length;
    c.addEventListener("pointerdown", (e) => {
      down = true;
      c.setPointerCapture(e.pointerId);
      const u = at(e);
      if (u >= s.from && u <= s.to && s.to - s.from < s.length * 0.9) {
        grip = u - s.from;
        brush = -1;
      } else {
        brush = u;
      }
    });
    c.addEventListener("pointermove", (e) => {
      if (!down) return;
      const u = at(e);
      if (brush < 0) s.show(u - grip, u - grip + (s.to - s.from));
      else if (Math.abs(u - brush) > s.length * 0.003) s.show(Math.min(u, brush), Math.max(u, brush));
    });
    c.addEventListener("pointerup", (e) => {
      const u = at(e), width = s.to - s.from;
      if (brush >= 0 && Math.abs(u - brush) <= s.length * 0.003) s.show(u - width / 2, u + width / 2);
      down = false;
      brush = -1;
    });
  }
}
