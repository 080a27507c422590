import { isNotSecret, type Span } from './named-values.ts';
import { isSecretName } from './secret-names.ts';

/** Which part of an argument is secret: all of it, or what follows `name:` (where it may not be a number, or may), `name%`, `name,` or `name=`. */
type Part = 'all' | 'afterColon' | 'afterUser' | 'afterPercent' | 'afterComma' | 'afterEquals';

/** Options of programs. The words of a list are separated by spaces. */
interface Options {
  readonly names: string;
  /** The flags of each part. */
  readonly flags?: Readonly<Partial<Record<Part, string>>>;
  /** The value may follow the flag without a space: `-psecret`. `only`: it must. */
  readonly attached?: 'also' | 'only';
  /** The flags have this meaning after this word only. */
  readonly after?: string;
  /** Words after which an argument is secret, by how many others come before it. */
  readonly positional?: Readonly<Record<number, string>>;
}

/** Options whose names do not say that they hold a secret. */
const OPTIONS: readonly Options[] = [
  {
    names:
      'mysql mysqldump mysqladmin mysqlcheck mysqlimport mysqlshow mysqlslap mysqlpump mysqlbinlog mysqlsh mysqltest mysqld mysqld_safe mysqld_multi mysql_upgrade mysql_secure_installation mariadbd mariadb mariadb-dump mariadb-admin mariadb-check mariadb-import mydumper myloader xtrabackup mariabackup innobackupex',
    flags: { all: '-p' },
    attached: 'only',
  },
  { names: '7z 7za 7zr 7zz rar unrar', flags: { all: '-p' }, attached: 'only' },
  {
    names:
      'sshpass rdesktop mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop cqlsh rabbitmqadmin influx arangosh clickhouse-client',
    flags: { all: '-p' },
    attached: 'also',
  },
  {
    names: 'docker podman nerdctl helm buildah skopeo oras crane regctl oc az cf ibmcloud argocd nuget',
    flags: { all: '-p' },
    attached: 'also',
    after: 'login',
  },
  { names: 'redis-cli redis-benchmark valkey-cli valkey-benchmark keydb-cli', flags: { all: '-a --pass' } },
  {
    names: 'ldapsearch ldapadd ldapmodify ldapdelete ldappasswd ldapwhoami ldapcompare ldapmodrdn ldapexop',
    flags: { all: '-w -s' },
    attached: 'also',
  },
  { names: 'sqlcmd bcp isql tsql osql zip unzip ipmitool kinit-pass', flags: { all: '-P' }, attached: 'also' },
  { names: 'smbclient rpcclient smbget net mount.cifs', flags: { afterPercent: '-U --user' } },
  { names: 'openssl', flags: { all: '-passin -passout -pass -k -K -hmac' } },
  { names: 'snmpget snmpwalk snmpset snmpgetnext snmpbulkwalk snmptrap', flags: { all: '-A -X -c' } },
  { names: 'plink pscp psftp putty', flags: { all: '-pw' } },
  { names: 'lftp ftp ncftp ncftpput', flags: { afterComma: '-u', all: '-p' } },
  {
    names: 'curl wget',
    flags: { afterUser: '-u --user -U --proxy-user', afterEquals: '-b --cookie', all: '--oauth2-bearer --pass' },
    attached: 'also',
  },
  { names: 'vault bao', positional: { 0: 'login unseal' } },
  { names: 'rabbitmqctl', positional: { 1: 'add_user change_password authenticate_user' } },
  { names: 'htpasswd', positional: { 2: '-b -bc -cb -bB -Bb -Bbc', 1: '-nb -nbB -bn -Bbn -nbm' } },
  { names: 'kubectl oc', flags: { afterEquals: '--from-literal' }, attached: 'also' },
];

interface Program extends Pick<Options, 'attached' | 'after'> {
  readonly flags: ReadonlyMap<string, Part>;
  readonly positional: ReadonlyMap<string, string>;
}

const PROGRAMS: ReadonlyMap<string, Program> = new Map(
  OPTIONS.flatMap(({ names, flags = {}, positional = {}, ...rest }) => {
    const program = { ...rest, flags: byWord(flags) as Program['flags'], positional: byWord(positional) };
    return names.split(' ').map((name) => [name, program] as const);
  }),
);

/** The key of each word. */
function byWord(lists: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(lists).flatMap(([key, words]) => words.split(' ').map((word) => [word, key] as const)));
}

/** Where a user and a password are given to any program: `-u ada:secret`. */
const LOGIN_FLAGS =
  /^(?:-[uaAU]|-[A-Za-z]{1,8}u|--(?:proxy-?)?user(?:name)?|--auth|--login|--creds?|--basic-auth|--proxy-auth)$/;
/** Here they are a user and a group, or a port. */
const NO_LOGINS = /^(?:docker|podman|nerdctl|kubectl|chown|install|su|sudo|runuser|setpriv|gosu|su-exec|rsync|tar)$/;
/** The name of a setting comes next, then its value. */
const SETTERS = /^(?:set|setx|setenv|export|ENV|ARG|-x|-gx|-Ux|-xg)$/;

/** What the words so far say about the next one. */
export interface Words {
  readonly program?: Program;
  readonly programName?: string;
  readonly isAfter?: boolean;
  /** The part of the next word that is secret, whatever that word is. */
  readonly expected?: Part;
  /** That many other words come first. */
  readonly skip?: number;
  readonly last?: string;
}

/** The next word of a command line: where it is secret, and what it says about the one after it. */
export function nextWord(words: Words, word: string): { readonly secret?: Span; readonly words: Words } {
  const { program, expected, skip = 0, last = '' } = words;
  const isFlag = /^-{1,2}[A-Za-z]/.test(word);
  if (expected !== undefined && skip > 0 && !isFlag) return { words: { ...words, skip: skip - 1, last: word } };
  if (expected !== undefined && !isFlag && skip === 0) {
    const { expected: _, ...after } = words;
    return { secret: partOf(word, expected, 0), words: { ...after, last: word } };
  }
  const { expected: _, skip: __, ...rest } = words;
  const next: Words = {
    ...(skip > 0 && isFlag ? words : rest),
    last: word,
    isAfter: words.isAfter || word === program?.after,
  };
  if (/^[|;&]+$/.test(word)) return { words: {} };
  const before = program?.positional.get(word);
  if (before !== undefined) return { words: { ...next, expected: 'all', skip: Number(before) } };
  if (isFlag) return flag(next, word);
  const name = word.slice(word.lastIndexOf('/') + 1);
  const started = PROGRAMS.get(name);
  if (started !== undefined) return { words: { program: started, programName: name, last: word } };
  if (NO_LOGINS.test(name)) return { words: { programName: name, last: word } };
  if (SETTERS.test(last) && /^[\w.:/@-]+$/.test(word) && isSecretName(word))
    return { words: { ...next, expected: 'all' } };
  return { words: next };
}

function flag(words: Words, word: string): { readonly secret?: Span; readonly words: Words } {
  const { program, programName = '', isAfter = false } = words;
  const isActive = program !== undefined && (program.after === undefined || isAfter);
  const flags: Program['flags'] = isActive ? program.flags : new Map();
  const [name = word] = word.split('=', 1);
  const own = flags.get(name);
  const part = own ?? (LOGIN_FLAGS.test(name) && !NO_LOGINS.test(programName) ? 'afterColon' : undefined);
  if (part !== undefined && name !== word) return { secret: partOf(word, part, name.length + 1), words };
  if (part !== undefined && !(own !== undefined && program?.attached === 'only'))
    return { words: { ...words, expected: part } };
  const isWord = /^-(?:pass|passwd|password|passphrase|token|secret)$/.test(word) && program?.attached !== 'only';
  if (isActive && program.attached !== undefined && !isWord) {
    const attached = word.length > 2 ? flags.get(word.slice(0, 2)) : undefined;
    if (attached !== undefined) return { secret: partOf(word, attached, 2), words };
  }
  const isSecret = name === word && isSecretName(word) && !/^-{1,2}(?:no|skip|without|ask|prompt|use)-/.test(word);
  return { words: isSecret ? { ...words, expected: 'all' } : words };
}

const PART: Readonly<Record<Exclude<Part, 'all'>, RegExp>> = {
  afterColon: /^[^\s:/@]*:(?!\d+$|\/\/)/,
  afterUser: /^[^\s:/]*:/,
  afterPercent: /^[^%]*%/,
  afterComma: /^[^,]*,/,
  afterEquals: /^[^=]*=/,
};

function partOf(word: string, part: Part, from: number): Span | undefined {
  const value = word.slice(from);
  const start = part === 'all' ? from : from + (PART[part].exec(value)?.[0].length ?? value.length);
  return start < word.length && !isNotSecret(word.slice(start)) ? { start, end: word.length } : undefined;
}
