import type { Proposal } from '../../operate/outcome.ts';
import type { Check, Refusal } from '../../rotation/plan.ts';
import { type Block, context, type Message, message, section, sections } from '../blocks/blocks.ts';
import { code, escapeText, peopleIn } from '../blocks/escape.ts';
import { forceButton } from '../blocks/force-button.ts';
import { subject, undoBlocks } from './change-view.ts';
import type { Setting } from './setting.ts';

const TITLES: Readonly<Record<Proposal['why'], (verb: string, pod: string) => string>> = {
  dryRun: (verb, pod) => `*Dry run: ${verb} ${pod}.* Nothing was changed.`,
  needsConfirmation: (verb, pod) => `*${capital(verb)} ${pod}?* Nothing was changed yet.`,
  changed: (verb, pod) =>
    `*${capital(verb)} ${pod}?* The plan has changed since it was shown, so nothing was done. The new one:`,
};

/** Under buttons that carry out what was shown. */
const VALID = 'Valid for 15 minutes.';

/** A plan that was not carried out. `buttons`: Confirm and Cancel, where they may be pressed. */
export function proposalView({ plan, why, tried }: Proposal, setting: Setting, buttons?: Block): Message {
  const { operation, checks, effects, steps } = plan;
  const title = TITLES[why](operation.request.command, subject(operation));
  const writes = steps.flatMap((step) => (step.kind === 'await' ? [] : [`• ${escapeText(step.title)}`]));
  const proven = plan.proof.map(
    ({ title: fact, isRequired }) => `• ${escapeText(fact)}${isRequired ? '' : ' (if it can)'}`,
  );
  return message(why === 'dryRun' ? 'dryRun' : 'proposal', title, [
    section(title),
    ...sections(findings(checks)),
    ...titled(why === 'dryRun' ? 'It would' : 'It will', writes),
    ...titled(
      'The API server on it',
      (tried ?? []).map((said) => `• ${escapeText(said)}`),
    ),
    ...titled(
      'What else',
      effects.map((effect) => `• ${escapeText(effect)}`),
    ),
    ...titled('Proven when', proven),
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

/** A button for those who may; where it finds no room, and for everybody else, how it is typed and by whom. */
function forceBlocks(refusal: Refusal, { canForce, address }: Setting): Block[] {
  if (!refusal.isForceable) return [];
  const button = canForce && forceButton(refusal, { ...canForce, address });
  if (button !== undefined) return [button, context(VALID)];
  return [context('An admin may override this with --force.')];
}

/** What to type instead, with the service in front. What is whole already and kubectl lines stay as they are. */
export function typed(instead: string, { address }: Setting): string {
  return /^(\/|@|kubectl )/.test(instead) ? instead : `${address} ${instead}`;
}

/** The findings that matter, the gravest first; among equals in the plan's order. */
function findings(checks: readonly Check[]): string[] {
  const lines = (level: Check['level'], sign: string) =>
    checks.filter((check) => check.level === level).map(({ message: text }) => `${sign} ${peopleIn(text)}`);
  return [...lines('refusal', '✗'), ...lines('overridden', '⚠ overridden:'), ...lines('warning', '⚠')];
}

function okBlocks(checks: readonly Check[]): Block[] {
  const passed = checks.filter(({ level }) => level === 'ok').map(({ message: text }) => `✓ ${escapeText(text)}`);
  return passed.length === 0 ? [] : [context(passed.join('\n'))];
}

function titled(title: string, lines: readonly string[]): Block[] {
  return lines.length === 0 ? [] : sections([`*${title}*`, ...lines]);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
