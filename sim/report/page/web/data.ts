// The data of a run, as the page carries it, and as the page works with it.

export interface Count { Name: string; N: number }
export interface Command { label: string; line: string }
export interface Violation {
  name: string; title: string; statement: string; meaning: string; message: string;
  step: number; at_us: number; where: string;
}
// A link of the story may stand for several rows: a call, its effect, its answer.
export interface Link { row: number; also?: number[]; role: string; says: string; note?: string; changes?: [string, string, string][] }
export interface PlanFault { id: number; at_us: number; text: string; row: number }
export interface Oracle { name: string; title: string; checked: number; met: number; case: string }

export interface Head {
  seed: string; profile: string; plan_hash: string; trace_hash: string;
  events: number; end_us: number; healed_us: number; verdict: string;
  violations: Violation[]; story: Link[]; focus: number;
  cast: string[]; rates: string[]; faults: PlanFault[];
  happened: Count[]; clients: Count[]; oracles: Oracle[];
  commands: Command[]; plan: string;
}

export interface Lane { group: string; name: string }
export interface Span { lane: number; from: number; to: number; state: string; label: string; row: number }
export interface Curve { who: string; inc: number; what: string; at: number[]; to: number[] }
export interface Hold { who: string; text: string; at: number; from: number; to: number }
export interface Collection { name: string; kind: string; rows: number; curves: Curve[]; holds: Hold[] }
export interface Detail { f?: string[]; c?: [string, string, string][] }

interface Document {
  head: Head; kinds: string[]; lanes: Lane[];
  at: number[]; step: number[]; lane: number[]; kind: number[]; tone: number[];
  cause: number[]; via: number[]; subject: number[]; texts: string;
  spans: Span[]; collections: Collection[]; chunk: number; chunks: number;
}

// Kinds and tones by number, as in rows.go.
export const Kind = {
  operation: 0, send: 1, hear: 2, unheard: 3, input: 4, call: 5, answer: 6, apply: 7, fault: 8, life: 9, note: 10,
};
export const Tone = { plain: 0, unknown: 1, refused: 2, quiet: 3, dire: 4 };

// Values of curves that are no times.
export const closed = -1, beyond = -2;

// Run is a run in typed columns, one entry per row. Rows are in the order in which
// they happened, so at never decreases.
export class Run {
  readonly n: number;
  readonly at: Float64Array;
  readonly step: Float64Array;
  readonly lane: Uint16Array;
  readonly kind: Uint8Array;
  readonly tone: Uint8Array;
  readonly cause: Int32Array;
  readonly via: Int32Array;
  readonly subject: Int32Array;
  readonly texts: string[];
  // The rows that a row led to: children[first[i]] … children[first[i+1]-1].
  readonly first: Int32Array;
  readonly children: Int32Array;
  // took is 1 for calls that took effect, and for messages that arrived.
  readonly took: Uint8Array;
  // The longest links, which may cross a view without an end in it: their ends.
  readonly long: Int32Array;
  readonly story: Map<number, number>;
  readonly end: number;

  constructor(readonly doc: Document) {
    const n = (this.n = doc.at.length);
    this.at = sums(doc.at);
    this.step = sums(doc.step);
    this.lane = Uint16Array.from(doc.lane);
    this.kind = Uint8Array.from(doc.kind);
    this.tone = Uint8Array.from(doc.tone);
    this.cause = backwards(doc.cause);
    this.via = backwards(doc.via);
    this.subject = Int32Array.from(doc.subject, (s) => s - 1);
    this.texts = doc.texts.split("\n");
    this.first = new Int32Array(n + 2);
    this.took = new Uint8Array(n);
    this.children = this.link();
    this.long = this.longest();
    this.story = new Map(doc.head.story.flatMap((l, i) => [l.row, ...(l.also ?? [])].map((row) => [row, i] as const)));
    this.end = Math.max(doc.head.end_us, n > 0 ? this.at[n - 1] : 0, 1);
    for (const c of doc.collections) for (const v of c.curves) v.at = Array.from(sums(v.at));
  }

  private link(): Int32Array {
    const { n, cause, via, first, kind, took } = this;
    for (let i = 0; i < n; i++) {
      if (cause[i] >= 0) first[cause[i] + 1]++;
      if (via[i] >= 0) first[via[i] + 1]++;
    }
    for (let i = 1; i <= n + 1; i++) first[i] += first[i - 1];
    const list = new Int32Array(first[n]), next = first.slice();
    for (let i = 0; i < n; i++) {
      const c = cause[i];
      if (c >= 0) {
        list[next[c]++] = i;
        const answers = kind[c] === Kind.call ? kind[i] === Kind.apply || this.lane[i] !== this.lane[c]
          : kind[c] === Kind.send ? kind[i] === Kind.input : kind[i] === Kind.hear;
        if (answers) took[c] = 1;
      }
      if (via[i] >= 0) list[next[via[i]]++] = i;
    }
    return list;
  }

  private longest(): Int32Array {
    const limit = this.at.length > 0 ? (this.at[this.n - 1] - this.at[0]) / 200 : 0;
    const list: number[] = [];
    for (let i = 0; i < this.n && list.length < 2000; i++) {
      const c = this.source(i);
      if (c >= 0 && this.at[i] - this.at[c] > limit && this.lane[c] !== this.lane[i]) list.push(i);
    }
    return Int32Array.from(list);
  }

  // source is the row from which the message that i is came, or -1: a completion
  // comes from where the call took effect, if it did.
  source(i: number): number {
    const v = this.via[i];
    if (v >= 0 && this.kind[v] === Kind.apply) return v;
    return this.cause[i];
  }

  // after is the first row that happens at or after a time.
  after(at: number): number {
    let lo = 0, hi = this.n;
    while (lo < hi) {
      const mid = (lo + hi) >> 1;
      if (this.at[mid] < at) lo = mid + 1;
      else hi = mid;
    }
    return lo;
  }

  led(i: number): Int32Array {
    return this.children.subarray(this.first[i], this.first[i + 1]);
  }

  laneOf(i: number): Lane { return this.doc.lanes[this.lane[i]]; }

  private chunks = new Map<number, Promise<Detail[]>>();

  async detail(i: number): Promise<Detail> {
    const k = Math.floor(i / this.doc.chunk);
    let p = this.chunks.get(k);
    if (!p) this.chunks.set(k, (p = unpack<Detail[]>("details-" + k)));
    return (await p)[i % this.doc.chunk] ?? {};
  }
}

function sums(list: number[]): Float64Array {
  const out = new Float64Array(list.length);
  let sum = 0;
  for (let i = 0; i < list.length; i++) out[i] = sum += list[i];
  return out;
}

function backwards(list: number[]): Int32Array {
  const out = new Int32Array(list.length);
  for (let i = 0; i < list.length; i++) out[i] = list[i] === 0 ? -1 : i - list[i];
  return out;
}

// unpack reads compressed JSON out of one of the page's data elements.
export async function unpack<T>(id: string): Promise<T> {
  const node = document.getElementById(id);
  if (!node) throw new Error("the page has no data called " + id);
  const text = atob(node.textContent ?? "");
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text()) as T;
}

export async function load(): Promise<Run> {
  return new Run(await unpack<Document>("run"));
}
