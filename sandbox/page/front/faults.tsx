import { useState } from 'preact/hooks';
import type { Action, PodEntry } from '../entries.ts';
import { perform, useGroup, usePage } from './store.ts';

const POD_FAULTS = [
  ['Answer 500', 'failing=0.5'],
  ['Answer slowly', 'slow=800ms'],
  ['Crash loop', 'crash-loop'],
  ['Not ready', 'not-ready'],
] as const;

/** Performs actions, and keeps why one was refused. */
function useFault() {
  const [refused, setRefused] = useState<string>();
  const inject = async (action: Action) => setRefused((await perform(action)).refused);
  return { inject, alert: refused === undefined ? null : <p role="alert">{refused}</p> };
}

export function PodFaults({ pod: { uid, fault } }: { readonly pod: PodEntry }) {
  const { inject, alert } = useFault();
  return (
    <fieldset>
      <legend>Faults of this pod</legend>
      {POD_FAULTS.map(([words, text]) => (
        <button
          key={text}
          type="button"
          aria-pressed={fault === text}
          onClick={() => inject({ do: 'faultPod', pod: uid, fault: fault === text ? '' : text })}
        >
          {words}
        </button>
      ))}
      {alert}
    </fieldset>
  );
}

/** What can go wrong in the cluster, and around it. */
export function Faults() {
  const { inject, alert } = useFault();
  const faults = usePage('faults');
  const nodes = [...useGroup('nodes').values()];
  const pods = [...useGroup('pods').values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const [chosen, setChosen] = useState('');
  const pod = pods.find(({ uid }) => uid === chosen) ?? pods[0];
  if (faults === undefined) return null;
  const toggle = (name: 'badImage' | 'gitOps' | 'secondOnCall', words: string, what: string) => (
    <li>
      <button
        type="button"
        aria-pressed={faults[name]}
        onClick={() => inject({ do: 'fault', name, isOn: !faults[name] })}
      >
        {words}
      </button>{' '}
      <span class="note">{what}</span>
    </li>
  );
  return (
    <section id="faults" aria-labelledby="faults-title">
      <h2 id="faults-title">Faults</h2>
      <div class="groups">
        <div>
          <label>
            Pod{' '}
            <select value={pod?.uid} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
              {pods.map(({ uid, name }) => (
                <option key={uid} value={uid}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          {pod && <PodFaults pod={pod} />}
        </div>
        <fieldset>
          <legend>Lost nodes</legend>
          {nodes.map(({ name }) => {
            const isLost = faults.lostNodes.includes(name);
            return (
              <button
                key={name}
                type="button"
                aria-pressed={isLost}
                onClick={() => inject({ do: 'loseNode', node: name, isLost: !isLost })}
              >
                {name}
              </button>
            );
          })}
        </fieldset>
        <ul class="toggles">
          {toggle('badImage', 'Image that is never pulled', 'A rollout that never finishes.')}
          {toggle('gitOps', 'GitOps reverts the Service', 'Puts the selector from the repository back after 2 s.')}
          {toggle('secondOnCall', 'Second on-call', 'ada drains another pod as your next change begins.')}
        </ul>
      </div>
      {alert}
    </section>
  );
}
