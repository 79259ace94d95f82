/**
 * Why the terminal takes no payments any more, until it is started again: its journal cannot be written, or it has found
 * a fault in itself. Both leave the journal as it is, and what it says is the truth at the next start.
 */
import type { MoneyMoved } from '../core/transaction/model.ts';
import { isWaiting, moneyMoved, type Transaction } from '../core/transaction/state.ts';

export interface Halt {
  readonly kind: 'journal' | 'bug';
  /** Of a journal what is wrong with it and what to do; of a bug its code, to be read out on the telephone. */
  readonly why: string;
}

/** A journal that the terminal's own rules cannot be applied to: nothing was changed. */
export class FoldFailed extends Error {
  override readonly name = 'FoldFailed';
  readonly code: string;

  constructor(cause: unknown) {
    super('the journal cannot be folded', { cause });
    this.code = bugCode(cause);
  }
}

export function foldFailedText(code: string): string {
  return (
    `Chạm has found a fault in itself (code ${code}) while it read its journal, so the terminal does not trade. The journal ` +
    'was not changed, and what is recorded in it is safe. Starting again meets the same fault: report the code with the ' +
    'version, and start another version when there is one. These still work: cham journal verify, cham journal show, cham ' +
    'journal backup, cham journal export.\n' +
    `Chạm phát hiện lỗi của chính nó (mã ${code}) khi đọc sổ nên không bán hàng. Sổ không bị thay đổi, mọi điều đã ghi vẫn ` +
    'an toàn. Khởi động lại sẽ gặp đúng lỗi này: hãy báo kỹ thuật mã lỗi và số phiên bản.'
  );
}

/**
 * Where in the program it was found, e.g. `evolve:123` (file and line): with the version that names the assertion, and
 * it cannot quote anything of a payment.
 */
export function bugCode(error: unknown): string {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  for (const line of lines) {
    const [, file, number] = /([\w.-]+)\.[cm]?[jt]s:(\d+)(?::\d+)?\)?$/.exec(line) ?? [];
    if (file !== undefined && number !== undefined && file !== 'assert') return `${file}:${number}`;
  }
  return 'unknown';
}

/**
 * "Was I charged?" once the terminal has halted. What it had just heard may be in the journal and not in the state, or in
 * neither: then it is not known until the next start. As long as no card was read nobody has been asked for money.
 */
export function moneyAfterHalt(transaction: Transaction): MoneyMoved {
  const known = moneyMoved(transaction);
  if (transaction.phase === 'awaitingCard') return known;
  if (isWaiting(transaction)) return 'unknown';
  return transaction.method !== 'card' && known === 'no' ? 'unknown' : known;
}
