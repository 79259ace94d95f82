/** Times as Vietnamese providers write them: local (UTC+7, no daylight saving), without a zone. */
import { epochMs, type EpochMs } from '../../core/base/brand.ts';

const offsetMs = 7 * 3_600_000;

/** `yyyyMMddHHmmss`. */
export function compactTime(at: EpochMs): string {
  return new Date(at + offsetMs).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
}

/** `yyyy-MM-dd HH:mm:ss`. */
export function spacedTime(at: EpochMs): string {
  return new Date(at + offsetMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** Digits of year, month, day, hour, minute and second, with or without separators; undefined for what is no time. */
export function readVietnamTime(text: string): EpochMs | undefined {
  const found = /^(\d{4})-?(\d{2})-?(\d{2})[ T]?(\d{2}):?(\d{2}):?(\d{2})$/.exec(text.trim());
  if (found === null) return undefined;
  const [, year, month, day, hour, minute, second] = found;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const at = Date.parse(iso);
  // Date would take the 31st of February for a day in March.
  if (Number.isNaN(at) || new Date(at).toISOString() !== iso) return undefined;
  return at < offsetMs ? undefined : epochMs(at - offsetMs);
}
