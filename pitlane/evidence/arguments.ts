import { isNotSecret, type Span } from './named-values.ts';
import { isSecretName } from './secret-names.ts';

/** Which part of an argument is secret: all of it, or what follows `name:` (where it may not be a number, or may), `name%`, `name,` or `name=`. */
type Part = 'all' | 'afterColon' | 'afterUser' | 'afterPercent' | 'afterComma' | 'afterEquals';

interface Program {
  readonly names: string;
  readonly flags: Readonly<Record<string, Part>>;
  /** The value may follow the flag without a space: `-psecret`. `only`: it must. */
  readonly attached?: 'also' | 'only';
  /** The flags have this meaning after this word only. */
  readonly after?: string;
  /** A word after which an argument is secret, and how many others come before it. */
  readonly positional?: Readonly<Record<string, number>>;
}

/** Options whose names do not say that they hold a secret. */
const PROGRAMS: readonly Program[] = [
  {
    names:
      'mysql mysqldump mysqladmin mysqlcheck mysqlimport mysqlshow mysqlslap mysqlpump mysqlbinlog mysqlsh mysqltest mysqld mysqld_safe mysqld_multi mysql_upgrade mysql_secure_installation mariadbd mariadb mariadb-dump mariadb-admin mariadb-check mariadb-import mydumper myloader xtrabackup mariabackup innobackupex',
    flags: { '-p': 'all' },
    attached: 'only',
  },
  { names: '7z 7za 7zr 7zz rar unrar', flags: { '-p': 'all' }, attached: 'only' },
  { names: 'sshpass rdesktop', flags: { '-p': 'all' }, attached: 'also' },
  {
    names:
      'mongo mongosh mongodump mongorestore mongoexport mongoimport mongostat mongotop cqlsh rabbitmqadmin influx arangosh clickhouse-client',
    flags: { '-p': 'all' },
    attached: 'also',
  },
  {
    names: 'docker podman nerdctl helm buildah skopeo oras crane regctl oc az cf ibmcloud argocd nuget',
    flags: { '-p': 'all' },
    attached: 'also',
    after: 'login',
  },
  { names: 'redis-cli redis-benchmark valkey-cli valkey-benchmark keydb-cli', flags: { '-a': 'all', '--pass': 'all' } },
  {
    names: 'ldapsearch ldapadd ldapmodify ldapdelete ldappasswd ldapwhoami ldapcompare ldapmodrdn ldapexop',
    flags: { '-w': 'all', '-s': 'all' },
    attached: 'also',
  },
  { names: 'sqlcmd bcp isql tsql osql zip unzip ipmitool kinit-pass', flags: { '-P': 'all' }, attached: 'also' },
  { names: 'smbclient rpcclient smbget net mount.cifs', flags: { '-U': 'afterPercent', '--user': 'afterPercent' } },
  {
    names: 'openssl',
    flags: { '-passin': 'all', '-passout': 'all', '-pass': 'all', '-k': 'all', '-K': 'all', '-hmac': 'all' },
  },
  {
    names: 'snmpget snmpwalk snmpset snmpgetnext snmpbulkwalk snmptrap',
    flags: { '-A': 'all', '-X': 'all', '-c': 'all' },
  },
  { names: 'plink pscp psftp putty', flags: { '-pw': 'all' } },
  { names: 'lftp ftp ncftp ncftpput', flags: { '-u': 'afterComma', '-p': 'all' } },
  {
    names: 'curl wget',
    flags: {
      '-u': 'afterUser',
      '--user': 'afterUser',
      '-U': 'afterUser',
      '--proxy-user': 'afterUser',
      '-b': 'afterEquals',
      '--cookie': 'afterEquals',
      '--oauth2-bearer': 'all',
      '--pass': 'all',
    },
    attached: 'also',
  },
  { names: 'vault bao', flags: {}, positional: { login: 0, unseal: 0 } },
  { names: 'rabbitmqctl', flags: {}, positional: { add_user: 1, change_password: 1, authenticate_user: 1 } },
  {
    names: 'htpasswd',
    flags: {},
    positional: {
      '-b': 2,
      '-bc': 2,
      '-cb': 2,
      '-bB': 2,
      '-Bb': 2,
      '-Bbc': 2,
      '-nb': 1,
      '-nbB': 1,
      '-bn': 1,
      '-Bbn': 1,
      '-nbm': 1,
    },
  },
  { names: 'kubectl oc', flags: { '--from-literal': 'afterEquals' }, attached: 'also' },
];

const PROGRAM_OF = new Map(
  PROGRAMS.flatMap((program) => program.names.split(' ').map((name) => [name, program] as const)),
);

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
  const positional =
    program?.positional && Object.hasOwn(program.positional, word) ? program.positional[word] : undefined;
  if (positional !== undefined) return { words: { ...next, expected: 'all', skip: positional } };
  if (isFlag) return flag(next, word);
  const name = word.slice(word.lastIndexOf('/') + 1);
  const started = PROGRAM_OF.get(name);
  if (started !== undefined) return { words: { program: started, programName: name, last: word } };
  if (NO_LOGINS.test(name)) return { words: { programName: name, last: word } };
  if (SETTERS.test(last) && /^[\w.:/@-]+$/.test(word) && isSecretName(word))
    return { words: { ...next, expected: 'all' } };
  return { words: next };
}

function flag(words: Words, word: string): { readonly secret?: Span; readonly words: Words } {
  const { program, programName = '', isAfter = false } = words;
  const isActive = program !== undefined && (program.after === undefined || isAfter);
  const flags = isActive ? program.flags : {};
  const [name = word] = word.split('=', 1);
  const own = Object.hasOwn(flags, name) ? flags[name] : undefined;
  const part = own ?? (LOGIN_FLAGS.test(name) && !NO_LOGINS.test(programName) ? 'afterColon' : undefined);
  if (part !== undefined && name !== word) return { secret: partOf(word, part, name.length + 1), words };
  if (part !== undefined && !(own !== undefined && program?.attached === 'only'))
    return { words: { ...words, expected: part } };
  const isWord = /^-(?:pass|passwd|password|passphrase|token|secret)$/.test(word) && program?.attached !== 'only';
  if (isActive && program.attached !== undefined && !isWord) {
    const start = Object.keys(flags).find((each) => each.length === 2 && word.length > 2 && word.startsWith(each));
    if (start !== undefined && !word.startsWith('--')) return { secret: partOf(word, flags[start] ?? 'all', 2), words };
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
