/** What the merchant risks with payments taken offline, in one sentence that a shopkeeper understands. */
import type { Money } from '../base/money.ts';
import { paperMoney, type ReceiptLanguage } from '../receipt/paper-money.ts';

export interface Exposure {
  /** Stored payments that no issuer has answered for. */
  readonly count: number;
  readonly sum: Money;
  /** The most that may be stored at once; null when nothing more may be stored at all. */
  readonly limit: Money | null;
  /** Age of the oldest. */
  readonly oldestMs: number;
}

export function exposureSentence({ count, sum, limit, oldestMs }: Exposure, language: ReceiptLanguage): string {
  const lost = screenMoney(sum);
  const oldest = age(oldestMs, language);
  if (language === 'vi') {
    const most = limit === null ? 'đã tắt nhận thẻ ngoại tuyến' : `hạn mức ${screenMoney(limit)}`;
    if (count === 0) return `Không có thẻ đã lưu nào chờ gửi: bạn không chịu rủi ro (${most}).`;
    const refused = count === 1 ? 'thẻ đã lưu' : `cả ${count} thẻ đã lưu đều`;
    return `Nếu ${refused} bị từ chối, bạn mất ${lost} (${most}, ${count === 1 ? 'đã lưu' : 'lâu nhất'} ${oldest}).`;
  }
  const most = limit === null ? 'offline payments are off' : `limit ${screenMoney(limit)}`;
  if (count === 0) return `No stored card is waiting: nothing is at risk (${most}).`;
  const refused = count === 1 ? 'the one stored card is' : `all ${count} stored cards are`;
  return `If ${refused} refused you lose ${lost} (${most}, ${count === 1 ? 'stored for' : 'oldest'} ${oldest}).`;
}

/** As screens show it: the same figure in both languages, `3.450.000 ₫`. */
function screenMoney(amount: Money): string {
  return paperMoney(amount, 'vi').replace(/đ$/, '₫');
}

/** The two largest units that say something: days and hours, hours and minutes, or minutes. */
function age(ms: number, language: ReceiptLanguage): string {
  const [days, hours, minutes] = language === 'vi' ? [' ngày', ' giờ', ' phút'] : [' d', ' h', ' min'];
  const whole = Math.max(0, Math.floor(ms / 60_000));
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(whole / 1440), days ?? ''],
    [Math.floor(whole / 60) % 24, hours ?? ''],
    [whole % 60, minutes ?? ''],
  ];
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return language === 'vi' ? 'chưa đến 1 phút' : 'less than 1 min';
  return parts
    .slice(first, first + 2)
    .flatMap(([value, unit]) => (value > 0 ? `${value}${unit}` : []))
    .join(' ');
}
