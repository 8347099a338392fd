// Numbers as people read them.

export function count(n: number): string {
  return n.toString().replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

// seconds is a simulated instant, given in microseconds, to the digits asked for.
export function seconds(us: number, digits = 6): string {
  return (us / 1e6).toFixed(digits) + " s";
}

// span is a length of simulated time, given in microseconds.
export function span(us: number): string {
  if (us < 1000) return Math.round(us) + " µs";
  if (us < 1e6) return trim((us / 1000).toFixed(us < 1e4 ? 2 : 1)) + " ms";
  return trim((us / 1e6).toFixed(us < 1e7 ? 2 : 1)) + " s";
}

function trim(s: string): string {
  return s.includes(".") ? s.replace(/\.?0+$/, "") : s;
}

export function plural(n: number, one: string, many = one + "s"): string {
  return count(n) + " " + (n === 1 ? one : many);
}

// indented breaks a long line of the text form at its brackets.
export function indented(line: string): string {
  if (line.length <= 72) return line;
  let out = "", depth = 0, quoted = false;
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (quoted) {
      out += c;
      if (c === "\\") out += line[++i] ?? "";
      else if (c === '"') quoted = false;
      continue;
    }
    if (c === '"') quoted = true;
    if ((c === "(" || c === "{") && closes(line, i) - i > 48) {
      out += c + "\n" + "  ".repeat(++depth);
      stack.push(true);
    } else if (c === "(" || c === "{") {
      out += c;
      stack.push(false);
    } else if ((c === ")" || c === "}") && stack.length > 0) {
      if (stack.pop()) out += "\n" + "  ".repeat(--depth);
      out += c;
    } else if (c === " " && (stack.length === 0 ? false : stack[stack.length - 1])) {
      out += "\n" + "  ".repeat(depth);
    } else {
      out += c;
    }
  }
  stack.length = 0;
  return out;
}

const stack: boolean[] = [];

function closes(line: string, from: number): number {
  let depth = 0;
  for (let i = from; i < line.length; i++) {
    if (line[i] === "(" || line[i] === "{") depth++;
    if ((line[i] === ")" || line[i] === "}") && --depth === 0) return i;
  }
  return line.length;
}
