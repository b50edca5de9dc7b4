// The little Markdown that check pages and remedies are written in, as a tree: no HTML is ever taken over.

export type Inline =
  | { kind: "text" | "code" | "strong" | "em"; text: string }
  | { kind: "link"; text: string; url: string };

export type Block =
  | { kind: "heading"; level: number; text: Inline[] }
  | { kind: "paragraph"; text: Inline[] }
  | { kind: "list"; ordered: boolean; items: Inline[][] }
  | { kind: "code"; language: string; text: string }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] };

const inlines = /`([^`]+)`|\*\*([^*]+)\*\*|(?<!\w)\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^)\s]+)\)|<(https?:[^>\s]+)>/g;

export function parseInline(text: string): Inline[] {
  const parts: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(inlines)) {
    if (match.index > end) parts.push({ kind: "text", text: text.slice(end, match.index) });
    const [whole, code, strong, em, label, url, address] = match;
    if (code !== undefined) parts.push({ kind: "code", text: code });
    else if (strong !== undefined) parts.push({ kind: "strong", text: strong });
    else if (em !== undefined) parts.push({ kind: "em", text: em });
    else parts.push({ kind: "link", text: label ?? address ?? "", url: url ?? address ?? "" });
    end = match.index + whole.length;
  }
  if (end < text.length) parts.push({ kind: "text", text: text.slice(end) });
  return parts;
}

const item = /^(\s*)(?:([-*])|(\d+)\.)\s+(.*)$/;
const cells = (line: string): Inline[][] =>
  line
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => parseInline(cell.trim().replaceAll("\\|", "|")));

export function parseMarkdown(source: string): Block[] {
  const lines = source.split("\n");
  const blocks: Block[] = [];
  let at = 0;
  const line = () => lines[at] ?? "";
  const startsBlock = (text: string) => text.trim() === "" || /^(#{1,6}\s|```|\|)/.test(text) || item.test(text);
  while (at < lines.length) {
    const heading = /^(#{1,6})\s+(.*)$/.exec(line());
    if (line().trim() === "") {
      at += 1;
    } else if (heading) {
      blocks.push({ kind: "heading", level: (heading[1] ?? "").length, text: parseInline(heading[2] ?? "") });
      at += 1;
    } else if (line().startsWith("```")) {
      const language = line().slice(3).trim();
      const body: string[] = [];
      for (at += 1; at < lines.length && !line().startsWith("```"); at += 1) body.push(line());
      at += 1;
      blocks.push({ kind: "code", language, text: body.join("\n") });
    } else if (line().startsWith("|")) {
      const rows: string[] = [];
      for (; line().startsWith("|"); at += 1) rows.push(line());
      const body = rows.filter((_, index) => index !== 1).map(cells);
      blocks.push({ kind: "table", head: body[0] ?? [], rows: body.slice(1) });
    } else if (item.test(line())) {
      const ordered = item.exec(line())?.[3] !== undefined;
      const items: string[] = [];
      for (; at < lines.length && line().trim() !== ""; at += 1) {
        const match = item.exec(line());
        if (match) items.push(match[4] ?? "");
        else items.push(`${items.pop() ?? ""} ${line().trim()}`);
      }
      blocks.push({ kind: "list", ordered, items: items.map(parseInline) });
    } else {
      const text = [line().trim()];
      for (at += 1; at < lines.length && !startsBlock(line()); at += 1) text.push(line().trim());
      blocks.push({ kind: "paragraph", text: parseInline(text.join(" ")) });
    }
  }
  return blocks;
}
