import { memo } from 'preact/compat';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Labels, PodEntry, PodState, ServiceEntry } from '../entries.ts';
import { useGroup, usePage } from './store.ts';

export const STATES: Readonly<Record<PodState, { readonly mark: string; readonly words: string }>> = {
  inRotation: { mark: '●', words: 'in rotation' },
  canary: { mark: '◆', words: 'canary' },
  notReady: { mark: '○', words: 'not ready' },
  disabled: { mark: '◌', words: 'disabled' },
  drained: { mark: '▼', words: 'drained' },
  terminating: { mark: '✕', words: 'terminating' },
};

const UNSCHEDULED = 'not scheduled';
const MOVE_MS = 450;

/** The Service's selector, and its pods by node: those that get traffic above, the others below. */
export function Rotation({ onOpen }: { readonly onOpen: (uid: string, name: string) => void }) {
  const service = usePage('service');
  const nodes = useGroup('nodes');
  const pods = [...useGroup('pods').values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const sorted = [...nodes.values()].sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  const columns = sorted.map(({ name, isReady }) => ({
    name,
    isReady,
    pods: pods.filter(({ node }) => node === name),
  }));
  const unscheduled = pods.filter(({ node }) => node === '');
  if (unscheduled.length > 0) columns.push({ name: UNSCHEDULED, isReady: true, pods: unscheduled });
  const board = useMoves(pods);
  return (
    <section id="rotation" aria-labelledby="rotation-title">
      <h2 id="rotation-title">Rotation</h2>
      {service && <Selector service={service} />}
      <ul class="legend" aria-label="States">
        {Object.entries(STATES).map(([state, { mark, words }]) => (
          <li key={state} class={`state-${state}`}>
            <span aria-hidden="true">{mark}</span> {words}{' '}
            <span class="count">{pods.filter((pod) => pod.state === state).length}</span>
          </li>
        ))}
      </ul>
      <div class="nodes" ref={board}>
        {columns.map(({ name, isReady, pods: mine }) => (
          <section key={name} class={isReady ? 'node' : 'node lost'} aria-label={name}>
            <h3>
              {name} {!isReady && <span class="bad">not ready</span>}
            </h3>
            <Lane title="Gets traffic" class="serving" pods={mine.filter(({ isListed }) => isListed)} onOpen={onOpen} />
            <Lane title="No traffic" pods={mine.filter(({ isListed }) => !isListed)} onOpen={onOpen} />
          </section>
        ))}
      </div>
    </section>
  );
}

function Selector({ service: { selector, change } }: { readonly service: ServiceEntry }) {
  return (
    <p class="selector" aria-live="polite">
      Service selects <LabelList labels={selector} isNew={(key) => change?.added[key] === selector[key]} />
      {change && (
        <span class="note">
          {' '}
          changed {new Date(change.at).toLocaleTimeString()}:
          {Object.entries(change.added).map(([key, value]) => (
            <ins key={key}>
              {' '}
              + {key}={value}
            </ins>
          ))}
          {Object.entries(change.removed).map(([key, value]) => (
            <del key={key}>
              {' '}
              − {key}={value}
            </del>
          ))}
        </span>
      )}
    </p>
  );
}

interface LabelListProps {
  readonly labels: Labels;
  readonly isNew?: (key: string) => boolean;
}

export function LabelList({ labels, isNew = () => false }: LabelListProps) {
  return (
    <>
      {Object.entries(labels).map(([key, value]) => (
        <code key={key} class={isNew(key) ? 'label new' : 'label'}>
          {key}={value}
        </code>
      ))}
    </>
  );
}

interface LaneProps {
  readonly title: string;
  readonly class?: string;
  readonly pods: readonly PodEntry[];
  readonly onOpen: (uid: string, name: string) => void;
}

function Lane({ title, class: name = '', pods, onOpen }: LaneProps) {
  return (
    <div class={`lane ${name}`}>
      <h4>
        {title} <span class="count">{pods.length}</span>
      </h4>
      <ul>
        {pods.map((pod) => (
          <Chip key={pod.uid} pod={pod} onOpen={onOpen} />
        ))}
      </ul>
    </div>
  );
}

const Chip = memo(
  ({ pod, onOpen }: { readonly pod: PodEntry; readonly onOpen: (uid: string, name: string) => void }) => {
    const { uid, name, state, reason, fault } = pod;
    const { mark, words } = STATES[state];
    return (
      <li>
        <button
          type="button"
          class={`chip state-${state}${fault === undefined ? '' : ' faulty'}`}
          data-uid={uid}
          aria-label={`${name}, ${words}${reason === '' ? '' : `, ${reason}`}`}
          title={fault === undefined ? name : `${name}, injected fault: ${fault}`}
          onClick={() => onOpen(uid, name)}
        >
          <span aria-hidden="true">{mark}</span> {name.slice(-5)}
        </button>
      </li>
    );
  },
);

/** Lets a chip glide to its new lane. */
function useMoves(pods: readonly PodEntry[]) {
  const board = useRef<HTMLDivElement>(null);
  const before = useRef(new Map<string, { lane: string; x: number; y: number }>());
  const places = pods.map(({ uid, node, isListed }) => `${uid} ${node} ${isListed}`).join();
  useLayoutEffect(() => {
    if (board.current === null) return;
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const lanes = new Map(pods.map(({ uid, node, isListed }) => [uid, `${node} ${isListed}`]));
    const after: typeof before.current = new Map();
    const origin = board.current.getBoundingClientRect();
    for (const chip of board.current.querySelectorAll<HTMLElement>('.chip')) {
      const uid = chip.dataset.uid ?? '';
      const { left, top } = chip.getBoundingClientRect();
      const now = { lane: lanes.get(uid) ?? '', x: left - origin.left, y: top - origin.top };
      after.set(uid, now);
      const was = before.current.get(uid);
      if (isStill || was === undefined || was.lane === now.lane) continue;
      const from = `translate(${was.x - now.x}px, ${was.y - now.y}px)`;
      chip.animate([{ transform: from, zIndex: 1 }, { transform: 'none' }], {
        duration: MOVE_MS,
        easing: 'ease-in-out',
      });
    }
    before.current = after;
  }, [places]);
  return board;
}
