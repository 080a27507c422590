import { parseArgs } from 'node:util';
import { findChromium } from '../test/page/browser.ts';
import type { ClusterKind } from './clusters.ts';
import { benchColdStart } from './cold-start.ts';
import { benchDrain } from './drain.ts';
import { benchList } from './list.ts';
import { benchPage, type PageSize } from './page.ts';
import { benchProbe, type ProbeSize } from './probe.ts';
import { benchStart } from './start.ts';
import { benchTick } from './tick.ts';
import { findKubectl } from './tools.ts';
import { benchTraffic } from './traffic.ts';

const usage = `usage: npm run bench -- [--quick] [--real] [--only start,cold-start,drain,list,tick,traffic,page,probe]
       npm run bench -- [--quick] [--real] probe

  --quick  few runs and small sizes, to check that everything works
  --real   drain, tick, traffic and probe also on the real control plane, and kubectl of its version (builds it once)
  --only   some of the benchmarks`;

const BENCHES = ['start', 'cold-start', 'drain', 'list', 'tick', 'traffic', 'page', 'probe'];
const QUICK: ProbeSize = { pods: 6, isQuick: true, behindMs: [0, 500], counted: [] };
const QUICK_PAGE: PageSize = { pods: 30, nodes: 3, ratePerSecond: 100, loads: 1, seconds: 3 };
const FULL_PAGE: PageSize = { pods: 300, nodes: 10, ratePerSecond: 200, loads: 9, seconds: 20 };
const FULL: ProbeSize = { pods: 30, isQuick: false, behindMs: [0, 1_000, 5_000], counted: [30, 300] };

const { values, positionals } = readArguments();
const only = [...positionals, ...(values.only?.split(',') ?? [])];
if (only.length === 0) only.push(...BENCHES);
const kinds: readonly ClusterKind[] = values.real ? ['embedded', 'real'] : ['embedded'];
const kubectl = await findKubectl(values.real ?? false);
if (kubectl === undefined)
  console.log(
    'Found no kubectl on PATH: start, drain and list have no rows for it, and probe sends the requests of kubectl itself.\n',
  );

if (only.includes('start')) console.log(`${await benchStart(values.quick ? 7 : 31, kubectl)}\n`);
if (only.includes('cold-start')) console.log(`${await benchColdStart(values.quick ? 3 : 31)}\n`);
if (only.includes('drain'))
  for (const kind of kinds) console.log(`${await benchDrain(kind, values.quick ? 2 : 9, kubectl)}\n`);
if (only.includes('list'))
  console.log(`${await benchList(values.quick ? [10, 500] : [10, 500, 5000], values.quick ? 1 : 5, kubectl)}\n`);
if (only.includes('tick')) for (const kind of kinds) console.log(`${await benchTick(kind, values.quick ?? false)}\n`);
if (only.includes('traffic'))
  for (const kind of kinds) console.log(`${await benchTraffic(kind, values.quick ? 5 : 100)}\n`);
if (only.includes('page'))
  console.log(
    findChromium() === undefined
      ? 'Found no chromium on PATH: page has no figures.\n'
      : `${await benchPage(values.quick ? QUICK_PAGE : FULL_PAGE)}\n`,
  );
if (only.includes('probe'))
  for (const kind of kinds) console.log(`${await benchProbe(kind, values.quick ? QUICK : FULL, kubectl)}\n`);

function readArguments() {
  const yes = { type: 'boolean' } as const;
  try {
    const parsed = parseArgs({
      options: { quick: yes, real: yes, only: { type: 'string' } },
      allowPositionals: true,
    });
    const unknown = [...parsed.positionals, ...(parsed.values.only?.split(',') ?? [])].find(
      (name) => !BENCHES.includes(name),
    );
    if (unknown !== undefined) throw new Error(`Unknown benchmark "${unknown}".`);
    return parsed;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return process.exit(2);
  }
}
