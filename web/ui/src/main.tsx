import { render } from "preact";
import type { Report } from "./api/types.ts";
import { FileApp, LiveApp } from "./app.tsx";

const root = document.getElementById("app");
const inlined = document.getElementById("report")?.textContent;
if (root) render(inlined ? <FileApp report={JSON.parse(inlined) as Report} /> : <LiveApp />, root);
