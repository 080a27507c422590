import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Mark, Point } from '../entries.ts';
import { useGroup, usePage } from './store.ts';

const SECONDS = 120;
const FEWEST_SECONDS = 30;
/** Pods with a line of their own; the others are summed. */
const MOST_PODS = 8;
const OTHERS = 'others';

/** Requests and errors a second, in total and by pod, with marks where operations and faults began and ended. */
export function Traffic() {
  const points = [...useGroup('points').values()].sort((a, b) => a.at - b.at).slice(-SECONDS);
  const marks = [...useGroup('marks').values()];
  const totals = usePage('totals');
  const names = shownPods(points);
  const swatches = coloursOf(names);
  const lineColours = swatches.map((colour) => `--line-${colour}`);
  const at = points.map((point) => point.at);
  const last = points.at(-1);
  const byPod = (index: 0 | 1) => names.map((name) => points.map((point) => figureOf(point, name, names)[index]));
  const total = [points.map(({ requests }) => requests), points.map(({ failures }) => failures)];
  return (
    <section id="traffic" aria-labelledby="traffic-title">
      <h2 id="traffic-title">Traffic</h2>
      <dl class="totals">
        <Total id="rate" words="Requests a second" count={last?.requests} />
        <Total id="requests" words="Requests" count={totals?.requests} />
        <Total id="errors" words="Errors (5xx)" count={totals?.errors} />
        <Total id="lost" words="Lost, no answer" count={totals?.lost} />
      </dl>
      <Chart
        title="Requests and errors a second"
        legend={LEGEND}
        at={at}
        lines={total}
        colours={['--line-0', '--bad']}
        marks={marks}
      />
      <div class="charts">
        <Chart title="Requests a second by pod" at={at} lines={byPod(0)} colours={lineColours} marks={marks} />
        <Chart title="Errors a second by pod" at={at} lines={byPod(1)} colours={lineColours} marks={marks} />
      </div>
      <div class="below">
        <table>
          <caption>The last second</caption>
          <thead>
            <tr>
              <th scope="col">Pod</th>
              <th scope="col">Requests</th>
              <th scope="col">Errors</th>
            </tr>
          </thead>
          <tbody>
            {names.map((name, index) => {
              const [requests, failures] = last === undefined ? [0, 0] : figureOf(last, name, names);
              return (
                <tr key={name}>
                  <th scope="row">
                    <span class={`swatch swatch-${swatches[index]}`} aria-hidden="true" /> {name}
                  </th>
                  <td>{requests}</td>
                  <td class={failures > 0 ? 'bad' : ''}>{failures}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
        <div>
          <h3>What happened</h3>
          <ol class="marks">
            {marks
              .slice(-6)
              .reverse()
              .map(({ at: ms, kind, text }) => (
                <li key={`${ms} ${text}`} class={`mark-${kind}`}>
                  <time dateTime={new Date(ms).toISOString()}>{new Date(ms).toLocaleTimeString()}</time> {text}
                </li>
              ))}
            {marks.length === 0 && <li>Nothing yet. Operations and faults appear here, and as lines in the charts.</li>}
          </ol>
        </div>
      </div>
    </section>
  );
}

const LEGEND = (
  <>
    <span class="swatch swatch-0" aria-hidden="true" /> requests <span class="swatch bad" aria-hidden="true" /> errors
  </>
);

interface TotalProps {
  readonly id: string;
  readonly words: string;
  readonly count: number | undefined;
}

function Total({ id, words, count = 0 }: TotalProps) {
  return (
    <div>
      <dt>{words}</dt>
      <dd id={id} class={id !== 'requests' && id !== 'rate' && count > 0 ? 'bad' : ''}>
        {count}
      </dd>
    </div>
  );
}

const colours = new Map<string, number>();

/** The number of each pod's colour. A pod keeps its colour as long as it is shown. */
function coloursOf(names: readonly string[]): readonly number[] {
  for (const name of colours.keys()) if (!names.includes(name)) colours.delete(name);
  return names.map((name) => {
    const used = new Set(colours.values());
    const colour = colours.get(name) ?? names.findIndex((_, index) => !used.has(index));
    colours.set(name, colour);
    return colour;
  });
}

/** The pods of these points: first those with the most errors, then those with the most requests. */
function shownPods(points: readonly Point[]): readonly string[] {
  const sums = new Map<string, { requests: number; failures: number }>();
  for (const { pods } of points)
    for (const [name, [requests, failures]] of Object.entries(pods)) {
      const sum = sums.get(name) ?? { requests: 0, failures: 0 };
      sums.set(name, { requests: sum.requests + requests, failures: sum.failures + failures });
    }
  const ranked = [...sums].sort(([, a], [, b]) => b.failures - a.failures || b.requests - a.requests);
  const shown = ranked.slice(0, MOST_PODS).map(([name]) => name);
  return ranked.length > MOST_PODS ? [...shown.sort(), OTHERS] : shown.sort();
}

function figureOf(point: Point, name: string, names: readonly string[]): readonly [number, number] {
  const figure = (pod: string) => point.pods[pod] ?? [0, 0];
  if (name !== OTHERS) return figure(name);
  return names.map(figure).reduce((rest, shown) => [rest[0] - shown[0], rest[1] - shown[1]], sumOf(point));
}

const sums = new WeakMap<Point, readonly [requests: number, failures: number]>();

/** Kept, since hundreds of pods would be added up again each second. */
function sumOf(point: Point): readonly [requests: number, failures: number] {
  const known = sums.get(point);
  if (known !== undefined) return known;
  const sum = Object.values(point.pods).reduce((all, one) => [all[0] + one[0], all[1] + one[1]], [0, 0]);
  sums.set(point, sum);
  return sum;
}

interface ChartProps {
  readonly title: string;
  readonly legend?: ComponentChildren;
  /** Seconds since the epoch. */
  readonly at: readonly number[];
  readonly lines: readonly (readonly number[])[];
  /** Names of CSS variables. */
  readonly colours: readonly string[];
  readonly marks: readonly Mark[];
}

function Chart({ title, legend, at, lines, colours: names, marks }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const shown = useRef(marks);
  shown.current = marks;
  const drawn = names.join();
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const make = () => {
      plot.current?.destroy();
      plot.current = newPlot(element, drawn.split(','), () => shown.current);
    };
    make();
    const sizes = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    sizes.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    return () => {
      sizes.disconnect();
      scheme.removeEventListener('change', make);
      plot.current?.destroy();
    };
  }, [drawn]);
  useEffect(() => {
    plot.current?.setData([at, ...lines] as uPlot.AlignedData);
  });
  return (
    <figure>
      <figcaption>
        {title} {legend}
      </figcaption>
      <div class="chart" ref={place} role="img" aria-label={`${title}, the last ${SECONDS} seconds`} />
    </figure>
  );
}

function newPlot(element: HTMLElement, names: readonly string[], marks: () => readonly Mark[]): uPlot {
  const colour = (name: string) => colourOf(element, name);
  const axis = { stroke: colour('--soft'), grid: { stroke: colour('--grid'), width: 1 }, ticks: { show: false } };
  const markColours = { began: colour('--accent'), ended: colour('--good'), fault: colour('--bad') };
  return new uPlot(
    {
      width: element.clientWidth,
      height: element.clientHeight,
      legend: { show: false },
      cursor: { show: false },
      scales: {
        x: { range: (_, first, last) => [Math.min(first, last - FEWEST_SECONDS), last] },
        y: { range: (_, __, most) => [0, Math.max(5, most * 1.1)] },
      },
      axes: [
        { ...axis, size: 26, space: 90, values: (_, seconds) => seconds.map(clock) },
        { ...axis, size: 36, space: 26 },
      ],
      series: [{}, ...names.map((name) => ({ stroke: colour(name), width: 1.5, points: { show: false } }))],
      hooks: { draw: [(drawn) => drawMarks(drawn, marks(), markColours)] },
    },
    undefined,
    element,
  );
}

/** A canvas can't read CSS variables. */
function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}

function drawMarks(plot: uPlot, marks: readonly Mark[], colours: Readonly<Record<Mark['kind'], string>>): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  for (const { at, kind } of marks) {
    const x = plot.valToPos(at / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = colours[kind];
    ctx.setLineDash(kind === 'began' ? [4, 3] : []);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
