/**
 * Plays recorded contactless sessions again. Most were recorded by a tool that reads cards and is no terminal: it asks for
 * production data, counters and logs, and goes on where a kernel has to end. Its own commands are passed over; every
 * command of ours has to be the recorded one for as long as the recording goes, and the end has to be the one of the Books.
 */
import { hex, toHex } from '../../../src/core/base/bytes.ts';
import { selectCommand } from '../../../src/core/emv/apdu.ts';
import { CardChannel } from '../../../src/core/emv/card-channel.ts';
import type { ContactlessSettings, Kernel2Settings } from '../../../src/core/emv/configuration.ts';
import { contactlessSale } from '../../../src/core/emv/contactless/entry-point.ts';
import type { KernelResult } from '../../../src/core/emv/kernel-result.ts';
import type { SaleInput } from '../../../src/core/emv/terminal-data.ts';
import { contactlessApplication, saleInputWith, terminalForTests } from '../../../src/core/emv/test-kit.ts';
import type { VectorVerdict } from '../category.ts';

interface Exchange {
  /** Null: whatever command came. */
  readonly c: string | null;
  readonly r: string;
}

interface Session {
  readonly id: string;
  readonly exchanges: readonly Exchange[];
}

const visa = 'A0000000031010';
const mastercard = 'A0000000041010';
/** Cartes Bancaires, on the chip beside Visa or Mastercard and with the kernel of either. */
const bancaires = 'A0000000421010';

interface Expected {
  /** Kernel for Cartes Bancaires. */
  readonly kernel: 'kernel2' | 'kernel3';
  /** Commands of ours that the recording answers. */
  readonly answered: number;
  readonly outcome: string;
  /** Book and section. */
  readonly because: string;
}

const noSupport = 'endApplication noSupportedApplication';
const dataError = 'endApplication cardDataError';

const expectations: Readonly<Record<string, Expected>> = {
  'paycard-FailErrorCard': {
    kernel: 'kernel3',
    answered: 4,
    outcome: noSupport,
    because: '6985 to GET PROCESSING OPTIONS is Select Next (C-3 §5.2.2), and the other application is not selected',
  },
  'paycard-MasterCardPpse': {
    kernel: 'kernel2',
    answered: 4,
    outcome: dataError,
    because: 'the record is no template 70 (Book 3 §10.2, C-2 S4)',
  },
  'paycard-MasterCardPpse2': {
    kernel: 'kernel2',
    answered: 4,
    outcome: dataError,
    because: 'the second record of the AFL was not recorded: answered 6A83 here',
  },
  'paycard-UnknownCard': { kernel: 'kernel3', answered: 1, outcome: noSupport, because: 'no PPSE (Book B §3.3.2.3)' },
  'paycard-VisaCardPpse2': {
    kernel: 'kernel3',
    answered: 4,
    outcome: dataError,
    because: 'the record is no template 70 (Book 3 §10.2)',
  },
  ...Object.fromEntries(
    ['NullTransaction', 'Ppse', 'PpseNoCplc', 'PpseNoOptions'].map((name): [string, Expected] => [
      `paycard-VisaCard${name}`,
      { kernel: 'kernel3', answered: 3, outcome: dataError, because: '6700 to GET PROCESSING OPTIONS (C-3 §5.2.2)' },
    ]),
  ),
  'emvbertlv-contactless-msd': {
    kernel: 'kernel2',
    answered: 4,
    outcome: 'onlineRequest',
    because: 'AIP without EMV mode: magnetic-stripe mode, which is switched on here (C-2 S3, S13)',
  },
};

/** Sessions that begin in the middle of Entry Point. */
const unplayable: Readonly<Record<string, string>> = {
  'paycard-VisaCardAid': 'selects by a list of AIDs: a contactless terminal asks for the PPSE (Book B §3.3.2.2)',
};

export function judgeContactlessFlow({ id, exchanges }: Session): VectorVerdict {
  const name = `${id}: flow`;
  const why = unplayable[id];
  if (why !== undefined) return { case: name, outcome: 'skipped', why };
  if (id === 'paycard-wrapperTestSW_6C') return verdict(name, ...wrongLength(exchanges));
  const expected = expectations[id];
  if (expected === undefined) return { case: name, outcome: 'failed', expected: 'a known session', found: id };
  const { answered, outcome } = replay(exchanges, expected.kernel);
  return verdict(name, `${expected.answered} ${expected.outcome}`, `${answered} ${outcome}`);
}

function verdict(name: string, expected: string, found: string): VectorVerdict {
  return expected === found ? { case: name, outcome: 'passed' } : { case: name, outcome: 'failed', expected, found };
}

/** GET DATA, and READ RECORD of files above 10: a tool that looks around. */
function isCurious(command: string | null): boolean {
  if (command?.startsWith('80CA') === true) return true;
  return command?.startsWith('00B2') === true && Number.parseInt(command.slice(6, 8), 16) >> 3 > 10;
}

function replay(exchanges: readonly Exchange[], kernel: 'kernel2' | 'kernel3'): { answered: number; outcome: string } {
  const recorded = exchanges.filter(({ c }) => !isCurious(c));
  const startsWithDirectory = recorded[0]?.c?.includes('325041592E') === true;
  const sale = contactlessSale(inputFor(kernel));
  let turn = sale.next();
  let answered = 0;
  let other = '';
  while (turn.done !== true) {
    const command = toHex(turn.value);
    const next = recorded[answered];
    if (answered === 0 && !startsWithDirectory && command.includes('325041592E')) {
      // The recorded terminal knew its AID.
      turn = sale.next(hex(directoryOf(recorded[0]?.c ?? '')));
      continue;
    }
    const known = next !== undefined && (next.c === null || next.c === command);
    if (!known && next?.c?.slice(0, 4) === command.slice(0, 4) && other === '') other = `; sends ${command}`;
    answered += known ? 1 : 0;
    turn = sale.next(hex(known ? next.r : '6A83'));
  }
  return { answered, outcome: `${kindOf(turn.value)}${other}` };
}

function kindOf({ outcome, parameters }: KernelResult): string {
  const reason = 'reason' in outcome ? ` ${outcome.reason}` : '';
  return `${outcome.kind}${reason}${parameters === undefined ? ' without parameters' : ''}`;
}

/** A PPSE with the application of a SELECT command. */
function directoryOf(command: string): string {
  const name = command.slice(10, 10 + 2 * Number.parseInt(command.slice(8, 10), 16));
  const length = name.length / 2;
  const sizes = [length + 9, length + 7, length + 4, length + 2, length].map((size) => toHex(Uint8Array.of(size)));
  const [whole = '', proprietary = '', discretionary = '', entry = '', own = ''] = sizes;
  return `6F${whole}A5${proprietary}BF0C${discretionary}61${entry}4F${own}${name}9000`;
}

/** Both modes. */
const kernel2: Kernel2Settings = {
  kernelConfiguration: '20',
  cardDataInputCapability: '20',
  cvmCapabilityRequired: '60',
  cvmCapabilityNotRequired: '08',
  securityCapability: '08',
  tornRecords: 0,
  tornLifetimeSeconds: 300,
};

function settings(own: 'kernel2' | 'kernel3'): Partial<ContactlessSettings> {
  return { kernel: own, terminalTransactionQualifiers: '22004080', kernel2 };
}

function inputFor(kernel: 'kernel2' | 'kernel3'): SaleInput {
  return saleInputWith({
    unpredictableNumber: hex('00000000'),
    terminal: {
      ...terminalForTests,
      terminalType: '22',
      terminalCapabilities: '2068C8',
      applications: [
        contactlessApplication(bancaires, 'CB', kernel === 'kernel2' ? '02' : '03', settings(kernel)),
        contactlessApplication(visa, 'VISA', '03', settings('kernel3')),
        contactlessApplication(mastercard, 'MASTERCARD', '02', settings('kernel2')),
      ],
    },
  });
}

/** 6Cxx: the same command again with the length that the card named (ISO/IEC 7816-3 §10.3). */
function wrongLength(exchanges: readonly Exchange[]): [expected: string, found: string] {
  const channel = new CardChannel();
  const steps = channel.exchange(selectCommand(hex('A000000003')));
  const sent: string[] = [];
  let turn = steps.next();
  for (const { r } of exchanges) {
    if (turn.done === true) break;
    sent.push(toHex(turn.value));
    turn = steps.next(hex(r));
  }
  const status = turn.done === true ? turn.value?.sw : undefined;
  const expected = [...exchanges.map(({ c }) => c), 0x9000].join(' ');
  return [expected, [...sent, status].join(' ')];
}
