/**
 * What `cham doctor` says of the EMV data: what is taken and how, CA public keys and their expiry, claims against
 * devices, and above all every value that nobody has verified.
 */
import type { LoadedEmvData } from '../config/emv-data.ts';
import type { Config } from '../config/schema.ts';
import { hex } from '../../core/base/bytes.ts';
import { dateOfDay, dayNumber } from '../../core/base/calendar.ts';
import type { Finding } from './doctor-journal.ts';

/** A new key has to reach every terminal before the old one ends. */
const expiryNoticeDays = 180;

/** `today` is the local date, YYYY-MM-DD. */
export function emvFindings(data: LoadedEmvData, config: Config, today: string): readonly Finding[] {
  return [
    applications(data),
    ...withoutKernel(data),
    ...caKeys(data, today),
    ...testKeys(data, config),
    capabilities(data, config),
    ...unverified(data),
  ];
}

function applications({ emv, files }: LoadedEmvData): Finding {
  const kernels = new Map<string, number>();
  for (const { contactless } of emv.applications) {
    if (contactless !== undefined) kernels.set(contactless.kernel, (kernels.get(contactless.kernel) ?? 0) + 1);
  }
  const contact = emv.applications.filter((one) => one.contact !== undefined).length;
  const byKernel = [...kernels].map(([kernel, count]) => `${kernel} ${count}`).join(', ') || 'none';
  const detail = `${emv.applications.length} AIDs; contact ${contact}; contactless ${byKernel}; from ${files.applications}`;
  return { check: 'EMV applications', status: 'ok', detail };
}

/** Kernels that this terminal does not have: such a card gets a clear outcome, and the merchant should know. */
function withoutKernel({ emv }: LoadedEmvData): readonly Finding[] {
  const named = emv.applications
    .filter(({ contactless }) => contactless?.kernel === 'none' || contactless?.kernel === 'kernel8')
    .map(({ name, aid, contactless }) => `${name} ${aid} (Kernel ID ${contactless?.kernelId})`);
  if (named.length === 0) return [];
  return [
    {
      check: 'EMV kernels',
      status: 'warning',
      detail: `no kernel for the tap of ${named.join(', ')}: the customer is asked to insert the card`,
      action: 'nothing, when the acquirer agrees; else leave the contactless settings out',
    },
  ];
}

function caKeys({ caKeys: keys }: LoadedEmvData, today: string): readonly Finding[] {
  const check = 'EMV CA keys';
  if (keys.length === 0) {
    const detail = 'none: offline data authentication fails, and every card payment goes online';
    return [{ check, status: 'warning', detail, action: 'put ca-keys.json into emv.folder' }];
  }
  const dated = keys.flatMap((key) => (key.expires === undefined ? [] : [{ ...key, expires: key.expires }]));
  const [nearest] = dated.filter(({ expires }) => expires >= today).sort((a, b) => (a.expires < b.expires ? -1 : 1));
  const soon = dateOfDay(dayNumber(today) + expiryNoticeDays);
  const list = keys.map((key) => `${nameOf(key)} ${key.bits} bits to ${key.expires ?? 'an unknown date'}`).join(', ');
  const next =
    nearest === undefined ? 'no expiry date ahead' : `nearest expiry ${nearest.expires} (${nameOf(nearest)})`;
  return [
    { check, status: 'ok', detail: `${keys.length}; ${next}; ${list}` },
    ...dated
      .filter(({ expires }) => expires < soon)
      .map((key): Finding => {
        const expired = key.expires < today;
        return {
          check: 'EMV CA key',
          status: 'warning',
          detail: expired
            ? `EXPIRED: ${nameOf(key)} on ${key.expires}; cards under it fail offline data authentication`
            : `${nameOf(key)} expires on ${key.expires}`,
          action: expired ? 'remove it from ca-keys.json' : 'ask the acquirer for the next key',
        };
      }),
  ];
}

const nameOf = ({ scheme, rid, index }: LoadedEmvData['caKeys'][number]): string => `${scheme} ${rid} ${index}`;

function testKeys({ caKeys: keys }: LoadedEmvData, { acquirer }: Config): readonly Finding[] {
  const test = keys.filter(({ use }) => use === 'test');
  if (test.length === 0 || acquirer.kind === 'training') return [];
  return [
    {
      check: 'EMV CA keys',
      status: 'warning',
      detail: `TEST KEYS: ${test.map(nameOf).join(', ')}; whoever has a test card passes offline data authentication`,
      action: 'remove them, unless this terminal stands in a laboratory',
    },
  ];
}

/** Terminal Capabilities byte 2 (Book 4 Annex A2) against what is configured. */
function capabilities({ emv }: LoadedEmvData, { devices }: Config): Finding {
  const check = 'EMV capabilities';
  const methods = hex(emv.terminalCapabilities)[1] ?? 0;
  const claimed = [
    [0x80, 'plaintext PIN'],
    [0x40, 'online PIN'],
    [0x10, 'enciphered PIN'],
    [0x20, 'signature'],
    [0x08, 'no CVM'],
  ] as const;
  const names = claimed.filter(([mask]) => (methods & mask) !== 0).map(([, name]) => name);
  const pinPad = devices.pinPad !== undefined;
  const detail = `type ${emv.terminalType}, ${names.join(', ') || 'no cardholder verification'}; PIN pad: ${pinPad ? 'yes' : 'none, so no PIN is claimed'}`;
  // What the files claim beyond the devices was withheld when they were loaded.
  const wrong = [
    ...(pinPad && (methods & 0xd0) === 0 ? ['there is a PIN pad, and no PIN is claimed'] : []),
    ...((methods & 0x20) !== 0 && devices.receiptPrinter === undefined ? ['a signature needs a receipt printer'] : []),
  ];
  if (wrong.length === 0) return { check, status: 'ok', detail };
  const action = 'make terminalCapabilities (and the qualifiers of the applications) say what the terminal has';
  return { check, status: 'warning', detail: `${wrong.join('; ')}: ${detail}`, action };
}

/** The same sentence about several applications is said once. */
function unverified({ unverified: values, caKeys: keys }: LoadedEmvData): readonly Finding[] {
  const groups = new Map<
    string,
    { readonly of: string[]; readonly keys: readonly string[]; readonly source: string }
  >();
  for (const { of, keys: names, source = 'the file does not say' } of values) {
    const id = JSON.stringify([names, source]);
    const group = groups.get(id) ?? { of: [], keys: names, source };
    group.of.push(of);
    groups.set(id, group);
  }
  const key = (which: 'key' | 'expiry', what: string): readonly Finding[] => {
    const named = keys.filter(({ verified }) => !verified[which]).map(nameOf);
    return named.length === 0 ? [] : [notVerified(`${what} of the CA keys ${named.join(', ')}`)];
  };
  const findings = [
    ...[...groups.values()].map(({ of, keys: names, source }) =>
      notVerified(`${names.join(', ')} of ${of.join(', ')}. Source: ${source}`),
    ),
    ...key('key', 'modulus and exponent'),
    ...key('expiry', 'expiry date'),
  ];
  if (findings.length === 0) return [];
  const owners = new Set(values.map(({ of }) => of)).size;
  const summary: Finding = {
    check: 'EMV UNVERIFIED',
    status: 'warning',
    detail: `VALUES OF ${owners} ENTRIES ARE NOT VERIFIED, as listed below: they are examples, no terms of an acquirer`,
    action:
      'do not take real cards with them; take them from the acquirer, write them into files in emv.folder, and mark them verified there',
  };
  return [summary, ...findings];
}

function notVerified(detail: string): Finding {
  return { check: 'EMV UNVERIFIED', status: 'warning', detail: `NOT VERIFIED: ${detail}` };
}
