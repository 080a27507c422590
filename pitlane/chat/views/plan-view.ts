import type { Proposal } from '../../operate/outcome.ts';
import { askText } from '../../operations/table.ts';
import { messagesOf } from '../../rotation/effect.ts';
import { type Plan, podsChanged, podsIn, type Refusal } from '../../rotation/plan.ts';
import { sharedFindings, sharedProof, sharedSteps, titlesOf } from '../../rotation/shared-text.ts';
import { context, type Message, message, type Shown, section, sections, titled } from '../blocks/blocks.ts';
import { confirmButtons, forceButton } from '../blocks/buttons.ts';
import { code, codeBlock, escapeText, mentionFirst } from '../blocks/mrkdwn.ts';
import { capital } from './change-view.ts';
import { bounded, namesOf, sentencesOf, subjectOf } from './pod-set.ts';
import type { Setting } from './setting.ts';
import { typed } from './told-view.ts';
import { nextBlock, undoBlocks } from './undo-blocks.ts';

const TITLES: Readonly<Record<Proposal['why'], (verb: string, pod: string) => string>> = {
  dryRun: (verb, pod) => `*Dry run: ${verb} ${pod}.* Nothing was changed.`,
  needsConfirmation: (verb, pod) => `*${capital(verb)} ${pod}?* Nothing was changed yet.`,
  changed: (verb, pod) =>
    `*${capital(verb)} ${pod}?* The plan has changed since you saw it. Nothing was changed yet. The new plan:`,
};

/** Under the buttons of a proposal or refusal. */
const VALID = 'Valid for 15 minutes.';
const TOO_LONG =
  'This needs a confirmation, but the command is too long for a button. Type it again with a shorter reason, or select the pods by -l or --node.';

export function proposalView(proposal: Proposal, setting: Setting): Message {
  const { plan, why, tried = [] } = proposal;
  const { operation, effects } = plan;
  const title = TITLES[why](askText(operation.request), subjectOf(plan));
  const items = (texts: readonly string[]) => bounded(texts.map((text) => `• ${escapeText(text)}`));
  const steps = operation.subject.kind === 'service' ? plan.phases.flatMap(titlesOf) : sharedSteps(plan);
  const proof = sharedProof(plan, (milestone) => `${milestone.title}${milestone.isRequired ? '' : ' (optional)'}`);
  return message(why === 'dryRun' ? 'dryRun' : 'proposal', title, [
    section([title, ...namesOf(podsChanged(plan))].join('\n')),
    sections(findings(plan)),
    plan.diff && titled('Manifest', [codeBlock(plan.diff.join('\n'))]),
    titled('Steps', items(steps)),
    titled('Server-side dry run', items(tried)),
    titled('Effects', items(messagesOf(effects))),
    titled('Done when', items(proof)),
    nextBlock(plan),
    okBlock(plan),
    undoBlocks(plan, setting),
    confirmBlocks(proposal, setting),
  ]);
}

function confirmBlocks({ plan, why }: Proposal, { offer, address }: Setting): Shown {
  if (offer === undefined || why === 'dryRun') return undefined;
  const buttons = confirmButtons(plan, { ...offer, address });
  return buttons === undefined ? section(TOO_LONG) : [buttons, context(VALID)];
}

export function refusalView(refusal: Refusal, setting: Setting): Message {
  const { operation } = refusal;
  const title = `*Can't ${askText(operation.request)} ${subjectOf({ operation, checks: [] })}.* Nothing was changed.`;
  return message('refusal', title, [
    section([title, ...namesOf(podsIn(operation.subject))].join('\n')),
    sections(findings(refusal)),
    insteadBlock(refusal, setting),
    forceBlocks(refusal, setting),
    okBlock(refusal),
  ]);
}

/** More ways than these are no help. */
const MOST_WAYS = 5;

function insteadBlock(refusal: Refusal, setting: Setting): Shown {
  const ways = sharedFindings(refusal).flatMap(({ level, instead }) => (level === 'refusal' ? (instead ?? []) : []));
  const shown = [...new Set(ways)].slice(0, MOST_WAYS);
  return shown.length > 0 && section(`Instead: ${shown.map((way) => code(typed(way, setting))).join(' or ')}`);
}

/** The Force button for admins; for others, and if the request is too long for a button, how to type it. */
function forceBlocks(refusal: Refusal, { mayForce, offer, address }: Setting): Shown {
  if (!refusal.isForceable) return undefined;
  const button =
    mayForce && offer && forceButton(refusal, { ...offer, address }, sentencesOf(refusal, 'refusal').join(' '));
  return button ? [button, context(VALID)] : context('An admin can override this with `--force`.');
}

const SIGNS = [
  ['refusal', '✗'],
  ['leftOut', '✗ left out:'],
  ['overridden', '⚠ overridden:'],
  ['warning', '⚠'],
] as const;

/** The findings that need attention, the most severe first. */
function findings(plan: Plan | Refusal): readonly string[] {
  return SIGNS.flatMap(([level, sign]) => sentencesOf(plan, level, mentionFirst).map((text) => `${sign} ${text}`));
}

function okBlock(plan: Plan | Refusal): Shown {
  const passed = sentencesOf(plan, 'ok', escapeText).map((text) => `✓ ${text}`);
  return passed.length > 0 && context(passed.join('\n'));
}
