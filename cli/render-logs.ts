import { followMarkText } from '../pitlane/operate/follow-marks.ts';
import type { Logged } from '../pitlane/operate/outcome.ts';
import type { LogListener } from '../pitlane/operate/use-case.ts';
import { printableLine, printableText } from '../pitlane/text/printable.ts';
import type { Session } from './session.ts';
import type { Style } from './style.ts';

/** One log; several logs with a title each. */
export function renderLogged({ logs }: Logged, { paint }: Style): readonly string[] {
  return logs.flatMap(({ pod, container, text }, index) => {
    const body = printableText(text).replace(/\n$/, '');
    const title = paint('bold', `==> ${printableLine(pod)} ${printableLine(container)} <==`);
    return [...(index > 0 ? [''] : []), ...(logs.length > 1 ? [title] : []), ...(body === '' ? [] : [body])];
  });
}

/** Remarks about the logs, for the standard error. */
export function logRemarks({ logs, notes }: Logged): readonly string[] {
  const cut = logs.filter(({ isCut }) => isCut).map(({ pod, container }) => `${pod} ${container}`);
  return [...notes, ...(cut.length === 0 ? [] : [`Only the end is shown (too long): ${cut.join(', ')}.`])].map(
    printableLine,
  );
}

/** Lines on the standard output, marks on the standard error. */
export function logListener({ style, terminal }: Session): LogListener {
  return {
    line: (line) => {
      terminal.out(`${printableText(line)}\n`);
      return terminal.drained?.();
    },
    mark: (mark) => terminal.err(`${style.paint('dim', `--- ${printableLine(followMarkText(mark))}`)}\n`),
  };
}
