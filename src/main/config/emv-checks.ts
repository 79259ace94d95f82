/**
 * What single values of the EMV data cannot say: values that only make sense together, within a file and between files.
 * Each check gives the path to the key and what is expected there.
 */
import { hex } from '../../core/base/bytes.ts';
import type { RevokedCertificate } from '../../core/emv/configuration.ts';
import { caKeyChecksum } from '../../core/emv/oda/ca-keys.ts';
import { defaultKernels } from '../../core/emv/contactless/combinations.ts';
import { parseDol } from '../../core/tlv/dol.ts';
import type { ApplicationEntry, CaKeyEntry, Origins, TerminalEntry } from './emv-schema.ts';

/** Path below the file's root, and what should be there. */
export type Wrong = readonly [path: readonly (string | number)[], expected: string];

/** Kernels of that ID that this terminal has; others are configured as `none`. */
const kernelOfId: Readonly<Record<string, string>> = { '02': 'kernel2', '03': 'kernel3', '08': 'kernel8' };

const bit = (bytes: string, byte: number, mask: number): boolean => ((hex(bytes)[byte - 1] ?? 0) & mask) !== 0;

export function checkTerminal(terminal: TerminalEntry): Wrong[] {
  return checkOrigins(terminal, []);
}

/** `terminal` is undefined when that file is wrong itself: then nothing is compared with it. */
export function checkApplications(
  applications: readonly ApplicationEntry[],
  terminal: TerminalEntry | undefined,
): Wrong[] {
  return applications.flatMap((application, index) => {
    const path = ['applications', index];
    const first = applications.findIndex(({ aid }) => aid === application.aid);
    const wrong: Wrong[] = [...checkOrigins(application, path)];
    if (first !== index) wrong.push([[...path, 'aid'], `each AID once; applications.${first} has it too`]);
    if (application.contact === undefined && application.contactless === undefined) {
      wrong.push([[...path, 'contact'], 'contact or contactless settings, or both']);
    }
    return [
      ...wrong,
      ...checkContact(application, [...path, 'contact']),
      ...checkContactless(application, [...path, 'contactless']),
      ...(terminal === undefined ? [] : checkClaims(application, terminal, [...path, 'contactless'])),
    ];
  });
}

type Path = readonly (string | number)[];

function checkContact({ contact }: ApplicationEntry, path: Path): Wrong[] {
  if (contact === undefined) return [];
  const wrong: Wrong[] = [];
  const { randomSelection, floorLimit, defaultDdol, defaultTdol } = contact;
  // Book 3 §10.6.2: the threshold is zero or below the floor limit.
  if (randomSelection.threshold > 0 && randomSelection.threshold >= floorLimit) {
    wrong.push([[...path, 'randomSelection', 'threshold'], `0, or less than contact.floorLimit (${floorLimit})`]);
  }
  if (defaultDdol !== undefined) {
    const ddol = parseDol(hex(defaultDdol));
    // Book 2 §6.5.1: a DDOL without the Unpredictable Number makes dynamic authentication fail.
    if (!ddol.ok || !ddol.value.some(({ tag, length }) => tag === '9F37' && length === 4)) {
      wrong.push([[...path, 'defaultDdol'], 'tags and lengths, with 9F3704 (Unpredictable Number) among them']);
    }
  }
  if (defaultTdol !== undefined && !parseDol(hex(defaultTdol)).ok) {
    wrong.push([[...path, 'defaultTdol'], 'tags and lengths']);
  }
  return wrong;
}

function checkContactless({ aid, contactless }: ApplicationEntry, path: Path): Wrong[] {
  if (contactless === undefined) return [];
  const wrong: Wrong[] = [];
  const { kernelId, kernel, kernel2, transactionLimit, onDeviceTransactionLimit } = contactless;
  const assigned = defaultKernels[aid.slice(0, 10)];
  if (assigned !== undefined && kernelId !== assigned && kernelId !== '08') {
    wrong.push([[...path, 'kernelId'], `"${assigned}" for this RID (Book B), or "08"`]);
  }
  const fitting = kernelOfId[kernelId];
  if (fitting !== undefined && kernel !== fitting && kernel !== 'none') {
    wrong.push([[...path, 'kernel'], `"${fitting}" or "none" with kernelId "${kernelId}"`]);
  }
  const wants = kernel === 'kernel2' || kernel === 'pure';
  if (wants !== (kernel2 !== undefined)) {
    wrong.push([
      [...path, 'kernel2'],
      wants ? `settings, since kernel is "${kernel}"` : 'nothing: no such kernel here',
    ]);
  }
  if (kernel2 !== undefined && (hex(kernel2.kernelConfiguration)[0] ?? 0) >= 0xc0) {
    // DF811B bits 8 and 7 (Book C-2 Annex A): neither magnetic-stripe mode nor EMV mode.
    wrong.push([[...path, 'kernel2', 'kernelConfiguration'], 'bit 7 zero (EMV mode), or bit 8 zero (mag-stripe mode)']);
  }
  if (transactionLimit !== undefined) {
    for (const key of ['cvmRequiredLimit', 'floorLimit'] as const) {
      if (contactless[key] > transactionLimit) {
        wrong.push([[...path, key], `at most transactionLimit (${transactionLimit}): larger amounts are not taken`]);
      }
    }
    if (onDeviceTransactionLimit !== undefined && onDeviceTransactionLimit < transactionLimit) {
      wrong.push([[...path, 'onDeviceTransactionLimit'], `at least transactionLimit (${transactionLimit})`]);
    }
  }
  return wrong;
}

/** TTQ (Book A §5.7) and C-2's capabilities against Terminal Capabilities (Book 4 Annex A2): nothing is claimed twice. */
function checkClaims({ contactless }: ApplicationEntry, { terminalCapabilities }: TerminalEntry, path: Path): Wrong[] {
  if (contactless === undefined) return [];
  const { terminalTransactionQualifiers: ttq, kernel, kernel2 } = contactless;
  const wrong: Wrong[] = [];
  const claim = (claimed: boolean, key: Path, expected: string): void => {
    if (claimed) wrong.push([[...path, ...key], expected]);
  };
  const onlinePin = bit(terminalCapabilities, 2, 0x40);
  const signature = bit(terminalCapabilities, 2, 0x20);
  const offlinePin = bit(terminalCapabilities, 2, 0x90);
  const without = 'since terminalCapabilities does not have it';
  const key = ['terminalTransactionQualifiers'];
  claim(bit(ttq, 1, 0x04) && !onlinePin, key, `byte 1 bit 3 zero (online PIN), ${without}`);
  claim(bit(ttq, 1, 0x02) && !signature, key, `byte 1 bit 2 zero (signature), ${without}`);
  claim(bit(ttq, 2, 0x20) && !offlinePin, key, `byte 2 bit 6 zero (offline PIN on contact), ${without}`);
  claim(bit(ttq, 2, 0xc0), key, 'byte 2 bits 8 and 7 zero: they are set for each transaction (Book B §3.1)');
  claim(kernel === 'kernel3' && bit(ttq, 1, 0x80), key, 'byte 1 bit 8 zero: kernel 3 has no magnetic-stripe mode here');
  claim(kernel === 'kernel3' && !bit(ttq, 1, 0x20), key, 'byte 1 bit 6 one (EMV mode)');
  for (const name of ['cvmCapabilityRequired', 'cvmCapabilityNotRequired'] as const) {
    const cvm = kernel2?.[name] ?? '00';
    claim(bit(cvm, 1, 0x40) && !onlinePin, ['kernel2', name], `bit 7 zero (online PIN), ${without}`);
    claim(bit(cvm, 1, 0x20) && !signature, ['kernel2', name], `bit 6 zero (signature), ${without}`);
  }
  return wrong;
}

export function checkCaKeys(keys: readonly CaKeyEntry[]): Wrong[] {
  return keys.flatMap((key, index) => {
    const wrong: Wrong[] = [];
    const first = keys.findIndex(({ rid, index: other }) => rid === key.rid && other === key.index);
    if (first !== index) wrong.push([['keys', index, 'index'], `each RID and index once; keys.${first} has it too`]);
    const sum = caKeyChecksum(key);
    if (sum !== key.sha1) {
      wrong.push([['keys', index, 'sha1'], `${sum}, the checksum of RID, index, modulus and exponent as given`]);
    }
    return wrong;
  });
}

export function checkRevoked(certificates: readonly RevokedCertificate[]): Wrong[] {
  return certificates.flatMap((one, at): Wrong[] => {
    const first = certificates.findIndex(
      ({ rid, index, serial }) => rid === one.rid && index === one.index && serial === one.serial,
    );
    return first === at ? [] : [[['certificates', at], `each certificate once; certificates.${first} is the same`]];
  });
}

function checkOrigins(owner: { readonly origins: Origins }, path: Path): Wrong[] {
  const known = new Set(keysOf(owner));
  return owner.origins.flatMap(({ keys }, index) =>
    keys.flatMap((key, at): Wrong[] =>
      known.has(key) ? [] : [[[...path, 'origins', index, 'keys', at], 'the dotted path of a key that is there']],
    ),
  );
}

/** Dotted paths of all keys of an object, those of objects inside it too; without its `origins` and `about`. */
function keysOf(owner: object, prefix = ''): string[] {
  return Object.entries(owner).flatMap(([name, value]: [string, unknown]) => {
    if (prefix === '' && (name === 'origins' || name === 'about')) return [];
    const key = prefix + name;
    return typeof value === 'object' && value !== null ? [key, ...keysOf(value, `${key}.`)] : [key];
  });
}

/** What nobody has confirmed: the keys of values without a verified origin, grouped by the source that is given. */
export interface Unverified {
  readonly keys: readonly string[];
  /** Undefined: the file does not say where they come from. */
  readonly source?: string;
}

export function unverifiedOf(owner: { readonly origins: Origins }): readonly Unverified[] {
  const named = owner.origins.flatMap((origin) => origin.keys.map((key) => ({ key, origin })));
  const all = keysOf(owner);
  const leaves = all.filter((key) => !all.some((other) => other.startsWith(`${key}.`)));
  const groups = new Map<Origins[number] | undefined, Set<string>>();
  for (const leaf of leaves) {
    const [best] = named
      .filter(({ key }) => key === leaf || leaf.startsWith(`${key}.`))
      .sort((a, b) => b.key.length - a.key.length);
    if (best?.origin.verified === true) continue;
    const group = groups.get(best?.origin) ?? new Set();
    groups.set(best?.origin, group.add(best?.key ?? leaf));
  }
  return [...groups].map(([origin, keys]) => ({
    keys: [...keys],
    ...(origin === undefined ? {} : { source: origin.source }),
  }));
}
