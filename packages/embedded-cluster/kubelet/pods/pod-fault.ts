import { type Fault, faultAnnotation, noFault, parseFault } from '../apps/fault.ts';
import type { Pod } from '../pod.ts';

/** The fault of one pod, injected or from its annotation. */
export class PodFault {
  readonly #onChange: (isNew: boolean) => void;
  #text: string | undefined;
  #annotated = noFault;
  #injected: Fault | undefined;

  /** `onChange` gets true when a fault is set and false when it is removed: `crash` acts when it is set. */
  constructor(onChange: (isNew: boolean) => void) {
    this.#onChange = onChange;
  }

  get now(): Fault {
    return this.#injected ?? this.#annotated;
  }

  /** Sets a fault that overrides the annotation; undefined removes it. */
  inject(fault: Fault | undefined): void {
    this.#injected = fault;
    this.#onChange(fault !== undefined);
  }

  /** Reads the annotation; returns the problem of a new, unknown value. */
  read(pod: Pod): string | undefined {
    const text = pod.metadata.annotations?.[faultAnnotation];
    if (text === this.#text) return undefined;
    this.#text = text;
    const parsed = parseFault(text ?? '');
    this.#annotated = 'fault' in parsed ? parsed.fault : noFault;
    if (this.#injected === undefined) this.#onChange(text !== undefined);
    return 'problem' in parsed ? `annotation ${faultAnnotation} ignored: ${parsed.problem}` : undefined;
  }
}
