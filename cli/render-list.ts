import { countsText, memberColumns } from '../pitlane/operate/listed-text.ts';
import type { Listed } from '../pitlane/operate/outcome.ts';
import type { Member } from '../pitlane/rotation/membership.ts';
import { type PodTable, type Style, tableLines } from './style.ts';

/** What a narrow screen can do without. */
const OPTIONAL = ['OWNER', 'NODE', 'AGE', 'RESTARTS', 'READY'];

export function memberTable(members: readonly Member[], style: Style): PodTable<Member> {
  return { items: members, columns: memberColumns(members, style), optional: OPTIONAL, podOf: ({ pod }) => pod };
}

/** The maximum of pods in rotation on a screen without `--all`. */
const MAX_IN_ROTATION = 20;

export function renderListed(listed: Listed, style: Style): readonly string[] {
  const { members, service, notes, selector } = listed;
  const shown = style.isTerminal && !listed.all ? shortened(members) : members;
  const hidden = members.length - shown.length;
  return [
    style.paint('bold', `${service.name} in ${service.namespace}: ${countsText(listed.counts)}`),
    ...notes,
    ...tableLines(memberTable(shown, style), style),
    ...(members.length === 0 && selector !== undefined ? [`No pod of ${service.name} matches ${selector}.`] : []),
    ...(hidden > 0 ? [`… and ${hidden} more in rotation: ${style.prefix} list --all`] : []),
  ];
}

function shortened(members: readonly Member[]): readonly Member[] {
  let inRotation = 0;
  return members.filter((member) => {
    if (member.state !== 'in rotation' || member.drained !== undefined) return true;
    inRotation += 1;
    return inRotation <= MAX_IN_ROTATION;
  });
}
