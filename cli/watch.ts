import type { ReadRequest } from '../pitlane/command/request.ts';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import type { WatchListener } from '../pitlane/operate/use-case.ts';
import { printableLine } from '../pitlane/text/printable.ts';
import { printableLines } from './colour.ts';
import { render } from './render.ts';
import { drainedTable } from './render-drained.ts';
import { memberTable } from './render-list.ts';
import type { Session } from './session.ts';
import { type PodTable, type Style, tableLines } from './style.ts';

/** Shows the answer, and then a line for each pod that changes, until Ctrl-C. Returns an outcome if there is nothing to watch. */
export function watched(request: ReadRequest, session: Session): Promise<Outcome | undefined> {
  const { pitlane, terminal, user } = session;
  return pitlane.watch(request, { by: user, role: 'admin', requestId: '' }, changesOf(session), terminal.signal);
}

interface Row {
  readonly name: string;
  readonly line: string;
  /** Without what changes by itself. */
  readonly state: string;
}

/** What a table shows: the line of titles, and the pods by uid. */
interface Shown {
  readonly titles: string;
  readonly rows: ReadonlyMap<string, Row>;
}

/** As `kubectl get -w` does: the whole table once, then lines. Titles come again when other columns fit the screen. */
export function changesOf({ style, terminal }: Pick<Session, 'style' | 'terminal'>): WatchListener {
  let known: Shown | undefined;
  let trouble = '';
  return {
    seen(outcome) {
      const now = { ...style, now: terminal.now() };
      const shown = shownBy(printableLines(outcome), now, style);
      const lines = known === undefined ? [render(outcome, now)] : changedLines(known, shown, style);
      for (const line of lines) terminal.out(`${line}\n`);
      known = shown;
      trouble = '';
    },
    trouble(text) {
      // Told once, not at each attempt.
      if (text !== trouble) terminal.err(`${style.paint('dim', `--- ${printableLine(text)}`)}\n`);
      trouble = text;
    },
  };
}

function changedLines(before: Shown, { titles, rows }: Shown, { paint }: Style): readonly string[] {
  const changed = [...rows].filter(([uid, { state }]) => before.rows.get(uid)?.state !== state);
  const gone = [...before.rows].filter(([uid]) => !rows.has(uid));
  const isOther = titles.split(/ {2,}/).join() !== before.titles.split(/ {2,}/).join();
  return [
    ...(changed.length > 0 && isOther ? [titles] : []),
    ...changed.map(([, { line }]) => line),
    ...gone.map(([, { name }]) => paint('dim', `${name}   gone`)),
  ];
}

function shownBy(outcome: Outcome, now: Style, start: Style): Shown {
  if (outcome.kind === 'listed') return shownIn((style) => memberTable(outcome.members, style), now, start);
  if (outcome.kind === 'drainedList') return shownIn((style) => drainedTable(outcome, style), now, start);
  return { titles: '', rows: new Map() };
}

/** `start`: the same time in each answer, so that an age does not change. */
function shownIn<T>(tableAt: (style: Style) => PodTable<T>, now: Style, start: Style): Shown {
  const [shown, compared] = [tableAt(now), tableAt({ ...start, width: undefined })];
  const [titles = '', ...lines] = tableLines(shown, now);
  const rows = shown.items.map((item, index): [string, Row] => {
    const { name, uid } = shown.podOf(item);
    const state = JSON.stringify(compared.columns.map(([, cellOf]) => cellOf(item, index)));
    return [uid, { name, line: lines[index] ?? name, state }];
  });
  return { titles, rows: new Map(rows) };
}
