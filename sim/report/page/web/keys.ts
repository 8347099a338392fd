// What the keyboard does.

import { el } from "./dom";
import type { State } from "./state";

export interface Actions {
  filter(): void;
  theme(): void;
  workbench(): void;
}

const help: [string, string][] = [
  ["j  k", "next, previous event"],
  ["→  ←", "next, previous event in its lane"],
  ["↓  ↑", "the closest event in the lane below, above"],
  ["c", "what caused it"],
  ["e", "what it led to"],
  ["n  p", "next, previous step of the story"],
  ["v", "the violation"],
  ["+  −", "zoom in, out (or Ctrl and the wheel)"],
  ["h  l", "move left, right"],
  ["f", "the whole run"],
  ["s", "the story, or the surroundings of the event"],
  ["t", "axis by time, or by order of events"],
  ["/", "filter by collection (u7), request (w1.4), controller, or any word"],
  ["Esc", "clear the filter, close this"],
  ["d", "light, dark"],
  ["?", "this list"],
];

export function keys(s: State, actions: Actions): { toggle(): void } {
  const table = el("table", {}, ...help.map(([k, what]) => el("tr", {},
    el("td", {}, ...k.split("  ").map((one) => el("kbd", {}, one))), el("td", {}, what))));
  const box = el("div", { class: "help", role: "dialog", "aria-label": "Keys" }, el("h2", {}, "Keys"), table);
  box.hidden = true;
  box.addEventListener("click", () => (box.hidden = true));
  document.body.appendChild(box);
  const toggle = (): void => { box.hidden = !box.hidden; };

  document.addEventListener("keydown", (e) => {
    const target = e.target as HTMLElement;
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (target.tagName === "INPUT" || target.tagName === "SELECT") {
      if (e.key === "Escape" || e.key === "Enter") target.blur();
      if (e.key !== "Escape") return;
    }
    if (act(e.key)) e.preventDefault();
  });

  const select = (i: number): void => {
    s.select(i);
    actions.workbench();
  };

  function act(key: string): boolean {
    switch (key) {
      case "j": select(s.next(1, false)); break;
      case "k": select(s.next(-1, false)); break;
      case "ArrowRight": select(s.next(1, true)); break;
      case "ArrowLeft": select(s.next(-1, true)); break;
      case "ArrowDown": select(s.beside(1)); break;
      case "ArrowUp": select(s.beside(-1)); break;
      case "c": if (s.selected >= 0) select(cause()); break;
      case "e": if (s.selected >= 0) select(led()); break;
      case "n": select(story(1)); break;
      case "p": select(story(-1)); break;
      case "v": select(s.run.doc.head.focus); break;
      case "+": case "=": s.zoom(0.6, centre()); break;
      case "-": case "_": s.zoom(1 / 0.6, centre()); break;
      case "h": move(-0.25); break;
      case "l": move(0.25); break;
      case "f": s.fit(); break;
      case "s": showStory(s); break;
      case "t": s.setAxis(s.axis === "time" ? "order" : "time"); break;
      case "/": actions.filter(); break;
      case "Escape":
        if (!box.hidden) box.hidden = true;
        else s.setFilter("");
        break;
      case "d": actions.theme(); break;
      case "?": toggle(); break;
      default: return false;
    }
    return true;
  }

  function centre(): number {
    const u = s.selected >= 0 ? s.ofRow(s.selected) : NaN;
    return u >= s.from && u <= s.to ? u : (s.from + s.to) / 2;
  }

  function move(part: number): void {
    const d = (s.to - s.from) * part;
    s.show(s.from + d, s.to + d);
  }

  function cause(): number {
    const { run } = s, i = s.selected;
    const from = run.source(i);
    return from >= 0 ? from : run.via[i] >= 0 ? run.via[i] : i;
  }

  function led(): number {
    const list = s.run.led(s.selected);
    return list.length > 0 ? list[0] : s.selected;
  }

  function story(d: 1 | -1): number {
    const links = s.run.doc.head.story;
    if (links.length === 0) return s.selected;
    let at = s.run.story.get(s.selected);
    if (at === undefined) {
      at = d > 0 ? links.findIndex((l) => l.row > s.selected) : links.length - 1;
      return links[Math.max(at, 0)].row;
    }
    return links[Math.max(0, Math.min(links.length - 1, at + d))].row;
  }

  return { toggle };
}

// showStory brings the chain of causes into view; without one, what surrounds the
// chosen row.
export function showStory(s: State): void {
  const links = s.run.doc.head.story, close = links.filter((l) => l.role === "cause" || l.role === "violation");
  const at = close.map((l) => s.run.at[l.row]);
  // Causes that lie within a blink say little: what they stand on comes into view too.
  if (close.length > 0 && Math.max(...at) - Math.min(...at) < 1000) close.push(...links.filter((l) => l.role === "evidence").slice(-6));
  const rows = close.map((l) => s.ofRow(l.row));
  if (rows.length === 0) {
    if (s.selected < 0) return s.fit();
    const u = s.ofRow(s.selected), w = s.axis === "time" ? 20000 : 40;
    return s.show(u - w, u + w);
  }
  const from = Math.min(...rows), to = Math.max(...rows), pad = Math.max((to - from) * 0.12, s.axis === "time" ? 8000 : 4);
  s.show(from - pad, to + pad);
}

