import type { Logged } from '../pitlane/operate/outcome.ts';
import { sanitize, sanitizeText } from './colour.ts';
import type { Style } from './style.ts';

/** The log as it is; several get a line with pod and container in front of each. What a terminal would obey is taken out. */
export function renderLogged({ logs }: Logged, { isTerminal, paint }: Style): readonly string[] {
  return logs.flatMap(({ pod, container, text }, index) => {
    const body = (isTerminal ? sanitizeText(text) : text).replace(/\n$/, '');
    const title = paint('bold', `==> ${sanitize(pod)} ${sanitize(container)} <==`);
    return [...(index > 0 ? [''] : []), ...(logs.length > 1 ? [title] : []), ...(body === '' ? [] : [body])];
  });
}

/** What is not part of the log: goes to the standard error. */
export function logRemarks({ logs, notes }: Logged): readonly string[] {
  const cut = logs.filter(({ isCut }) => isCut).map(({ pod, container }) => `${pod} ${container}`);
  return [...notes, ...(cut.length === 0 ? [] : [`Only the end is shown of ${cut.join(', ')}: it was too long.`])].map(
    sanitize,
  );
}
