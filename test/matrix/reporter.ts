import type { Reporter, TestModule } from 'vitest/node';

declare module 'vitest' {
  interface TaskMeta {
    /** This time the request was not sent at which something was to befall: the order is not always the same. */
    isUnreached?: boolean;
  }
}

/** Prints how many cases there were of what. */
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
        if (test.meta().isUnreached) unreached += 1;
      }
    }
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const groups = [...counts].map(([group, count]) => `${group} ${count}`).join(', ');
    const missed = unreached === 0 ? '' : ` (in ${unreached} nothing befell: the request was not sent this time)`;
    console.log(`matrix: ${groups} = ${all.toLocaleString('en')} cases${missed}, ${wrong} wrong`);
  }
}
