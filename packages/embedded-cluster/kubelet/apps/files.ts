import { posix } from 'node:path';

interface Entry {
  /** Undefined: a directory. */
  data: Buffer | undefined;
  mode: number;
  /** Milliseconds since the epoch. */
  changedAt: number;
}

/** The files of one container, in memory. Paths are absolute and have no `.` or `..`. */
export class Files extends Map<string, Entry> {
  constructor(files: Readonly<Record<string, string>>, now: number) {
    super();
    for (const path of ['/', '/tmp', '/root']) this.makeDirectory(path, now);
    for (const [path, text] of Object.entries(files)) this.write(path, Buffer.from(text), now);
  }

  isDirectory(path: string): boolean {
    return this.has(path) && this.get(path)?.data === undefined;
  }

  write(path: string, data: Buffer, changedAt: number, mode = 0o644): void {
    this.makeDirectory(posix.dirname(path), changedAt);
    this.set(path, { data, mode, changedAt });
  }

  makeDirectory(path: string, changedAt: number): void {
    if (this.has(path)) return;
    if (path !== '/') this.makeDirectory(posix.dirname(path), changedAt);
    this.set(path, { data: undefined, mode: 0o755, changedAt });
  }

  remove(path: string): void {
    for (const each of this.below(path)) this.delete(each);
  }

  /** The names in a directory, in order. */
  list(path: string): string[] {
    const inside = [...this.keys()].filter((each) => each !== '/' && posix.dirname(each) === path);
    return inside.map((each) => posix.basename(each)).sort();
  }

  /** The path and all that is below it, parents first. */
  below(path: string): string[] {
    const prefix = path === '/' ? '/' : `${path}/`;
    return [...this.keys()].filter((each) => each === path || each.startsWith(prefix)).sort();
  }
}
