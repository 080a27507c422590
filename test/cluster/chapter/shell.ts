import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { isReady, podsPath, until } from '@pitlane/embedded-cluster/kubelet/contract/playground';
import type { Pod } from '@pitlane/embedded-cluster/kubelet/pod';
import { normalise } from './normalise.ts';
import type { TrainingCluster } from './training-cluster.ts';

/** A command and its output, with placeholders for generated parts. */
export interface Run {
  command: string;
  output: string;
}

interface Done {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The namespace of a shell that is not given another. */
export const namespace = 'chapter';

const pitlane = fileURLToPath(import.meta.resolve('../../../cli/pitlane.mjs'));

const commandTimeoutMs = 60_000;

/** A terminal on one cluster, with its own directory, one kubectl and Pitlane on PATH, and a record of the commands. */
export class Shell {
  readonly cluster: TrainingCluster['name'];
  readonly api: KubeApi;
  readonly namespace: string;
  runs: Run[] = [];
  readonly #dir: string;
  readonly #env: Record<string, string>;

  private constructor(cluster: TrainingCluster, dir: string, namespace: string) {
    this.cluster = cluster.name;
    this.namespace = namespace;
    this.api = new KubeApi(cluster.kubeconfig);
    this.#dir = dir;
    // kubectl caches the server's API in HOME, and leaves refused edits in TMPDIR.
    const path = `${join(dir, 'bin')}:/usr/local/bin:/usr/bin:/bin`;
    const places = { PATH: path, HOME: dir, TMPDIR: dir, KUBECONFIG: join(dir, 'kubeconfig') };
    // Garbage collection would take a fifth of the time of so short a process.
    this.#env = { ...places, LC_ALL: 'C.UTF-8', GOGC: 'off' };
  }

  static async open(cluster: TrainingCluster, kubectl: string, inNamespace = namespace): Promise<Shell> {
    const dir = await mkdtemp(join(tmpdir(), 'pitlane-chapter-'));
    await mkdir(join(dir, 'bin'));
    await symlink(kubectl, join(dir, 'bin', 'kubectl'));
    const command = `#!/bin/sh\nexec '${process.execPath}' '${pitlane}' "$@"\n`;
    await writeFile(join(dir, 'bin', 'pitlane'), command, { mode: 0o755 });
    await cp(cluster.kubeconfig, join(dir, 'kubeconfig'));
    return new Shell(cluster, dir, inNamespace);
  }

  async close(): Promise<void> {
    this.api.close();
    await rm(this.#dir, { recursive: true });
  }

  /** Types a command that has to succeed; its output is compared between the clusters and returned. */
  async run(command: string): Promise<string> {
    const { code, stdout, stderr } = await this.#record(command);
    if (code !== 0) throw new Error(`$ ${command}\nended with code ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** Types a command that has to fail; returns its standard error. */
  async fails(command: string): Promise<string> {
    const { code, stdout, stderr } = await this.#record(command);
    if (code === 0) throw new Error(`$ ${command}\nsucceeded, but should fail\n${stdout}${stderr}`);
    return stderr;
  }

  /** Types a slow command; the returned function waits for its end, and has its output compared. */
  later(command: string): () => Promise<Done> {
    const done = this.#execute(command);
    return async () => this.#note(command, await done);
  }

  /** Types a command whose output depends on the time: it is returned, and not compared. */
  async look(command: string): Promise<string> {
    const { code, stdout, stderr } = await this.#execute(command);
    if (code !== 0) throw new Error(`$ ${command}\nended with code ${code}\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** `NAME=$(command)` */
  async set(name: string, command: string): Promise<string> {
    const value = await this.look(command);
    this.#env[name] = value;
    return value;
  }

  /** A command in another window. */
  start(command: string): Window {
    // `exec`, because the signal that ends it has to reach kubectl.
    return new Window(command, this.#spawn(`exec ${command}`));
  }

  /** Sets the editor of `kubectl edit` to a sed script, which runs only the first time that the editor opens. */
  async editor(script: string): Promise<void> {
    await this.write('script.sed', script);
    // At the head of the file kubectl gives the reason for opening the editor again.
    const program = `#!/bin/sh
sed -n '/was not valid/,/^#$/p' "$1" >> complaints
[ -e edited ] || sed -i -f script.sed "$1"
touch edited
`;
    await writeFile(join(this.#dir, 'editor'), program, { mode: 0o755 });
    await rm(join(this.#dir, 'edited'), { force: true });
    await this.write('complaints', '');
    this.#env.KUBE_EDITOR = join(this.#dir, 'editor');
  }

  /** The reasons that kubectl gave for opening the editor again. */
  complaints(): Promise<string> {
    return this.run('cat complaints');
  }

  write(file: string, text: string): Promise<void> {
    return writeFile(join(this.#dir, file), text);
  }

  read(file: string): Promise<string> {
    return readFile(join(this.#dir, file), 'utf8');
  }

  async pods(selector: string): Promise<Pod[]> {
    const { items } = await this.api.get<{ items: Pod[] }>(podsPath(this.namespace), { labelSelector: selector });
    return items;
  }

  /** Resolves once exactly so many pods match, all ready and none terminating. */
  untilReady(count: number, selector: string): Promise<Pod[]> {
    const settled = (pods: readonly Pod[]) =>
      pods.length === count && pods.every((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
    return this.untilPods(`${count} ready pods with ${selector}`, selector, settled);
  }

  async untilPods(what: string, selector: string, isRight: (pods: readonly Pod[]) => boolean): Promise<Pod[]> {
    let pods: Pod[] = [];
    const look = async () => {
      pods = await this.pods(selector);
      return pods.map(brief);
    };
    await until(what, look, () => isRight(pods));
    return pods;
  }

  /** The pods that the Service lists as ready endpoints. */
  async listed(service = 'rng'): Promise<string[]> {
    interface Slice {
      endpoints: { conditions: { ready?: boolean }; targetRef?: { name: string } }[] | null;
    }
    const path = `/apis/discovery.k8s.io/v1/namespaces/${this.namespace}/endpointslices`;
    const query = { labelSelector: `kubernetes.io/service-name=${service}` };
    const { items } = await this.api.get<{ items: Slice[] }>(path, query);
    const endpoints = items.flatMap(({ endpoints }) => endpoints ?? []);
    return endpoints.filter(({ conditions }) => conditions.ready).map(({ targetRef }) => targetRef?.name ?? '');
  }

  /** Resolves once the Service lists so many ready endpoints; returns the names of their pods. */
  untilListed(count: number, service = 'rng'): Promise<string[]> {
    const list = () => this.listed(service);
    return until(`${count} endpoints of ${service}`, list, (names) => names.length === count);
  }

  /** Waits for conditions that `kubectl wait` does not support. */
  untilObject<T>(what: string, path: string, isRight: (object: T) => boolean): Promise<T> {
    return until(what, () => this.api.get<T>(path), isRight);
  }

  async #record(command: string): Promise<Done> {
    return this.#note(command, await this.#execute(command));
  }

  #note(command: string, done: Done): Done {
    const { code, stdout, stderr } = done;
    const parts = [normalise(stdout, this.#dir), normalise(stderr, this.#dir)];
    if (code !== 0) parts.push(`(exit code ${code})`);
    this.runs.push({ command, output: parts.filter((part) => part !== '').join('\n') });
    return done;
  }

  async #execute(command: string): Promise<Done> {
    const child = this.#spawn(command);
    const timer = setTimeout(() => child.kill(), commandTimeoutMs);
    let stdout = '';
    let stderr = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr?.setEncoding('utf8').on('data', (chunk) => {
      stderr += chunk;
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject).on('close', resolve);
    });
    clearTimeout(timer);
    return { code, stdout, stderr };
  }

  #spawn(command: string): ChildProcess {
    return spawn('/bin/sh', ['-c', command], { cwd: this.#dir, env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
  }
}

function brief(pod: Pod): string {
  const { metadata, spec, status } = pod;
  const end = metadata.deletionTimestamp === undefined ? '' : ', terminating';
  const ready = isReady(pod) ? 'ready' : 'not ready';
  return `${metadata.name} on ${spec.nodeName}: ${status?.phase}, ${ready}${end}, ${JSON.stringify(metadata.labels)}`;
}

/** A command that runs until it is stopped. */
export class Window {
  output = '';
  readonly #command: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(command: string, child: ChildProcess) {
    this.#command = command;
    this.#child = child;
    const append = (chunk: string) => {
      this.output += chunk;
    };
    child.stdout?.setEncoding('utf8').on('data', append);
    child.stderr?.setEncoding('utf8').on('data', append);
    this.#ended = new Promise((resolve) => child.on('close', resolve));
  }

  get lines(): string[] {
    return this.output.split('\n').filter((line) => line !== '');
  }

  async until(what: string, isRight: (lines: readonly string[]) => boolean): Promise<readonly string[]> {
    return until(`${what} in the output of ${this.#command}`, () => this.lines, isRight);
  }

  ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Ctrl-C. */
  async stop(): Promise<void> {
    this.#child.kill('SIGINT');
    await this.#ended;
  }
}
