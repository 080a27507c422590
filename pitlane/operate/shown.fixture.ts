import { render } from '../../cli/render.ts';
import type { RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { outcomeView } from '../chat/views/views.ts';
import type { Outcome } from './outcome.ts';

const STYLE = {
  prefix: 'pitlane rng',
  paint: (_: string, text: string) => text,
  isChange: true,
  isWide: false,
  isTerminal: false,
};

/** What people see in a terminal and in Slack, without names and times that change from run to run. */
export function shown(rng: RngOnEmbedded, outcome: Outcome): string {
  const names = rng.cluster.api.list('pods', rng.namespace).map(({ metadata }) => metadata.name);
  const stable = (text: string) =>
    names
      .reduce((all, name, index) => all.replaceAll(name, `rng-pod-${index}`), text)
      .replaceAll(rng.namespace, 'NAMESPACE')
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, 'TIME')
      .replaceAll(/\((after )?[\d.]+ m?s\)/g, '(TIME)')
      .replaceAll(/\b[0-9a-f]{10}\b/g, 'ID');
  const { blocks } = outcomeView(outcome, {
    address: '/rng',
    mayForce: true,
    offer: { askedBy: 'U042', at: 0, id: 'op' } as never,
  } as never);
  const texts = blocks.flatMap((block) => {
    if (block.type === 'section') return block.text?.text ?? [];
    if (block.type === 'context') return block.elements.flatMap((each) => ('text' in each ? `(${each.text})` : []));
    return block.type === 'actions' ? '[buttons]' : [];
  });
  return `${stable(render(outcome, { ...STYLE, now: Date.now() } as never))}\n---- Slack\n${stable(texts.join('\n'))}\n`;
}
