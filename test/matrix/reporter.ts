import type { Reporter, TestModule } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** The request with the fault was not sent this time: the order of requests may vary. */
    hasNoFault?: boolean;
  }
}

/** Prints the number of cases by operation. */
export class CaseCount implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<string, number>();
    let wrong = 0;
    let unreached = 0;
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'skipped') continue;
        const group = test.parent.type === 'suite' ? test.parent.name.replace(/:$/, '') : test.name;
        counts.set(group, (counts.get(group) ?? 0) + 1);
        if (state === 'failed') wrong += 1;
        if (test.meta().hasNoFault) unreached += 1;
      }
    }
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const groups = [...counts].map(([group, count]) => `${group} ${count}`).join(', ');
    const missed = unreached === 0 ? '' : ` (${unreached} without a fault: the request was not sent this time)`;
    console.log(`matrix: ${groups} = ${all.toLocaleString('en')} cases${missed}, ${wrong} wrong`);
  }
}
