/** The exposure sentence, word for word: none, one, several, in both languages. */
import { describe, expect, it } from 'vitest';
import { exposureSentence } from './exposure.ts';
import { vnd } from './test-kit.ts';

const limit = vnd(5_000_000);
const say = (count: number, sum: number, oldestMs: number) => {
  const exposure = { count, sum: vnd(sum), limit, oldestMs };
  return [exposureSentence(exposure, 'vi'), exposureSentence(exposure, 'en')];
};
const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

describe('exposure', () => {
  it('several', () => {
    expect(say(7, 3_450_000, 2 * hour + 10 * minute + 59_999)).toEqual([
      'Nếu cả 7 thẻ đã lưu đều bị từ chối, bạn mất 3.450.000 ₫ (hạn mức 5.000.000 ₫, lâu nhất 2 giờ 10 phút).',
      'If all 7 stored cards are refused you lose 3.450.000 ₫ (limit 5.000.000 ₫, oldest 2 h 10 min).',
    ]);
  });

  it('one', () => {
    expect(say(1, 45_000, 5 * minute)).toEqual([
      'Nếu thẻ đã lưu bị từ chối, bạn mất 45.000 ₫ (hạn mức 5.000.000 ₫, đã lưu 5 phút).',
      'If the one stored card is refused you lose 45.000 ₫ (limit 5.000.000 ₫, stored for 5 min).',
    ]);
  });

  it('none', () => {
    expect(say(0, 0, 0)).toEqual([
      'Không có thẻ đã lưu nào chờ gửi: bạn không chịu rủi ro (hạn mức 5.000.000 ₫).',
      'No stored card is waiting: nothing is at risk (limit 5.000.000 ₫).',
    ]);
  });

  it('when nothing more may be stored there is no limit to name', () => {
    const none = { count: 0, sum: vnd(0), limit: null, oldestMs: 0 };
    expect(exposureSentence(none, 'vi')).toBe(
      'Không có thẻ đã lưu nào chờ gửi: bạn không chịu rủi ro (đã tắt nhận thẻ ngoại tuyến).',
    );
    expect(exposureSentence({ ...none, count: 2, sum: vnd(9000), oldestMs: minute }, 'en')).toBe(
      'If all 2 stored cards are refused you lose 9.000 ₫ (offline payments are off, oldest 1 min).',
    );
  });

  it.each([
    [30_000, 'less than 1 min'],
    [-5 * minute, 'less than 1 min'],
    [hour, '1 h'],
    [3 * day + 4 * hour + 5 * minute, '3 d 4 h'],
    [2 * day + 7 * minute, '2 d'],
  ])('an age of %d ms is "%s"', (ms, text) => {
    expect(say(2, 1, ms)[1]).toContain(`oldest ${text})`);
  });
});
