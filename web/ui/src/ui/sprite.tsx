// Icons and textures, once on the page; <use> and fill: url(#…) point at them.

import type { ComponentChildren } from "preact";

const outlines: Record<string, string> = {
  low: "M1.800 3.200h12.400L8 13.600z",
  ok: "m2.800 8.600 3.400 3.400 7-7.600",
  unknown: "M5.400 5.600c0-3.400 5.400-3.400 5.400-.1 0 2-2.700 2-2.700 4.300M8.100 13v.1",
  na: "M4 8h8",
  info: "M8 1.600a6.400 6.400 0 1 0 0 12.800A6.400 6.400 0 0 0 8 1.600zM8 7.400v3.800M8 4.700v.1",
  waived: "M8 1.800a6.200 6.200 0 1 0 0 12.400A6.200 6.200 0 0 0 8 1.800zM3.700 12.300l8.600-8.600",
  pending: "M8 1.800a6.200 6.200 0 1 0 0 12.400A6.200 6.200 0 0 0 8 1.800zM8 4.400V8l2.400 1.600",
  resolved: "M8 1.600a6.400 6.400 0 1 0 0 12.800A6.400 6.400 0 0 0 8 1.600zM5 8.300l2.100 2.100L11 5.900",
  new: "M8 2.500v11M2.500 8h11",
  deploy: "M8 10.500v-8M4.500 5.700 8 2.200l3.500 3.500M2.500 10.500v3h11v-3",
  restart: "M13.300 8A5.300 5.300 0 1 1 11.500 4M13.300 1.800v3.400H9.900",
  copy: "M5.500 6.500v6.500a1 1 0 0 0 1 1h6a1 1 0 0 0 1-1V6.500a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1zM10.500 5.500V2h-8v8.500h3",
  search: "M7 2.400a4.600 4.600 0 1 0 0 9.200A4.600 4.600 0 0 0 7 2.400zM10.500 10.500l3.700 3.700",
  ext: "M9.500 2.500h4v4M13.200 2.800 7.500 8.500M6 3.500H2.500v10h10V10",
  chev: "m6 3.500 4.500 4.500L6 12.500",
  dl: "M8 2.500v7.500M4.500 7 8 10.500 11.500 7M2.500 13.500h11",
  brand:
    "M2 4.500h4.400M9.600 4.500H14M2 11.500h2.400M7.600 11.500H14M8 2.900a1.600 1.600 0 1 0 0 3.200 1.600 1.600 0 0 0 0-3.200zM6 9.900a1.600 1.600 0 1 0 0 3.200 1.600 1.600 0 0 0 0-3.200z",
};
const solids: Record<string, string> = {
  critical:
    "M4.900.8h6.200l4.100 4.100v6.200l-4.100 4.100H4.900L.8 11.100V4.900zM7 3.800v5.200h2V3.800zM7 10.400v2.100h2v-2.100z",
  high: "M8 .8 15.800 15H.2zM7.100 5.600l.2 4.600h1.400l.2-4.600zM7.100 11.300v1.800h1.800v-1.800z",
  medium: "M8 .4 15.600 8 8 15.600.4 8zM7.100 4.200l.2 4.600h1.400l.2-4.600zM7.100 9.900v1.800h1.800V9.900z",
  firing:
    "M8 1c.4 3 4.400 4.400 4.400 8.600A4.400 4.900 0 0 1 8 15a4.400 4.900 0 0 1-4.400-5.400C3.600 7.800 4.600 6.600 5.200 5.400c.5 1 1 1.400 1.500 1.600C6.400 5 7 2.600 8 1z",
  green: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zM4.200 8.400l2.900 2.900 5-5.400-1.200-1.100-3.800 4.200-1.800-1.700z",
  amber: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1zM8 2.700v10.600A5.300 5.300 0 0 0 8 2.700z",
  red: "M4.900.8h6.200l4.100 4.100v6.200l-4.100 4.100H4.900L.8 11.100V4.900zM5.700 4.600 4.600 5.700 6.900 8l-2.300 2.300 1.100 1.100L8 9.100l2.300 2.300 1.100-1.100L9.100 8l2.300-2.300-1.100-1.100L8 6.900z",
  theme: "M8 1.200a6.800 6.800 0 1 1 0 13.600A6.800 6.800 0 0 1 8 1.200zM8 2.900v10.200A5.100 5.100 0 0 1 8 2.900z",
};

function Texture(props: { id: string; size: number; turned?: boolean; children: ComponentChildren }) {
  return (
    <pattern
      id={props.id}
      width={props.size}
      height={props.size}
      patternUnits="userSpaceOnUse"
      {...(props.turned && { patternTransform: "rotate(45)" })}
    >
      {props.children}
    </pattern>
  );
}

function Lines(props: { of: string; size: number; path: string }) {
  return (
    <>
      <rect class={`px-bg-${props.of}`} width={props.size} height={props.size} />
      <path class={`px-ln-${props.of}`} d={props.path} />
    </>
  );
}

export function Sprite() {
  return (
    <svg class="sprite" aria-hidden="true" focusable="false">
      <defs>
        <Texture id="p-delay" size={5} turned>
          <Lines of="delay" size={5} path="M1 0v5" />
        </Texture>
        <Texture id="p-align" size={4}>
          <Lines of="align" size={4} path="M0 1h4" />
        </Texture>
        <Texture id="p-async" size={5}>
          <rect class="px-bg-async" width="5" height="5" />
          <circle class="px-dt-async" cx="1.500" cy="1.500" r=".9" />
        </Texture>
        <Texture id="p-fail" size={6}>
          <Lines of="fail" size={6} path="M0 0l6 6M6 0 0 6" />
        </Texture>
        <Texture id="p-amber" size={5} turned>
          <Lines of="amber" size={5} path="M.7 0v5" />
        </Texture>
        <Texture id="p-unknown" size={5} turned>
          <Lines of="unknown" size={5} path="M.6 0v5" />
        </Texture>
        <Texture id="p-bp" size={6} turned>
          <Lines of="bp" size={6} path="M1.100 0v6" />
        </Texture>
      </defs>
      {Object.entries(outlines).map(([name, path]) => (
        <symbol key={name} id={`i-${name}`} viewBox="0 0 16 16">
          <path d={path} />
        </symbol>
      ))}
      {Object.entries(solids).map(([name, path]) => (
        <symbol key={name} id={`i-${name}`} viewBox="0 0 16 16">
          <path class="f" fill-rule="evenodd" d={path} />
        </symbol>
      ))}
    </svg>
  );
}
