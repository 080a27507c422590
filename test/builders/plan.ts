import { messagesOf } from '../../pitlane/rotation/effect.ts';
import { type Check, type Plan, type Refusal, writesOf } from '../../pitlane/rotation/plan.ts';

/** Every finding but the good news, as `level Code`. */
export function findings({ checks }: Plan | Refusal): readonly string[] {
  return checks.filter(({ level }) => level !== 'ok').map(({ level, code }) => `${level} ${code}`);
}

export function finding({ checks }: Plan | Refusal, code: string): Check | undefined {
  return checks.find((check) => check.code === code);
}

/** The plan; a refusal fails the test with its codes. */
export function planned(result: Plan | Refusal): Plan {
  if (result.kind !== 'plan') throw new Error(`refused: ${findings(result).join(', ')}`);
  return result;
}

/** The labels that the first write of the plan removes. */
export function removedLabels(plan: Plan): readonly string[] {
  const [write] = writesOf(plan);
  const root = '/metadata/labels/';
  return (write?.kind === 'patch' ? write.patch : [])
    .filter(({ op, path }) => op === 'remove' && path.startsWith(root))
    .map(({ path }) => path.slice(root.length));
}

/** The ends of the names of pods that the effects speak of besides the one. */
export function otherPodsIn({ effects }: Plan, suffix: string): readonly string[] {
  return [
    ...messagesOf(effects)
      .join(' ')
      .matchAll(/\brng-(?:5f69c6b7d8-)?(\w+)\b/g),
  ]
    .flatMap(([, name]) => name ?? [])
    .filter((name) => name !== suffix && name !== '5f69c6b7d8');
}

/** The ends of the names of the pods that each phase writes to. */
export function writtenIn(plan: Plan): readonly (readonly string[])[] {
  return plan.phases.map(({ writes }) => writes.map(({ target }) => target.name.slice(-5)));
}

/** The sentences of the plan or refusal, without its kubectl lines. */
export function readable(result: Plan | Refusal): string {
  const phases = result.kind === 'plan' ? result.phases : [];
  return [
    result.kind === 'plan' ? 'plan' : `refusal${result.isForceable ? ', forceable' : ''}`,
    ...readableChecks(result),
    ...(result.kind === 'plan' ? messagesOf(result.effects).map((text) => `  - ${text}`) : []),
    ...phases.flatMap(({ title, writes, until }, index) => [
      `  ${index + 1}. ${title}`,
      ...writes.map((write) => `     write: ${write.title}`),
      ...until.map((milestone) => {
        const optional = milestone.isRequired ? '' : ', optional';
        return `     until: ${milestone.title} (${milestone.withinSeconds} s${optional})`;
      }),
    ]),
  ].join('\n');
}

/** Each finding in a line: `  refusal Terminating: …`. */
export function readableChecks({ checks }: Plan | Refusal): readonly string[] {
  return checks.map(({ level, code, pod, message, instead }) => {
    const about = pod === undefined ? '' : ` of ${pod}`;
    return `  ${level} ${code}${about}: ${message}${instead === undefined ? '' : `\n    instead: ${instead}`}`;
  });
}

/** One section for each case that says something new, under its name. */
export function sections(cases: readonly (readonly [name: string, lines: readonly string[]])[]): string {
  const said = new Set<string>();
  const found = cases.flatMap(([name, lines]) => {
    const fresh = lines.filter((line) => !said.has(line));
    for (const line of fresh) said.add(line);
    return fresh.length === 0 ? [] : `# ${name}\n${fresh.join('\n')}\n`;
  });
  return found.join('\n');
}
