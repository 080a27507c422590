import type { Section } from './section.ts';
import type { Run, Shell } from './shell.ts';

/** Types a section on both clusters at once, and throws an error with both outputs where they differ. */
export async function compareClusters(shells: { real: Shell; embedded: Shell }, run: Section['run']): Promise<void> {
  const { real, embedded } = shells;
  real.runs = [];
  embedded.runs = [];
  const results = await Promise.allSettled([run(real), run(embedded)]);
  const failed = results.flatMap((result, index) =>
    result.status === 'rejected' ? [`on the ${index === 0 ? 'real' : 'embedded'} cluster: ${message(result)}`] : [],
  );
  const problems = [...failed, ...differences(real.runs, embedded.runs)];
  if (problems.length > 0) throw new Error(problems.join('\n\n'));
}

function differences(real: readonly Run[], embedded: readonly Run[]): string[] {
  return real.slice(0, embedded.length).flatMap(({ command, output }, index) => {
    const other = embedded[index];
    if (other?.command !== command)
      return [`typed on the real cluster: ${command}\non the embedded: ${other?.command}`];
    if (other.output === output) return [];
    return [
      `$ ${command}\n----- real\n${output}\n----- embedded\n${other.output}\n----- differing\n${diff(output, other.output)}`,
    ];
  });
}

/** The lines that only one output has. */
function diff(real: string, embedded: string): string {
  const [left, right] = [real.split('\n'), embedded.split('\n')];
  const only = (sign: string, lines: string[], others: string[]) =>
    lines.filter((line) => !others.includes(line)).map((line) => `${sign} ${line}`);
  return [...only('-', left, right), ...only('+', right, left)].join('\n') || '(only the order)';
}

function message({ reason }: PromiseRejectedResult): string {
  return reason instanceof Error ? reason.message : String(reason);
}
