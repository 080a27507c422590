import { type Fault, faultAnnotation, noFault, parseFault } from '../apps/fault.ts';
import type { Pod } from '../pod.ts';

/** The fault of one pod, from this process or from its annotation. */
export class PodFault {
  readonly #onChange: (isNew: boolean) => void;
  #text: string | undefined;
  #annotated = noFault;
  #injected: Fault | undefined;

  /** `onChange` is told whether a fault was set, or only taken off: `crash` acts when it is set. */
  constructor(onChange: (isNew: boolean) => void) {
    this.#onChange = onChange;
  }

  get now(): Fault {
    return this.#injected ?? this.#annotated;
  }

  /** From this process; it wins over the annotation. Undefined leaves the say to the annotation again. */
  inject(fault: Fault | undefined): void {
    this.#injected = fault;
    this.#onChange(fault !== undefined);
  }

  /** Looks at the annotation; answers with what is wrong with it when it is new and not understood. */
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
