/** Codes on their way into a sale: judged once, kept nowhere, and told when nobody asked for one. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { CodeScanner, Scan } from '../../devices/code-scanner.ts';
import { epochMs, transactionId } from '../core/base/brand.ts';
import { Pan } from '../core/base/pan.ts';
import type { KernelResult } from '../core/emv/kernel-result.ts';
import { trouble } from '../core/qr/cpm-payment.ts';
import type { Input } from '../core/transaction/inputs.ts';
import type { CardData, CardSecrets } from '../core/transaction/model.ts';
import type { Phase } from '../core/transaction/state.ts';
import { CodeEffects } from './code-effects.ts';

const id = transactionId('S-TEST1');
const card = { maskedPan: '476173******0119', interface: 'code' } as CardData;

class Rig {
  readonly inputs: Input[] = [];
  readonly logged: string[] = [];
  readonly kept: CardSecrets[] = [];
  dropped = 0;
  phase: Phase | undefined = 'awaitingCard';
  read: string[] = [];
  scan: (scan: Scan) => void = () => undefined;
  readonly codes: CodeEffects;

  constructor(takesCodes = true) {
    const scanner = {
      onScan: (listener: (scan: Scan) => void) => {
        this.scan = listener;
        return () => {
          this.scan = () => undefined;
        };
      },
    } as CodeScanner;
    const pan = Pan.parse('4761739001010119');
    if (!pan.ok) throw new Error(pan.fault.detail);
    const good: KernelResult = {
      outcome: { kind: 'onlineRequest', card },
      secrets: { pan: pan.value, track2: undefined, expiry: undefined },
    };
    const readCode = (text: string): KernelResult => {
      this.read.push(text);
      return text === 'GOOD' ? good : trouble('codeNotCpm', 'something else');
    };
    this.codes = new CodeEffects(
      {
        clock: { now: () => epochMs(1000) },
        log: { write: (_level, message, fields) => this.logged.push(`${message} ${JSON.stringify(fields)}`) },
        scanner,
        readCode: takesCodes ? readCode : undefined,
      },
      {
        handle: (input) => this.inputs.push(input),
        phaseOf: () => this.phase,
        keepSecrets: (_id, secrets) => this.kept.push(secrets),
        dropUnneededSecrets: () => {
          this.dropped += 1;
        },
      },
    );
  }
}

let rig: Rig;
beforeEach(() => {
  rig = new Rig();
});

describe('a code that is waited for', () => {
  it('is judged once, whether scanned or typed; its secrets are kept before the sale hears of it', () => {
    rig.codes.wait(id);
    rig.scan({ kind: 'text', text: 'GOOD' });
    expect(rig.inputs).toEqual([{ type: 'CardOutcome', transactionId: id, outcome: { kind: 'onlineRequest', card } }]);
    expect([rig.kept.length, rig.dropped]).toEqual([1, 1]);
    // The scanner has read it twice, or somebody presses Enter again.
    rig.scan({ kind: 'text', text: 'GOOD' });
    expect(rig.codes.typed(id, 'GOOD')).toBe(false);
    expect(rig.inputs.length).toBe(1);
    rig.codes.wait(id);
    expect(rig.codes.typed(id, 'GOOD')).toBe(true);
    expect(rig.inputs.length).toBe(2);
  });

  it('is refused with its reason, also where the scanner sends no text, or the acquirer takes no codes', () => {
    const reasons = (of: Rig): unknown[] =>
      of.inputs.map((input) =>
        input.type === 'CardOutcome' && 'reason' in input.outcome ? input.outcome.reason : input,
      );
    rig.codes.wait(id);
    rig.scan({ kind: 'text', text: 'BAD' });
    rig.codes.wait(id);
    rig.scan({ kind: 'unreadable', detail: '3 bytes that are no text' });
    expect(reasons(rig)).toEqual(['codeNotCpm', 'codeUnreadable']);
    expect(rig.kept).toEqual([]);
    expect(rig.logged.join('\n')).not.toContain('BAD');
    const without = new Rig(false);
    expect([rig.codes.taken, without.codes.taken]).toEqual([true, false]);
    without.codes.wait(id);
    without.scan({ kind: 'text', text: 'GOOD' });
    expect(reasons(without)).toEqual(['codeNoApplication']);
  });
});

describe('a code that nobody waits for', () => {
  it('is not read, is not kept for the next sale, and is told with a number', () => {
    let told = 0;
    const end = rig.codes.onChange(() => {
      told += 1;
    });
    rig.scan({ kind: 'text', text: 'GOOD' });
    expect(rig.codes.unasked).toEqual({ number: 1, at: 1000 });
    rig.codes.wait(id);
    rig.codes.deactivate(id);
    rig.scan({ kind: 'text', text: 'GOOD' });
    rig.codes.wait(id);
    rig.phase = 'cancelled';
    rig.scan({ kind: 'text', text: 'GOOD' });
    expect(rig.codes.unasked).toMatchObject({ number: 3 });
    expect([told, rig.read.length, rig.inputs.length]).toEqual([3, 0, 0]);
    expect(rig.codes.typed(transactionId('S-OTHER'), 'GOOD')).toBe(false);
    end();
    rig.codes.stop();
    rig.scan({ kind: 'text', text: 'GOOD' });
    expect(rig.codes.unasked).toMatchObject({ number: 3 });
  });
});
