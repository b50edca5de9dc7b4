import type { ComponentChildren } from "preact";
import { type Block, type Inline, parseMarkdown } from "../lib/markdown.ts";
import { toCheck } from "../lib/route.ts";
import { CodeBox } from "./parts.tsx";

/** Markdown of our own documents. Links to other check pages stay in the page. */
export function Markdown({ source, skipTitle }: { source: string; skipTitle?: boolean }) {
  const blocks = parseMarkdown(source).filter((block) => !(skipTitle && block.kind === "heading" && block.level === 1));
  return (
    <div class="prose md">
      {blocks.map((block, index) => (
        <BlockView key={index} block={block} />
      ))}
    </div>
  );
}

function BlockView({ block }: { block: Block }) {
  switch (block.kind) {
    case "heading":
      return block.level <= 2 ? <h2>{inline(block.text)}</h2> : <h3>{inline(block.text)}</h3>;
    case "paragraph":
      return <p>{inline(block.text)}</p>;
    case "code":
      return <CodeBox title={block.language || "text"} code={block.text} />;
    case "list": {
      const items = block.items.map((item, index) => <li key={index}>{inline(item)}</li>);
      return block.ordered ? <ol class="numbered">{items}</ol> : <ul class="dotted">{items}</ul>;
    }
    case "table":
      return (
        <div class="scroll-y">
          <table class="tbl">
            <thead>
              <tr>
                {block.head.map((cell, index) => (
                  <th key={index} scope="col">
                    {inline(cell)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {block.rows.map((row, index) => (
                <tr key={index}>
                  {row.map((cell, place) => (
                    <td key={place}>{inline(cell)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
  }
}

function inline(parts: Inline[]): ComponentChildren {
  return parts.map((part) => {
    if (part.kind !== "link") {
      if (part.kind === "code") return <code>{part.text}</code>;
      if (part.kind === "em") return <em>{part.text}</em>;
      return part.kind === "strong" ? <b>{part.text}</b> : part.text;
    }
    const check = /^([a-z0-9-]+)\.md$/.exec(part.url)?.[1];
    if (check) return <a href={toCheck(check)}>{part.text}</a>;
    if (!/^https?:\/\//.test(part.url)) return part.text; // a file of the repository
    return (
      <a href={part.url} rel="noreferrer noopener" target="_blank">
        {part.text}
      </a>
    );
  });
}
