/** CVM Selection of Kernel 2 (Book C-2 §7.5): every path of the procedure, and every combination of inputs. */
import { describe, expect, it } from 'vitest';
import { hex, toHex } from '../../base/bytes.ts';
import { TransactionData } from '../transaction-data.ts';
import { selectCvm } from './kernel-2-cvm.ts';

interface Case {
  /** AIP byte 1: 02 on-device CVM, 10 CVM List. */
  readonly aip?: string;
  readonly list?: string;
  /** Terminal Capabilities byte 2. */
  readonly capability?: string;
  readonly onDevice?: boolean;
  readonly required?: boolean;
}

/** Outcome, CVM Results, TVR; and TSI when asked for. */
function select(
  { aip = '1000', list, capability = '68', onDevice = true, required = true }: Case,
  tsi = false,
): string {
  const data = new TransactionData(
    new Map([
      ['9F33', hex(`20${capability}08`)],
      ['9F35', hex('22')],
      ['9F40', hex('6000F0A001')],
      ['9C', hex('00')],
      ['9F02', hex('000000045000')],
      ['9F03', hex('000000000000')],
      ['5F2A', hex('0704')],
    ]),
  );
  data.card.set('82', hex(aip));
  data.card.set('9F42', hex('0704'));
  if (list !== undefined) data.card.set('8E', hex(list));
  const selected = selectCvm(data, { onDeviceCvm: onDevice, required });
  if (!selected.ok) return selected.fault.kind;
  const told = `${selected.value} ${toHex(data.get('9F34') ?? hex(''))} ${toHex(data.tvr.value)}`;
  return tsi ? `${told} ${toHex(data.tsi.value)}` : told;
}

const none = '0000000000';
const failed = '0000800000';
const xy = '0000AFC800000000';

describe('every path of the procedure', () => {
  it.each<[string, Case, string]>([
    ['CVM.3 on the device, not required', { aip: '1200', required: false }, `noCvm 3F0002 ${none}`],
    ['CVM.4 on the device, required', { aip: '1200' }, `confirmationCodeVerified 010002 ${none}`],
    ['CVM.1 the kernel does not let devices verify', { aip: '0200', onDevice: false }, `noCvm 3F0000 ${none}`],
    ['CVM.6 no cardholder verification', { aip: '0000' }, `noCvm 3F0000 ${none}`],
    ['CVM.8 no list', {}, 'noCvm 3F0000 2000000000'],
    ['CVM.8 a list without rules', { list: xy }, 'noCvm 3F0000 2000000000'],
    ['half a rule', { list: `${xy}1F00FF` }, 'cardDataError'],
    ['half a rule and no other', { list: `${xy}1F` }, 'cardDataError'],
    [
      'CVM.19 not supported: the next rule is not asked',
      { list: `${xy}02001F00`, capability: '28' },
      `noCvm 3F0001 ${failed}`,
    ],
    ['CVM.18 online PIN', { list: `${xy}0200` }, 'onlinePin 020000 0000040000'],
    ['CVM.18 signature', { list: `${xy}1E03` }, `signature 1E0300 ${none}`],
    ['CVM.18 no CVM', { list: `${xy}1F03` }, `noCvm 1F0302 ${none}`],
    ['CVM.18 keeps bit 7 of the rule', { list: `${xy}5E00` }, `signature 5E0000 ${none}`],
    ['CVM.14 no condition holds', { list: `${xy}0201` }, `noCvm 3F0001 ${failed}`],
    ['CVM.10 a condition that is not known', { list: `${xy}1F0A` }, `noCvm 3F0001 ${failed}`],
    ['CVM.11 data of the condition is there: above X', { list: `${xy}1F06` }, `noCvm 3F0001 ${failed}`],
    ['CVM.16 not recognised, end', { list: `${xy}2A00` }, 'noCvm 3F0001 0000C00000'],
    ['CVM.16 not recognised, next', { list: `${xy}6A001F00` }, 'noCvm 1F0002 0000400000'],
    ['CVM.17 not supported, end', { list: `${xy}0200`, capability: '28' }, `noCvm 3F0001 ${failed}`],
    ['CVM.17 not supported, next', { list: `${xy}42001E00`, capability: '28' }, `signature 1E0000 ${none}`],
    ['CVM.17 an offline PIN is never supported', { list: `${xy}4100440043001F00` }, `noCvm 1F0002 ${none}`],
    ['CVM.19 next, but there is none', { list: `${xy}4200`, capability: '28' }, `noCvm 3F0001 ${failed}`],
    ['CVM.24 fail', { list: `${xy}0000` }, `noCvm 000001 ${failed}`],
    ['CVM.24 fail, next, but there is none', { list: `${xy}4000` }, `noCvm 400001 ${failed}`],
    ['CVM.14 fail, next, which does not apply', { list: `${xy}40001F01` }, `noCvm 3F0001 ${failed}`],
    ['CVM.19 fail, next', { list: `${xy}40001F00` }, `noCvm 1F0002 ${none}`],
    ['CVM.24 only the last rule counts', { list: `${xy}42000000`, capability: '28' }, `noCvm 000001 ${failed}`],
  ])('%s', (_, given, expected) => {
    expect(select(given)).toBe(expected);
  });
});

describe('TSI', () => {
  it.each<[string, Case, string]>([
    ['a list was processed', { list: `${xy}1F00` }, '4000'],
    ['in vain', { list: `${xy}0000` }, '4000'],
    ['the device verified', { aip: '1200' }, '4000'],
    ['the device was not asked to', { aip: '1200', required: false }, '0000'],
    ['no list', {}, '0000'],
    ['no verification', { aip: '0000' }, '0000'],
  ])('%s', (_, given, tsi) => {
    expect(select(given, true).slice(-4)).toBe(tsi);
  });
});

/** What is wrong with the end of one rule; undefined when nothing is. */
function wrong(rule: string, capability: number, end: string): string | undefined {
  const [selected = '', results = '', tvr = ''] = end.split(' ');
  const needs = { onlinePin: 0x40, signature: 0x20, noCvm: 0x08 }[selected] ?? 0xff;
  if (results.endsWith('01')) {
    const failedInTvr = (Number.parseInt(tvr.slice(4, 6), 16) & 0x80) !== 0;
    return selected === 'noCvm' && failedInTvr ? undefined : 'failed, and the TVR does not say so';
  }
  if ((capability & needs) !== needs) return 'performed what the terminal cannot';
  return results.slice(0, 4) === rule ? undefined : 'the results name another rule';
}

describe('every rule, condition and capability', () => {
  it('ends with what the terminal can do, or with a failed verification in the TVR', () => {
    const seen = new Set<string>();
    const found: string[] = [];
    for (let cvm = 0; cvm <= 0xff; cvm += 1) {
      for (let condition = 0; condition <= 0x0b; condition += 1) {
        for (const capability of [0x00, 0x08, 0x20, 0x28, 0x40, 0x48, 0x60, 0x68]) {
          const rule = toHex(Uint8Array.of(cvm, condition));
          const end = select({ list: `${xy}${rule}`, capability: toHex(Uint8Array.of(capability)) });
          const problem = wrong(rule, capability, end);
          if (problem !== undefined) found.push(`${rule} ${capability}: ${problem}`);
          const [selected = '', results = ''] = end.split(' ');
          seen.add(`${selected} ${results.slice(4)}`);
        }
      }
    }
    expect(found).toEqual([]);
    expect([...seen].toSorted()).toEqual(['noCvm 01', 'noCvm 02', 'onlinePin 00', 'signature 00']);
  });
});
