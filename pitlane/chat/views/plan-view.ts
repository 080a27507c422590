import type { Proposal } from '../../operate/outcome.ts';
import { type Check, proofOf, type Refusal, writesOf } from '../../rotation/plan.ts';
import { type Block, context, type Message, message, section, sections } from '../blocks/blocks.ts';
import { code, escapeText, mentionFirst } from '../blocks/escape.ts';
import { forceButton } from '../blocks/force-button.ts';
import { subject, undoBlocks } from './change-view.ts';
import { bounded } from './progress-lines.ts';
import type { Setting } from './setting.ts';

const TITLES: Readonly<Record<Proposal['why'], (verb: string, pod: string) => string>> = {
  dryRun: (verb, pod) => `*Dry run: ${verb} ${pod}.* Nothing was changed.`,
  needsConfirmation: (verb, pod) => `*${capital(verb)} ${pod}?* Nothing was changed yet.`,
  changed: (verb, pod) =>
    `*${capital(verb)} ${pod}?* The plan has changed since you saw it. Nothing was changed yet. The new plan:`,
};

/** Under the buttons of a proposal or refusal. */
const VALID = 'Valid for 15 minutes.';

/** `buttons`: Confirm and Cancel, if the plan can be confirmed. */
export function proposalView({ plan, why, tried }: Proposal, setting: Setting, buttons?: Block): Message {
  const { operation, checks, effects } = plan;
  const title = TITLES[why](operation.request.command, subject(operation));
  const writes = bounded(writesOf(plan).map((write) => `• ${escapeText(write.title)}`));
  const proven = bounded(
    proofOf(plan).map(({ title: fact, isRequired }) => `• ${escapeText(fact)}${isRequired ? '' : ' (optional)'}`),
  );
  return message(why === 'dryRun' ? 'dryRun' : 'proposal', title, [
    section(title),
    ...sections(findings(checks)),
    ...titled('Steps', writes),
    ...titled(
      'Server-side dry run',
      (tried ?? []).map((said) => `• ${escapeText(said)}`),
    ),
    ...titled(
      'Effects',
      effects.map((effect) => `• ${escapeText(effect)}`),
    ),
    ...titled('Done when', proven),
    ...okBlocks(checks),
    ...undoBlocks(plan, setting),
    ...(buttons === undefined ? [] : [buttons, context(VALID)]),
  ]);
}

export function refusalView(refusal: Refusal, setting: Setting): Message {
  const { operation, checks } = refusal;
  const title = `*Can't ${operation.request.command} ${subject(operation)}.* Nothing was changed.`;
  const ways = checks.flatMap(({ level, instead }) => (level === 'refusal' && instead !== undefined ? [instead] : []));
  return message('refusal', title, [
    section(title),
    ...sections(findings(checks)),
    ...(ways.length === 0
      ? []
      : [section(`Instead: ${[...new Set(ways)].map((way) => code(typed(way, setting))).join(' or ')}`)]),
    ...forceBlocks(refusal, setting),
    ...okBlocks(checks),
  ]);
}

/** The Force button for admins; for others, and if the request is too long for a button, how to type it. */
function forceBlocks(refusal: Refusal, { canForce, address }: Setting): Block[] {
  if (!refusal.isForceable) return [];
  const button = canForce && forceButton(refusal, { ...canForce, address });
  if (button !== undefined) return [button, context(VALID)];
  return [context('An admin can override this with `--force`.')];
}

/** The command with the service in front. Complete commands and kubectl lines stay as they are. */
export function typed(instead: string, { address }: Setting): string {
  return /^(\/|@|kubectl )/.test(instead) ? instead : `${address} ${instead}`;
}

/** The findings that need attention, the most severe first. */
function findings(checks: readonly Check[]): string[] {
  const lines = (level: Check['level'], sign: string) =>
    bounded([
      ...new Set(
        checks.filter((check) => check.level === level).map(({ message: text }) => `${sign} ${mentionFirst(text)}`),
      ),
    ]);
  return [
    ...lines('refusal', '✗'),
    ...lines('leftOut', '✗ left out:'),
    ...lines('overridden', '⚠ overridden:'),
    ...lines('warning', '⚠'),
  ];
}

function okBlocks(checks: readonly Check[]): Block[] {
  const said = checks.filter(({ level }) => level === 'ok').map(({ message: text }) => `✓ ${escapeText(text)}`);
  const passed = bounded([...new Set(said)]);
  return passed.length === 0 ? [] : [context(passed.join('\n'))];
}

function titled(title: string, lines: readonly string[]): Block[] {
  return lines.length === 0 ? [] : sections([`*${title}*`, ...lines]);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
