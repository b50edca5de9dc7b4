// Bundles the page:  node build.mjs DIR
// DIR gets index.html, which names page.js and page.css by their hashes, manifest.json, which tells the server those
// names, and report.html: the same page in one file, with gaps for a report and for what is drawn of its jobs.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const folder = process.argv[2];
if (!folder) {
  console.error("usage: node build.mjs DIR");
  process.exit(2);
}

const options = {
  bundle: true,
  minify: true,
  write: false,
  legalComments: "none",
  logLevel: "warning",
  target: ["es2022", "chrome123", "firefox120", "safari17.5"], // from where light-dark() works
};
const bundle = async (entry, more) => (await build({ ...options, ...more, entryPoints: [entry] })).outputFiles[0].text;
const script = await bundle("src/main.tsx", { jsx: "automatic", jsxImportSource: "preact", format: "iife" });
const style = await bundle("src/style/page.css");

const sha256 = (text, encoding) => createHash("sha256").update(text).digest(encoding);
const asset = (file, type, content) => ({
  file,
  type,
  path: file.replace(".", `-${sha256(content, "hex").slice(0, 16)}.`),
  sha256: sha256(content, "hex"),
  bytes: content.length,
  gzip_bytes: gzipSync(content).length,
});
const assets = [
  asset("page.js", "text/javascript; charset=utf-8", script),
  asset("page.css", "text/css; charset=utf-8", style),
];

const page = readFileSync("src/index.html", "utf8");
const fill = (head, body) => page.replace("<!-- head -->", () => head).replace("<!-- body -->", () => body);
const live = fill(
  `<link rel="stylesheet" href="/assets/${assets[1].path}">`,
  `<script src="/assets/${assets[0].path}" defer></script>`,
);

// A closing tag inside the script would end it.
const inline = script.replaceAll("</script", "<\\/script");
const hash = (text) => `'sha256-${sha256(text, "base64")}'`;
const policy = `default-src 'none'; script-src ${hash(inline)}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
const single = fill(
  `<meta http-equiv="Content-Security-Policy" content="${policy}">\n<style>${style}</style>`,
  `<script type="application/json" id="report">@REPORT@</script>\n` +
    `<script type="application/json" id="drawings">@DRAWINGS@</script>\n<script>${inline}</script>`,
);

mkdirSync(folder, { recursive: true });
const put = (name, content) => writeFileSync(join(folder, name), content);
put("page.js", script);
put("page.css", style);
put("index.html", live);
put("report.html", single);
put("manifest.json", `${JSON.stringify({ assets }, null, 1)}\n`);
