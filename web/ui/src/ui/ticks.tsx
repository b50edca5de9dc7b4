/** The grid of a chart: a line and a number for each step, the axis at 0. */
export function Ticks(props: { ticks: { value: number; y: number }[]; left: number; right: number }) {
  return (
    <>
      {props.ticks.map((tick) => (
        <g key={tick.value}>
          <path class={tick.value === 0 ? "axis" : "grid"} d={`M${props.left} ${tick.y}H${props.right}`} />
          <text class="end" x={props.left - 6} y={tick.y + 4}>
            {tick.value}
          </text>
        </g>
      ))}
    </>
  );
}
