// The palette, read from the style sheet, so that canvases follow the theme.

const names = [
  "ground", "panel", "ink", "muted", "faint", "rule", "stripe", "accent", "good", "warn", "bad", "violet", "story",
  "life-running", "life-boot", "life-deposed", "life-halted", "life-paused", "fault",
] as const;

export type Palette = Record<(typeof names)[number], string> & { series: string[] };

let current: Palette | null = null;

export function palette(): Palette {
  if (current) return current;
  const style = getComputedStyle(document.documentElement);
  const p = { series: [] as string[] } as Palette;
  for (const n of names) p[n] = style.getPropertyValue("--" + n).trim();
  for (let i = 0; i < 4; i++) p.series.push(style.getPropertyValue("--series-" + i).trim());
  return (current = p);
}

export function forgetPalette(): void { current = null; }

// Surface is a canvas that is as sharp as the screen and as large as its element.
export class Surface {
  readonly canvas: HTMLCanvasElement;
  readonly g: CanvasRenderingContext2D;
  width = 0;
  height = 0;

  constructor(parent: HTMLElement, name: string) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = name;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", name);
    parent.appendChild(this.canvas);
    this.g = this.canvas.getContext("2d")!;
  }

  // begin fits the canvas to its element and clears it.
  begin(): CanvasRenderingContext2D {
    const scale = window.devicePixelRatio || 1;
    const { clientWidth: w, clientHeight: h } = this.canvas;
    if (w !== this.width || h !== this.height || this.canvas.width !== Math.round(w * scale)) {
      this.width = w;
      this.height = h;
      this.canvas.width = Math.round(w * scale);
      this.canvas.height = Math.round(h * scale);
    }
    this.g.setTransform(scale, 0, 0, scale, 0, 0);
    this.g.clearRect(0, 0, w, h);
    return this.g;
  }
}

export const font = "11px ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif";
export const gutter = 118;
