import { countsText, memberColumns } from '../../operate/listed-text.ts';
import type { Listed } from '../../operate/outcome.ts';
import { printableLine } from '../../text/printable.ts';
import { table } from '../../text/table.ts';
import { isoTime } from '../../text/words.ts';
import type { TextFile } from '../slack/files.ts';
import { matching } from './list-view.ts';

export function listFile({ service, members, selector, counts, notes, at }: Listed): TextFile {
  const time = isoTime(at);
  const lines = [
    `${service.name} in ${service.namespace} at ${time}: ${countsText(counts)}`,
    ...(selector === undefined ? [] : [matching(members, selector)]),
    ...notes,
    '',
    ...table(members, memberColumns(members, { isWide: false, now: at }), (_, text) => text),
  ];
  const stamp = time.slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  return {
    name: `${service.name.replace(/[^-\w]/g, '-')}-pods-${stamp}.txt`,
    text: `${lines.map(printableLine).join('\n')}\n`,
  };
}
