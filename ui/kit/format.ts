/** Money and time in words of the language, through Intl; formatters are kept because making one is slow. */
import type { MoneyView } from '../../src/contract/view.ts';
import { locales, type Language } from './language.ts';

const moneyFormats = new Map<string, Intl.NumberFormat>();
const timeFormats = new Map<string, Intl.DateTimeFormat>();

function moneyFormat(language: Language, currency: string, exponent: number): Intl.NumberFormat {
  const key = `${language} ${currency} ${exponent}`;
  let format = moneyFormats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locales[language], {
      style: 'currency',
      currency,
      minimumFractionDigits: exponent,
      maximumFractionDigits: exponent,
    });
    moneyFormats.set(key, format);
  }
  return format;
}

/** Decimals of a currency's major unit (ISO 4217), for money that is not the terminal's own. */
export function ownExponent(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 0;
}

/** `exponent`: decimals of the major unit, from the terminal's view (0 for VND). */
export function formatMoney(money: MoneyView, exponent: number, language: Language): string {
  return moneyFormat(language, money.currency, exponent).format(money.minorUnits / 10 ** exponent);
}

export function formatTime(at: number, timeZone: string, language: Language): string {
  const key = `${language} ${timeZone}`;
  let format = timeFormats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat(locales[language], {
      timeZone,
      day: '2-digit',
      month: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    timeFormats.set(key, format);
  }
  return format.format(at);
}

/** A calendar date without a time: `YYYY-MM-DD`; anything else is shown as it is. */
export function formatDay(date: string, language: Language): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at)) return date;
  return new Intl.DateTimeFormat(locales[language], {
    timeZone: 'UTC',
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
  }).format(at);
}

/** Whole seconds as `m:ss`, for waits of minutes. */
export function formatClock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
