import type { types } from '@slack/bolt';

interface SentMessage {
  readonly text?: string;
  readonly blocks: readonly types.KnownBlock[];
}

/** The reasons why Slack would refuse a message or deliver it incompletely. */
export function messageFaults({ text, blocks }: SentMessage): string[] {
  // Notifications and screen readers use the text of a message with blocks (chat.postMessage).
  return [...empty('top-level text', text?.trim() ?? ''), ...blockFaults(blocks)];
}

/**
 * The reasons why Slack would refuse the blocks of a message. The limits are from the Block Kit reference and
 * @slack/types.
 */
export function blockFaults(blocks: readonly types.KnownBlock[]): string[] {
  const faults: string[] = [];
  if (blocks.length > 50) faults.push(`${blocks.length} blocks, at most 50`);
  const characters = JSON.stringify(blocks.filter(({ type }) => type !== 'actions')).length;
  if (characters > 13_000) faults.push(`msg_blocks_too_long: ${characters} characters`);
  return [...faults, ...faultsOfEach(blocks)];
}

function faultsOfEach(blocks: readonly types.KnownBlock[]): string[] {
  const ids = blocks.map(({ block_id: id }) => id);
  const faults = blocks.flatMap((block, index) =>
    faultsOf(block).map((fault) => `blocks[${index}] (${block.type}): ${fault}`),
  );
  return [...duplicates('block_id', ids), ...faults];
}

/** The reasons why Slack would refuse a window or a Home tab ("Views" in the Block Kit reference). */
export function viewFaults(view: types.ModalView | types.HomeView): string[] {
  const faults = [
    ...count('blocks', view.blocks, 1, 100),
    ...tooLong('private_metadata', view.private_metadata, 3000),
    ...tooLong('callback_id', view.callback_id, 255),
    ...faultsOfEach(view.blocks as readonly types.KnownBlock[]),
  ];
  if (view.type === 'home') return faults;
  const hasInput = view.blocks.some(({ type }) => type === 'input');
  return [
    ...faults,
    ...plainFaults('title', view.title, 24),
    ...plainFaults('submit', view.submit, 24),
    ...plainFaults('close', view.close, 24),
    ...(hasInput && view.submit === undefined ? ['inputs without submit'] : []),
  ];
}

function inputFaults({ label, hint, element }: types.InputBlock): string[] {
  const texts = [...plainFaults('label', label, 2000), ...(hint === undefined ? [] : plainFaults('hint', hint, 2000))];
  if (element.type !== 'plain_text_input') return [...texts, ...elementFaults(element as types.StaticSelect)];
  const { max_length: most = 1 } = element;
  return [...texts, ...(most < 1 || most > 3000 ? [`max_length ${most}, 1 to 3000`] : [])];
}

function faultsOf(block: types.KnownBlock): string[] {
  const faults = tooLong('block_id', block.block_id, 255);
  switch (block.type) {
    case 'section':
      if (block.text === undefined && block.fields === undefined) faults.push('neither text nor fields');
      if (block.fields !== undefined) faults.push(...count('fields', block.fields, 1, 10));
      return [
        ...faults,
        ...(block.text === undefined ? [] : textFaults('text', block.text, 3000)),
        ...(block.fields ?? []).flatMap((field) => textFaults('field', field, 2000)),
        ...(block.accessory === undefined ? [] : elementFaults(block.accessory)),
      ];
    case 'header':
      return [...faults, ...plainFaults('text', block.text, 150)];
    case 'context':
      return [
        ...faults,
        ...count('elements', block.elements, 1, 10),
        ...block.elements.flatMap((element) =>
          element.type === 'image' ? ['pitlane does not use images'] : textFaults('text', element, 3000),
        ),
      ];
    case 'actions':
      return [
        ...faults,
        ...count('elements', block.elements, 1, 25),
        ...duplicates(
          'action_id',
          block.elements.map(({ action_id: id }) => id),
        ),
        ...block.elements.flatMap(elementFaults),
      ];
    case 'divider':
      return faults;
    case 'input':
      return [...faults, ...inputFaults(block)];
    default:
      return [...faults, 'pitlane does not use blocks of this type'];
  }
}

function elementFaults(element: types.ActionsBlockElement | types.SectionBlockAccessory): string[] {
  if (element.type === 'button') {
    return [
      ...tooLong('action_id', element.action_id, 255),
      ...plainFaults('button text', element.text, 75),
      ...tooLong('button value', element.value, 2000),
      // Slack would deliver a press without a value.
      ...empty('button value', element.value),
      ...(element.confirm === undefined ? [] : dialogFaults(element.confirm)),
    ];
  }
  if (element.type !== 'static_select') return [`pitlane does not use elements of type ${element.type}`];
  const options = element.options ?? [];
  return [
    ...tooLong('action_id', element.action_id, 255),
    ...(element.placeholder === undefined ? [] : plainFaults('placeholder', element.placeholder, 150)),
    ...count('options', options, 1, 100),
    ...options.flatMap((option) => [
      ...plainFaults('option text', option.text, 75),
      ...tooLong('option value', option.value, 75),
      ...empty('option value', option.value),
    ]),
    ...(element.confirm === undefined ? [] : dialogFaults(element.confirm)),
  ];
}

function dialogFaults({ title, text, confirm, deny }: types.ConfirmationDialog): string[] {
  return [
    ...plainFaults('confirm title', title, 100),
    ...textFaults('confirm text', text, 300),
    ...plainFaults('confirm button', confirm, 30),
    ...plainFaults('deny button', deny, 30),
  ];
}

type Text = types.PlainTextElement | types.MrkdwnElement;

/** Slack refuses mrkdwn in these texts. */
function plainFaults(what: string, text: Text | undefined, max: number): string[] {
  const kind = text !== undefined && text.type !== 'plain_text' ? [`${what} is ${text.type}, expected plain_text`] : [];
  return [...kind, ...textFaults(what, text, max)];
}

function textFaults(what: string, text: Text | undefined, max: number): string[] {
  const content = text?.text ?? '';
  const unpaired = content.isWellFormed() ? [] : [`${what} has an unpaired surrogate`];
  return [...tooLong(what, content, max), ...empty(what, content), ...unpaired];
}

function tooLong(what: string, text: string | undefined, max: number): string[] {
  return text !== undefined && text.length > max ? [`${what} has ${text.length} characters, at most ${max}`] : [];
}

function empty(what: string, text: string | undefined): string[] {
  return text === '' ? [`${what} is empty`] : [];
}

function count(what: string, items: readonly unknown[], min: number, max: number): string[] {
  return items.length < min || items.length > max ? [`${items.length} ${what}, ${min} to ${max}`] : [];
}

function duplicates(what: string, ids: readonly (string | undefined)[]): string[] {
  const given = ids.filter((id) => id !== undefined);
  return new Set(given).size < given.length ? [`duplicate ${what}`] : [];
}
