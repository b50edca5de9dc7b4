import { render } from "preact";
import type { JobDrawing, Report } from "./api/types.ts";
import { FileApp, LiveApp } from "./app.tsx";

const root = document.getElementById("app");
const inlined = (id: string): unknown => JSON.parse(document.getElementById(id)?.textContent || "null");
const report = inlined("report") as Report | null;
const drawings = (inlined("drawings") ?? {}) as Record<string, JobDrawing>;
if (root) render(report ? <FileApp report={report} drawings={drawings} /> : <LiveApp />, root);
