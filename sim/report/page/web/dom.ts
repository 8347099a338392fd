// Small helpers for building elements. Text is always set as text, never as markup.

export type Child = Node | string | null | undefined | false;

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K, attributes: Record<string, string> = {}, ...children: Child[]
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  append(node, ...children);
  return node;
}

export function append(node: Node, ...children: Child[]): void {
  for (const c of children) {
    if (c === null || c === undefined || c === false) continue;
    node.appendChild(typeof c === "string" ? document.createTextNode(c) : c);
  }
}

export function replace(node: HTMLElement, ...children: Child[]): void {
  node.textContent = "";
  append(node, ...children);
}

export function button(label: string, title: string, act: () => void): HTMLButtonElement {
  const b = el("button", { type: "button", title }, label);
  b.addEventListener("click", act);
  return b;
}

// copyable is a line of shell with a button that copies it.
export function copyable(line: string): HTMLElement {
  const code = el("code", {}, line);
  const b = button("copy", "Copy this line", () => {
    void navigator.clipboard?.writeText(line).then(() => {
      b.textContent = "copied";
      setTimeout(() => (b.textContent = "copy"), 1200);
    });
  });
  b.className = "copy";
  return el("div", { class: "shell" }, code, b);
}
