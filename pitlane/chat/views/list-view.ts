import { covers } from '../../command/role.ts';
import { countsText, differencesOf, memberColumns, stateText } from '../../operate/listed-text.ts';
import type { Listed } from '../../operate/outcome.ts';
import { offeredInList, podsFor, roleFor } from '../../operations/table.ts';
import type { Member } from '../../rotation/membership.ts';
import { nameOf } from '../../rotation/workload.ts';
import { age } from '../../text/age.ts';
import { printableLine } from '../../text/printable.ts';
import { table } from '../../text/table.ts';
import { compact, count, isoTime } from '../../text/words.ts';
import { context, fitted, type Message, message, type Shown, section, sections } from '../blocks/blocks.ts';
import { becauseText, code, escapeInline, escapeText, moment, person } from '../blocks/mrkdwn.ts';
import { MOST_OPTIONS, optionOf, PICK, podMenu } from '../blocks/pod-menu.ts';
import type { TextFile } from '../slack/files.ts';
import type { Setting } from './setting.ts';

/** How many ordinary pods in rotation are shown without `--all`. */
const FIRST_OTHERS = 20;
/** Slack refuses messages whose blocks are too long together (`msg_blocks_too_long`, at about 13,000 characters). */
const MOST_CHARACTERS = 10_000;

export function listView(listed: Listed, setting: Setting): Message {
  const { members, selector } = listed;
  const owner = commonOwner(members);
  const lines = shownLines(listed, owner);
  const heading = `*${escapeInline(listed.service.name)}*: ${countsText(listed.counts)}`;
  const chosen = selector === undefined ? '' : `\n${matching(members, code(selector))}`;
  return message('listed', heading, [
    section(heading + chosen),
    sections(lines),
    owner !== undefined && context(`Owner: ${escapeInline(owner)}, unless another is shown.`),
    restBlock(listed, lines.length, setting),
    sections(listed.notes.map(escapeText)),
    menuBlock(listed, setting),
  ]);
}

/** A menu of the pods that may be taken out of rotation, for those who may do it. */
function menuBlock({ members }: Listed, { address, role, service }: Setting): Shown {
  const request = service === undefined ? undefined : offeredInList(service);
  if (request === undefined || role === undefined || !covers(role, roleFor(request))) return undefined;
  const pods = podsFor(request);
  const options = members
    .filter((member) => member.kind === 'workload pod' && pods.includes(member))
    .slice(0, MOST_OPTIONS)
    .map(optionOf);
  return options.length > 0 && podMenu(request, address, options, PICK);
}

/** `1 pod matches app=rng` */
function matching(members: readonly Member[], selector: string): string {
  return `${count(members.length, 'pod')} ${members.length === 1 ? 'matches' : 'match'} ${selector}`;
}

/** True if the message has no room for all the pods that were asked for. */
export function needsFile(listed: Listed): boolean {
  return listed.all && shownLines(listed, commonOwner(listed.members)).length < listed.members.length;
}

/** The unusual pods, then the ordinary ones: with `--all` as many as fit, else the first few. */
function shownLines(listed: Listed, owner: string | undefined): readonly string[] {
  const others = listed.members.filter(isPlainlyInRotation);
  const shown = [...unusual(listed), ...(listed.all ? others : others.slice(0, FIRST_OTHERS))];
  const lines = shown.map((member) => memberLine(member, owner, listed.at));
  return fitted(lines, MOST_CHARACTERS);
}

function unusual({ members }: Listed): readonly Member[] {
  return members.filter((member) => !isPlainlyInRotation(member));
}

/** How many pods are not shown, and how to see them. */
function restBlock(listed: Listed, shown: number, { address, file }: Setting): Shown {
  const { members, all } = listed;
  const left = members.length - shown;
  if (left === 0) return undefined;
  if (file !== undefined) return context(`${left} more; all ${members.length} are in the file ${code(file)}.`);
  const isOdd = shown < unusual(listed).length;
  const which = isOdd ? 'in the order above' : 'all in rotation and ready';
  const ways = compact(
    !all && `${code(`${address} list --all`)} shows all`,
    (all || isOdd) && `${code(`${address} list -l key=value`)} narrows the list`,
  );
  return context(`${left} more, ${which}. ${ways.join(', ')}.`);
}

function isPlainlyInRotation(member: Member): boolean {
  return member.state === 'in rotation' && member.kind === 'workload pod' && member.drained === undefined;
}

function memberLine(member: Member, common: string | undefined, now: number): string {
  const { pod } = member;
  const isQuiet = isPlainlyInRotation(member);
  const owner = ownerOf(member);
  const facts = compact(
    member.kind === 'canary' && 'canary',
    !isQuiet && stateText(member),
    member.state === 'drained' && !member.isReady && 'not ready',
    pod.status !== 'Running' && escapeInline(pod.status),
    pod.containers.ready !== pod.containers.total && `${pod.containers.ready}/${pod.containers.total} ready`,
    pod.restarts > 0 && count(pod.restarts, 'restart'),
    escapeInline(pod.nodeName ?? 'no node yet'),
    age(pod.createdAt, now),
    owner === undefined ? member.state !== 'drained' && 'no owner' : owner !== common && escapeInline(owner),
  );
  const line = `${isQuiet ? '•' : '▸'} *${escapeInline(pod.name)}* ${facts.join(' · ')}`;
  const marks = [canaryMarkText(member, now), recordText(member, now)].filter((text) => text !== '');
  return [line, ...marks].join('\n      ');
}

function ownerOf({ pod }: Member): string | undefined {
  return pod.owner && nameOf(pod.owner);
}

/** The owner of most pods, shown once instead of in each line. Undefined if no two pods share one. */
function commonOwner(members: readonly Member[]): string | undefined {
  const owned = [...Map.groupBy(members, ownerOf)].flatMap(([owner, { length }]) => (owner ? [{ owner, length }] : []));
  const [first] = owned.sort((a, b) => b.length - a.length || (a.owner < b.owner ? -1 : 1));
  return first !== undefined && first.length > 1 ? first.owner : undefined;
}

/** `started by @ada 12m ago from Deployment rng because 5xx, until 04:12, LOG_LEVEL set` */
export function canaryMarkText({ canary }: Pick<Member, 'canary'>, now: number): string {
  if (canary === undefined) return '';
  const by = `started by ${person(canary.by)} ${age(Date.parse(canary.at), now)} ago from ${escapeInline(canary.from)}`;
  const differences = differencesOf(canary).map((difference) => `, ${escapeInline(difference)}`);
  return `${by}${becauseText(canary.because)}, until ${moment(Date.parse(canary.until))}${differences.join('')}`;
}

/** `drained by @ada 12m ago because 5xx, until 04:12`; names the service if another one still selects the pod. */
export function recordText(
  { drained, disabled, state }: Pick<Member, 'drained' | 'disabled' | 'state'>,
  now: number,
): string {
  const record = drained ?? disabled;
  if (record === undefined) return '';
  const from = drained === undefined || state === 'drained' ? '' : ` from ${escapeInline(drained.service)}`;
  const what = drained === undefined ? 'disabled' : 'drained';
  const by = `${what}${from} by ${person(record.by)} ${age(Date.parse(record.at), now)} ago`;
  const until = record.until === undefined ? '' : `, until ${moment(Date.parse(record.until))}`;
  const restoring = drained?.restoring === undefined ? '' : `; being restored by ${person(drained.restoring.by)}`;
  return by + becauseText(record.because) + until + restoring;
}

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
