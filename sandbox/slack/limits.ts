import type { types } from '@slack/bolt';

/** What Slack would refuse a message for; empty: nothing. Limits from the Block Kit reference, as @slack/types has them. */
export function blockFaults(blocks: readonly types.KnownBlock[]): string[] {
  const faults: string[] = [];
  if (blocks.length > 50) faults.push(`${blocks.length} blocks, at most 50`);
  const ids = blocks.flatMap((block) => (block.block_id === undefined ? [] : [block.block_id]));
  if (new Set(ids).size < ids.length) faults.push('a block_id stands twice');
  const characters = JSON.stringify(blocks.filter(({ type }) => type !== 'actions')).length;
  if (characters > 13_000) faults.push(`msg_blocks_too_long: ${characters} characters`);
  blocks.forEach((block, index) => {
    faults.push(...faultsOf(block).map((fault) => `blocks[${index}] (${block.type}): ${fault}`));
  });
  return faults;
}

function faultsOf(block: types.KnownBlock): string[] {
  const faults = tooLong('block_id', block.block_id, 255);
  switch (block.type) {
    case 'section':
      return [...faults, ...tooLong('text', block.text?.text, 3000), ...empty('text', block.text?.text)];
    case 'context':
      if (block.elements.length > 10) faults.push(`${block.elements.length} elements, at most 10`);
      return [
        ...faults,
        ...block.elements.flatMap((element) =>
          'text' in element ? [...tooLong('text', element.text, 3000), ...empty('text', element.text)] : [],
        ),
      ];
    case 'actions':
      if (block.elements.length > 25) faults.push(`${block.elements.length} elements, at most 25`);
      return [...faults, ...block.elements.flatMap(elementFaults)];
    default:
      return [...faults, 'pitlane does not use blocks of this type'];
  }
}

function elementFaults(element: types.ActionsBlockElement): string[] {
  const faults = tooLong('action_id', element.action_id, 255);
  if (element.type === 'button') {
    return [
      ...faults,
      ...tooLong('button text', element.text.text, 75),
      ...tooLong('button value', element.value, 2000),
    ];
  }
  if (element.type !== 'static_select') return [...faults, `pitlane does not use elements of type ${element.type}`];
  const options = element.options ?? [];
  if (options.length < 1 || options.length > 100) faults.push(`${options.length} options, 1 to 100`);
  return [
    ...faults,
    ...tooLong('placeholder', element.placeholder?.text, 150),
    ...options.flatMap((option) => [
      ...tooLong('option text', option.text.text, 75),
      ...tooLong('option value', option.value, 75),
      ...empty('option text', option.text.text),
    ]),
  ];
}

function tooLong(what: string, text: string | undefined, most: number): string[] {
  return text !== undefined && text.length > most ? [`${what} has ${text.length} characters, at most ${most}`] : [];
}

function empty(what: string, text: string | undefined): string[] {
  return text === '' ? [`${what} is empty`] : [];
}
