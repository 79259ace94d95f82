/**
 * A contactless card with combined data authentication, for tests of Kernel 2: EMV mode, real keys, and any of its
 * habits changed. What it signs is put together here and not by what is tested.
 */
import { concat, hex, toHex } from '../../src/core/base/bytes.ts';
import type {
  ContactlessSettings,
  ContactSettings,
  Kernel2Settings,
  TerminalApplication,
} from '../../src/core/emv/configuration.ts';
import {
  contents,
  dataOf,
  directory,
  fci,
  format2,
  p,
  record,
  select,
  selectPpse,
  text,
} from '../../src/core/emv/contactless/test-kit.ts';
import { certify, combinedDynamicData, signDynamic, testIndex, testPan } from '../../src/core/emv/oda/test-kit.ts';
import type { SaleInput } from '../../src/core/emv/terminal-data.ts';
import { contactlessApplication, noAction, saleInputWith, terminalForTests } from '../../src/core/emv/test-kit.ts';
import { encodeTlv, type Tlv } from '../../src/core/tlv/ber-tlv.ts';
import { rsaKey } from './rsa-keys.ts';

export const mastercard = 'A0000000041010';

const keys = { ca: rsaKey(144), issuer: rsaKey(128), icc: rsaKey(96) };
const pdol = '9F7E019F35019F3704';
const cdol1 = '9F02069F03069F1A0295055F2A029A039C019F37049F35019F3403';
/** Of the Unpredictable Number in CDOL1's value. */
const numberAt = 25;
const cryptogram = hex('C0C1C2C3C4C5C6C7');

export interface CombinedTraits {
  readonly aip?: string;
  /** Application PAN in the records; the certificate always has `testPan`. */
  readonly pan?: string;
  readonly sequenceNumber?: string;
  readonly expiry?: string;
  readonly cvmList?: string;
  readonly caIndex?: string;
  readonly tagList?: string;
  readonly applicationCapabilities?: string;
  readonly thirdParty?: string;
  readonly drdol?: string;
  /** Objects that the records leave out. */
  readonly without?: readonly string[];
  /** Absent: what was asked for. */
  readonly answer?: 'aac' | 'tc' | 'arqc';
  readonly signature?: 'good' | 'otherData' | 'otherDecision' | 'otherNumber' | 'garbage' | 'absent';
  readonly encoding?: 'padded';
  /** DF4B. */
  readonly phone?: string;
}

const cids = { aac: 0x00, tc: 0x40, arqc: 0x80 } as const;

/** By the beginning of the command. */
export function combinedCard(traits: CombinedTraits = {}): Record<string, string | ((command: string) => string)> {
  const { aip = '1980', without = [] } = traits;
  const first = application(traits).filter(({ tag }) => !without.includes(tag));
  const issuer = certify(keys.ca, keys.issuer, { format: 2, subject: `${testPan.slice(0, 6)}FF` });
  const icc = certify(keys.issuer, keys.icc, { format: 4, subject: testPan.padEnd(20, 'F') }, [
    contents(...first),
    hex(aip),
  ]);
  const second = [
    p('8F', traits.caIndex ?? testIndex),
    p('90', issuer.certificate),
    p('92', issuer.remainder),
    p('9F32', keys.issuer.exponent),
  ];
  const third = [p('9F46', icc.certificate), p('9F47', keys.icc.exponent), p('9F48', icc.remainder)];
  const kept = (objects: readonly Tlv[]): readonly Tlv[] => objects.filter(({ tag }) => !without.includes(tag));
  let sentPdol: Uint8Array = new Uint8Array(0);
  return {
    [selectPpse]: directory([p('4F', mastercard), p('87', '01')]),
    [select(mastercard)]: fci(mastercard, text('50', 'MASTERCARD'), p('9F38', pdol)),
    '80A8': (command) => {
      sentPdol = dataOf(command).subarray(2);
      return format2(p('82', aip), p('94', '0801020110010100'));
    },
    '00B2010C': record(...first),
    '00B2020C': record(...kept(second)),
    '00B20114': record(...kept(third)),
    '80AE': (command) => cryptogramAnswer(command, sentPdol, traits),
  };
}

function optional(tag: string, value: string | undefined): readonly Tlv[] {
  return value === undefined ? [] : [p(tag, value)];
}

function application(traits: CombinedTraits): readonly Tlv[] {
  const pan = traits.pan ?? testPan;
  return [
    p('5A', pan),
    p('57', `${pan}D3112201000F`),
    p('5F34', traits.sequenceNumber ?? '01'),
    p('5F24', traits.expiry ?? '311231'),
    p('8C', cdol1),
    p('8E', traits.cvmList ?? '00000000000000001E031F03'),
    p('9F0D', '0000000000'),
    p('9F0E', '0000000000'),
    p('9F0F', '0000000000'),
    p('9F4A', traits.tagList ?? '82'),
    ...optional('9F5D', traits.applicationCapabilities),
    ...optional('9F6E', traits.thirdParty),
    ...optional('9F51', traits.drdol),
  ];
}

/** The answer to GENERATE AC; `sentPdol` is under the signature. */
function cryptogramAnswer(command: string, sentPdol: Uint8Array, traits: CombinedTraits): string {
  const p1 = Number.parseInt(command.slice(4, 6), 16);
  const requested = (p1 & 0xc0) === 0x40 ? 'tc' : (p1 & 0xc0) === 0x80 ? 'arqc' : 'aac';
  const answer = traits.answer ?? requested;
  const asked = (p1 & 0x10) !== 0 && (answer !== 'aac' || requested === 'aac');
  const signature = traits.signature ?? (asked ? 'good' : 'absent');
  const cid = cids[answer];
  const before = [p('9F27', Uint8Array.of(cid)), p('9F36', '0007')];
  const after = [p('9F10', '0110A00003220000'), ...(traits.phone === undefined ? [] : [p('DF4B', traits.phone)])];
  if (signature === 'absent') return format2(...before, p('9F26', cryptogram), ...after);

  const cdolValue = dataOf(command);
  const padded = traits.encoding === 'padded';
  const plain = padded ? concat(hex('9F278101'), Uint8Array.of(cid), hex('9F36020007')) : encodeTlv(before);
  const signed = concat(sentPdol, cdolValue, plain, encodeTlv(after), hex(signature === 'otherData' ? '00' : ''));
  const decision = signature === 'otherDecision' ? cid ^ 0xc0 : cid;
  const dynamic = combinedDynamicData(hex('0102030405060708'), decision, cryptogram, signed);
  const number = signature === 'otherNumber' ? hex('00000000') : cdolValue.subarray(numberAt, numberAt + 4);
  const sdad = p(
    '9F4B',
    signature === 'garbage' ? new Uint8Array(96).fill(0x5a) : signDynamic(keys.icc, dynamic, number),
  );
  if (!padded) return format2(...before, sdad, ...after);
  const body = concat(hex('00'), plain, hex('0000'), encodeTlv([sdad]), encodeTlv(after));
  return `7781${toHex(Uint8Array.of(body.length))}${toHex(body)}9000`;
}

export interface Kernel2Terminal {
  readonly settings?: Partial<ContactlessSettings>;
  readonly kernel2?: Partial<Kernel2Settings>;
  readonly input?: Partial<SaleInput>;
  readonly capabilities?: string;
  readonly terminalType?: string;
  readonly withContact?: boolean;
}

/** Online by TAC when the amount is above the floor limit, and by nothing else. */
export const floorLimitOnline = { ...noAction, online: '0000008000' };

const contact: ContactSettings = {
  version: '0001',
  tac: noAction,
  floorLimit: 0,
  randomSelection: { threshold: 0, targetPercentage: 0, maximumTargetPercentage: 0 },
};

/** A sale of 45,000 ₫ at a terminal that takes `mastercard`. */
export function kernel2Input(changes: Kernel2Terminal = {}): SaleInput {
  const kernel2: Kernel2Settings = {
    kernelConfiguration: 'A0',
    cardDataInputCapability: '20',
    cvmCapabilityRequired: '60',
    cvmCapabilityNotRequired: '08',
    securityCapability: '08',
    tornRecords: 2,
    tornLifetimeSeconds: 300,
    ...changes.kernel2,
  };
  const tapped = contactlessApplication(mastercard, 'MASTERCARD', '02', {
    kernel: 'kernel2',
    tac: floorLimitOnline,
    kernel2,
    ...changes.settings,
  });
  const both: TerminalApplication = changes.withContact === true ? { ...tapped, contact } : tapped;
  const caPublicKeys = [
    {
      rid: mastercard.slice(0, 10),
      index: testIndex,
      modulus: toHex(keys.ca.modulus),
      exponent: toHex(keys.ca.exponent),
    },
  ];
  return saleInputWith({
    terminal: {
      ...terminalForTests,
      terminalType: changes.terminalType ?? '22',
      terminalCapabilities: changes.capabilities ?? '206808',
      applications: [both],
      caPublicKeys,
    },
    ...changes.input,
  });
}
