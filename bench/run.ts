import { parseArgs } from 'node:util';
import type { ClusterKind } from './clusters.ts';
import { benchDrain } from './drain.ts';
import { benchList } from './list.ts';
import { findKubectl } from './tools.ts';
import { benchTraffic } from './traffic.ts';

const usage = `usage: npm run bench -- [--quick] [--real] [--only drain,list,traffic]

  --quick  few runs and small sizes, to check that everything works
  --real   drain and traffic also on the real control plane, and kubectl of its version (builds it once)
  --only   some of the benchmarks`;

const { values } = readArguments();
const only = values.only?.split(',') ?? ['drain', 'list', 'traffic'];
const kinds: readonly ClusterKind[] = values.real ? ['embedded', 'real'] : ['embedded'];
const kubectl = await findKubectl(values.real ?? false);
if (kubectl === undefined) console.log('Found no kubectl on PATH: the tables have no rows for it.\n');

if (only.includes('drain'))
  for (const kind of kinds) console.log(`${await benchDrain(kind, values.quick ? 2 : 9, kubectl)}\n`);
if (only.includes('list'))
  console.log(`${await benchList(values.quick ? [10, 500] : [10, 500, 5000], values.quick ? 1 : 5, kubectl)}\n`);
if (only.includes('traffic'))
  for (const kind of kinds) console.log(`${await benchTraffic(kind, values.quick ? 5 : 100)}\n`);

function readArguments() {
  const yes = { type: 'boolean' } as const;
  try {
    return parseArgs({ options: { quick: yes, real: yes, only: { type: 'string' } } });
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return process.exit(2);
  }
}
